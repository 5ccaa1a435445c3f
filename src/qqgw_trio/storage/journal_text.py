"""A journal as text for a person: one line for each step, and where today's machine differs from what was recorded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, cast

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.journal import Divergence, Entry, Recording, read_journal, steps
from qqgw_proto.journal_lines import Json, Told
from qqgw_proto.machine.ledger import spans_of

__all__ = ["describe", "describe_divergence", "load_journal"]

_UNTOLD: Final = frozenset({"connection", "request"})
_LONGEST: Final = 60


def load_journal(path: Path) -> list[Recording]:
    """Reads a journal from disk.

    Raises:
        ConfigurationError: There is no such file, or it is no journal.
    """
    try:
        with path.open("rb") as file:
            return read_journal(file)
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}", remedy="check its name") from error


def describe(recordings: Iterable[Recording]) -> Iterator[str]:
    """One line for each step: when, which shard, its state afterwards, what came and what the machine made of it.

    Raises:
        ConfigurationError: An input is not known to this version.
    """
    told: list[tuple[float, str]] = []
    for recording in recordings:
        zero = recording.zero or 0.0
        shard = f"shard {recording.shard_id}"
        told.append((zero + _beginning(recording), f"{shard:10}{'':12}journal begins, {recording.life.state.name}"))
        for done in steps(recording):
            line = f"{shard:10}{done.life.state.name:12}{_describe_entry(done.entry)}"
            told.append((zero + done.entry.now, line))
    for at, line in sorted(told, key=lambda one: one[0]):
        yield f"{_instant(at)}  {line}"


def describe_divergence(divergence: Divergence) -> list[str]:
    """The entry, and the first effect that differs."""
    number = divergence.effect
    return [
        f"shard {divergence.shard_id}, step {divergence.number + 1}: {_describe_value(divergence.entry.given)}",
        f"  recorded: {_nth(divergence.entry.effects, number)}",
        f"  today:    {_nth(divergence.made, number)}",
    ]


def _beginning(recording: Recording) -> float:
    """A gateway that has not started has seen no clock."""
    return recording.life.now or (recording.entries[0].now if recording.entries else 0.0)


def _instant(at: float) -> str:
    try:
        moment = datetime.fromtimestamp(at).astimezone()
    except (OverflowError, ValueError, OSError):  # No calendar goes that far.
        return f"{at:23.3e}"
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def _nth(effects: list[Told], number: int) -> str:
    return _describe_value(effects[number]) if number < len(effects) else "nothing more"


def _describe_entry(entry: Entry) -> str:
    effects = [_describe_value(effect) for effect in entry.effects]
    return " -> ".join([_describe_value(entry.given), *([", ".join(effects)] if effects else [])])


def _describe_value(told: Told) -> str:
    name, fields = told
    words = [f"{field}={_short(field, value)}" for field, value in fields.items() if field not in _UNTOLD]
    return " ".join([name, *words])


def _short(field: str, value: Json) -> str:
    listed = _items(value)
    match field:
        case "events" if listed:
            return _spans(_part(event, 0) for event in listed)
        case "tickets" if listed:
            return _spans(_part(ticket, -1) for ticket in listed)
        case "cause" | "error" | "why" if listed:
            return repr(_part(listed, 1))
        case _:
            text = f"({_describe_value(_value(listed))})" if _is_value(listed) else str(value)
            return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _items(value: Json) -> list[Json]:
    """The items of a list; none of anything else."""
    return cast("list[Json]", value) if isinstance(value, list) else []


def _part(value: Json, index: int) -> Json:
    """An item of a list; what is no list, or too short, as it is."""
    listed = _items(value)
    return listed[index] if -len(listed) <= index < len(listed) else value


def _is_value(listed: list[Json]) -> bool:
    """Whether it is a value of a class: its name and its fields."""
    return [type(one) for one in listed] == [str, dict]


def _value(listed: list[Json]) -> Told:
    return cast("tuple[str, dict[str, Json]]", tuple(listed))


def _spans(numbers: Iterable[Json]) -> str:
    """5..9,12; an event without a number is a ?."""
    listed = list(numbers)
    known = sorted(number for number in listed if isinstance(number, int))
    spans = [str(first) if first == last else f"{first}..{last}" for first, last in spans_of(known)]
    return ",".join([*spans, *("?" for number in listed if number is None)])
