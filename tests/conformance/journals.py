"""Journals without what may differ from one I/O stack to the next: time, chunks, flow control, words of the system.

What is left is a list of lines, one for each input with the effects that it had.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, cast

import attrs

from qqgw_proto.journal import Entry

# Flow control is a matter of time; a transport that was abandoned may say that it is gone; a second stop is harmless.
WITHOUT_EFFECT: Final = frozenset(
    {"Settled", "WritingBlocked", "WritingResumed", "ReadingPaused", "ReadingResumed", "Lost", "Stop"}
)

NOT_CONNECTED: Final = frozenset({"DialFailed", "UpgradeRejected"})

# Instants, and what names port or machine.
DIFFERENT: Final = frozenset({"late", "at", "until", "url", "body", "status", "retry_after"})
ERRORS: Final = frozenset({"cause", "why", "error"})

Value = tuple[str, dict[str, object]]


@attrs.frozen
class Line:
    given: Value
    effects: tuple[Value, ...]


def comparable(journal: Iterable[Entry]) -> list[Line]:
    lines: list[Line] = []
    for line in _plain(journal):
        before = lines[-1] if lines else None
        if line.given[0] == "UpgradeRejected" and before is not None and before.given[0] == "Opened":
            lines[-1] = _not_connected(line)
        elif before is not None and before.given[0] == line.given[0] == "Dispatches":
            lines[-1] = _joined(before, line)
        else:
            lines.append(_not_connected(line) if line.given[0] in NOT_CONNECTED else line)
    return lines


def _plain(journal: Iterable[Entry]) -> Iterator[Line]:
    for entry in journal:
        given = _value(entry.given)
        effects = tuple(_value(effect) for effect in cast("list[object]", entry.effects))
        if effects or given[0] not in WITHOUT_EFFECT:
            yield Line(given, effects)


def _value(told: object) -> Value:
    name, fields = cast("tuple[str, dict[str, object]]", told)
    kept = {key: value for key, value in fields.items() if key not in DIFFERENT}
    for key in ERRORS & kept.keys():
        kind, _, code, *_ = cast("list[object]", kept[key])
        kept[key] = (kind, code)
    if "identified_at" in kept:
        kept["identified_at"] = kept["identified_at"] is not None
    return name, kept


def _not_connected(line: Line) -> Line:
    """Whose WebSocket it is decides who hears of a refused handshake: the core behind its `Opened`, or the host."""
    effects = tuple(effect for effect in line.effects if effect[0] != "AbandonTransport")
    return Line(("NotConnected", {}), effects)


def _joined(one: Line, other: Line) -> Line:
    """How many dispatches came in one chunk is the network's affair."""
    events = [*cast("list[object]", one.given[1]["events"]), *cast("list[object]", other.given[1]["events"])]
    [(deliver, first)], [(_, second)] = one.effects, other.effects
    delivered = [*cast("list[object]", first["events"]), *cast("list[object]", second["events"])]
    return Line(("Dispatches", {**one.given[1], "events": events}), ((deliver, {**first, "events": delivered}),))
