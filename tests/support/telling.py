"""What a shard asks for, told in short words, so that a test's expectation is one literal line.

    "Write RESUME S1 from 2; Disconnected GatewayClosed 4009; Retrying promptly GatewayClosed 4009"

What was written is told as the gateway's end has read it. Numbers are not told but checked: an effect that does not
bear the number of the latest dial is told as stale.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from qqgw_proto.errors import GatewayError
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.session import Snapshot

__all__ = ["Reader", "error_words", "snapshot_words", "tell"]


class Reader(Protocol):
    """Who reads what a shard writes."""

    now: float
    connection: int

    def read(self, data: bytes) -> str: ...


def tell(effects: Iterable[do.Effect], reader: Reader) -> str:
    """All effects in their order."""
    return "; ".join(_words(effect, reader) for effect in effects)


def error_words(error: GatewayError) -> str:
    """Type and code."""
    return type(error).__name__ + ("" if error.code is None else f" {error.code}")


def snapshot_words(snapshot: Snapshot | None) -> str:
    """What is saved: session, settled cursor, and what else there is to say."""
    if snapshot is None:
        return "None"
    above = "".join(f" and {first}-{last}" for first, last in snapshot.settled_above)
    orphans = f" orphans {snapshot.orphans}" if snapshot.orphans else ""
    if snapshot.session_id is None:
        return (f"lost {snapshot.seq}" if snapshot.lost else "only") + orphans
    return f"{snapshot.session_id} {snapshot.seq}{above}{orphans}"


def _words(effect: do.Effect, reader: Reader) -> str:
    name = type(effect).__name__
    number = getattr(effect, "connection", reader.connection)
    stale = "" if number == reader.connection else " stale"
    if stale:
        return name + stale
    match effect:
        case do.Write():
            return f"Write {reader.read(effect.data)}"
        case do.Dial() | do.AbandonTransport() | do.Connected() | do.RequestPermit() | do.Stopped():
            return name
        case do.CloseTransport():
            return f"{name} {effect.code}"
        case do.RequestAccess():
            return f"{name} renew" if effect.renew else name
        case do.ReturnPermit():
            return f"{name} {'unused' if effect.identified_at is None else 'used'}"
        case do.Delayed():
            return f"{name} {effect.until - reader.now:g}"
        case _:
            return _notice_words(effect, reader)


def _notice_words(effect: do.Effect, reader: Reader) -> str:
    name = type(effect).__name__
    match effect:
        case do.Disconnected():
            return f"{name} {error_words(effect.cause)}"
        case do.Retrying():
            return f"{name} {_pace(effect.at - reader.now)} {error_words(effect.why)}"
        case do.Violated() | do.Failed():
            return f"{name} {error_words(effect.error)}"
        case _:
            return _session_words(effect)


def _session_words(effect: do.Effect) -> str:
    name = type(effect).__name__
    match effect:
        case do.Deliver():
            numbers = " ".join(str(event.s or "-") for event in effect.events)
            counts = (("duplicated", effect.duplicated), ("rewound", effect.rewound))
            return " ".join([name, numbers or "nothing", *(f"{what} {count}" for what, count in counts if count)])
        case do.SaveSession():
            return f"{name} {snapshot_words(effect.snapshot)}"
        case do.Gap():
            first, last = effect.first or "", effect.last or ""
            return f"{name} {effect.cause} {first}-{last}"
        case do.Ready():
            return f"{name} {effect.session_id}"
        case do.Resumed():
            return f"{name} {effect.event.s}"
        case _:
            raise AssertionError(f"no words for {effect!r}")


def _pace(delay: float) -> str:
    """How long until the next attempt, with the settings of `stages.CONFIG`, which keep these apart."""
    if delay < 1:
        return "promptly"
    if delay < 10:
        return "spread"
    return "by back-off" if delay < 100 else f"in {delay:g} s"
