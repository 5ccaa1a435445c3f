"""A journal of one shard: every input of its machine and every effect, one JSON line each, enough to replay them.

The first line names the version, the configuration and the seed; each later line is `[now, input, effects]`. Values
are `[class name, {field: value}]`. No token is in it: the machine's inputs and effects are recorded with `TOKEN` in its
place, and replaying with `TOKEN` gives the same effects. Payloads of events are left out: the machine never looks at
them. `Recorder` is a `ClientGateway`'s observer; `replay` feeds the inputs to today's machine and names the first
effect that differs (invariant I10).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias, cast

import attrs
import msgspec

from qqgw_proto import errors
from qqgw_proto.client import ClientGateway
from qqgw_proto.config import ClientConfig
from qqgw_proto.errors import ConfigurationError, GatewayError
from qqgw_proto.machine import arrivals, inputs
from qqgw_proto.machine.close_codes import CloseAction, CloseCode
from qqgw_proto.machine.effects import MachineEffect
from qqgw_proto.machine.inputs import Input
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.life import Life
from qqgw_proto.machine.machine import step
from qqgw_proto.machine.session import Snapshot, Ticket
from qqgw_proto.wire.frames import Dispatch

__all__ = ["TOKEN", "Divergence", "Entry", "Recorder", "read_journal", "replay"]

TOKEN: Final = "***"  # noqa: S105 - what stands in a token's place
VERSION: Final = 1

Json: TypeAlias = object

_CLASSES: Final[Mapping[str, type[Input]]] = {
    shape.__name__: cast("type[Input]", shape)
    for module in (inputs, arrivals)
    for shape in vars(module).values()
    if isinstance(shape, type) and attrs.has(shape) and "kind" in {field.name for field in attrs.fields(shape)}
}


def _told(value: object) -> Json:
    """A value as JSON; the tokens of `AccessGranted`, `SendIdentify` and `SendResume` replaced."""
    if isinstance(value, Dispatch):
        return [value.s, value.t, value.id]
    if isinstance(value, GatewayError):
        return _told_error(value)
    shape = type(value)
    if attrs.has(shape):
        fields = {field.name: getattr(value, field.name) for field in attrs.fields(shape) if field.name != "kind"}
        return [shape.__name__, {name: _told_field(name, item) for name, item in fields.items()}]
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (list, tuple)):
        return [_told(item) for item in cast("Sequence[object]", value)]
    if isinstance(value, Mapping):
        return {str(key): _told(item) for key, item in cast("Mapping[object, object]", value).items()}
    return value if value is None or isinstance(value, (bool, int, float, str)) else repr(value)


def _told_field(name: str, value: object) -> Json:
    if name != "token":
        return _told(value)
    prefix, space, _ = str(value).rpartition(" ")
    return f"{prefix}{space}{TOKEN}"


def _told_error(error: GatewayError) -> Json:
    """An error by its nearest class of the core's tree: a shell's own classes mean nothing to a replay."""
    nearest = next(shape for shape in type(error).__mro__ if getattr(errors, shape.__name__, None) is shape)
    wait = getattr(error, "retry_after_seconds", None) or getattr(error, "retry_after", None)
    return [nearest.__name__, error.message, error.code, error.remedy, wait]


@attrs.frozen
class Entry:
    """One line: what came, when (seconds of the recorded clock), and what the machine made of it, as JSON values."""

    now: float
    given: Json
    effects: Json


class Recorder:
    """Writes a journal.

    Args:
        write: Takes one line, newline included.
    """

    def __init__(self, write: Callable[[bytes], None]) -> None:
        self._write = write
        self._encode = msgspec.json.Encoder().encode

    def begin(self, gateway: ClientGateway) -> None:
        """The first line; before `start`."""
        config, seed, close_codes = gateway.origin
        rows = {str(code): [row.meaning, row.action.value, row.remedy] for code, row in close_codes.items()}
        head = {"qqgw": VERSION, "seed": seed, "config": config, "close_codes": rows}
        self._write(self._encode(head) + b"\n")

    def __call__(self, given: Input, now: float, effects: Sequence[MachineEffect]) -> None:
        """One step: the observer of a `ClientGateway`."""
        kind = [int(given.kind), *cast("list[object]", _told(given))]
        self._write(self._encode([now, kind, [_told(effect) for effect in effects]]) + b"\n")


def read_journal(lines: Iterable[bytes]) -> tuple[Life, list[Entry]]:
    """Reads a journal: the shard as it began, and the entries.

    Raises:
        ConfigurationError: The lines are no journal of a version that is known. A last line that is cut off, as a
            killed process leaves it, is left out.
    """
    kept = [line for line in lines if line.endswith(b"\n")]
    try:
        head = msgspec.json.decode(kept[0], type=dict[str, msgspec.Raw])
        if msgspec.json.decode(head["qqgw"]) != VERSION:
            raise ConfigurationError("this journal is of another version", remedy="replay it with that version of qqgw")
        config = msgspec.json.decode(head["config"], type=ClientConfig)
        rows = msgspec.json.decode(head["close_codes"], type=dict[int, tuple[str, str, str]])
        seed = msgspec.json.decode(head["seed"], type=int)
        entries = [Entry(*msgspec.json.decode(line, type=tuple[float, object, object])) for line in kept[1:]]
    except (msgspec.MsgspecError, IndexError, KeyError) as error:
        raise ConfigurationError(f"this is no journal: {error}", remedy="give a file written by --journal") from error
    codes = {
        code: CloseCode(code, meaning, CloseAction(action), remedy, "journal")
        for code, (meaning, action, remedy) in rows.items()
    }
    return Life(config, seed, codes), entries


@attrs.frozen
class Divergence:
    """Where today's machine differs from a journal.

    Attributes:
        entry: The number of the entry, from 0.
        given: The input.
        recorded: The effects of the journal.
        made: The effects of today.
    """

    entry: int
    given: Json
    recorded: Json
    made: Json


def replay(lines: Iterable[bytes]) -> Divergence | None:
    """Feeds a journal's inputs to today's machine; None where every effect is the same.

    Raises:
        ConfigurationError: The lines are no journal.
    """
    life, entries = read_journal(lines)
    for number, entry in enumerate(entries):
        life, effects = step(life, _input(entry.given), entry.now)
        made = msgspec.json.decode(msgspec.json.encode([_told(effect) for effect in effects]))
        if made != entry.effects:
            return Divergence(number, entry.given, entry.effects, made)
    return None


def _input(told: Json) -> Input:
    """The input that a line tells."""
    kind, name, fields = cast("tuple[int, str, dict[str, Json]]", told)
    shape = _CLASSES.get(name)
    if shape is None:
        raise ConfigurationError(f"this journal names an input that is not known: {name}")
    values = {field: _field(field, value) for field, value in fields.items()}
    has_choice = any(
        field.name == "kind" and field.init for field in attrs.fields(cast("type[attrs.AttrsInstance]", shape))
    )
    return shape(**values, **({"kind": Kind(kind)} if has_choice else {}))  # type: ignore[arg-type]


def _field(name: str, value: Json) -> object:
    match name:
        case "cause":
            return _error(cast("tuple[str, str, int | None, str, float | None]", value))
        case "events":
            return [Dispatch(0, s=s, t=t, id=i) for s, t, i in cast("list[tuple[int, str, str]]", value)]
        case "event":
            seq, type_name, event_id = cast("tuple[int, str, str]", value)
            return Dispatch(0, s=seq, t=type_name, id=event_id)
        case "tickets":
            return [Ticket((epoch, seq)) for epoch, seq in cast("list[tuple[int, int]]", value)]
        case "session":
            return None if value is None else _snapshot(cast("tuple[str, dict[str, Json]]", value)[1])
        case "payload":
            return bytes.fromhex(cast("str", value))
        case _:
            return value


def _snapshot(fields: Mapping[str, Json]) -> Snapshot:
    spans = cast("list[tuple[int, int]]", fields["settled_above"])
    above = tuple((first, last) for first, last in spans)
    return msgspec.convert({**fields, "settled_above": above}, Snapshot)


def _error(told: tuple[str, str, int | None, str, float | None]) -> GatewayError:
    """An error with the recorded words; only what the machine asks of it is restored."""
    name, message, code, remedy, wait = told
    shape = cast("type[GatewayError]", getattr(errors, name))
    error = shape.__new__(shape)
    GatewayError.__init__(error, message, code=code, remedy=remedy)
    error.__dict__.update(retry_after=wait, retry_after_seconds=wait)
    return error
