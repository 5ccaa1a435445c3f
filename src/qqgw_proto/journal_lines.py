"""What one line of a journal says: values of the machine as JSON, and back.

A value is `[class name, {field: value}]`, fields at their defaults left out. No token passes: `TOKEN` stands in its
place. Of an event the number, type and id are kept, never the payload, which the machine does not look at; of an event
in an effect only the number, since the input of the same line tells the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Final, TypeAlias, cast

import attrs
import msgspec
from msgspec.structs import replace

from qqgw_proto import errors
from qqgw_proto.errors import ConfigurationError, GatewayError
from qqgw_proto.machine import arrivals, inputs
from qqgw_proto.machine.effects import MachineEffect
from qqgw_proto.machine.inputs import Input
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.life import Life
from qqgw_proto.machine.session import Snapshot, Ticket
from qqgw_proto.wire.frames import Dispatch

__all__ = ["TOKEN", "Json", "Told", "tell_effects", "tell_input", "tell_life", "told_input", "told_life"]

TOKEN: Final = "***"  # noqa: S105 - what stands in a token's place

Json: TypeAlias = object
Told: TypeAlias = tuple[str, dict[str, Json]]
"""A value of a class: its name and its fields."""

_CLASSES: Final[Mapping[str, type[Input]]] = {
    shape.__name__: cast("type[Input]", shape)
    for module in (inputs, arrivals)
    for shape in vars(module).values()
    if isinstance(shape, type) and issubclass(shape, msgspec.Struct) and hasattr(shape, "kind")
}


# --- to JSON


def tell_input(given: Input) -> Told:
    """An input: its class and fields; its kind where the class does not say it."""
    return _tell_value(given, _whole_event)


def tell_effects(made: Sequence[MachineEffect]) -> Json:
    """Effects, in their order."""
    return [_tell(effect, _number_of_event) for effect in made]


def tell_life(life: Life) -> Json:
    """All that the machine remembers: enough to replay what follows."""
    access = life.access
    if access is not None:
        life = replace(life, access=replace(access, token=_veiled(access.token)))
    return msgspec.to_builtins(replace(life, close_codes=dict(life.close_codes)), str_keys=True)


def _whole_event(event: Dispatch) -> Json:
    return [event.s, event.t, event.id]


def _number_of_event(event: Dispatch) -> Json:
    return event.s


def _tell(value: object, tell_event: Callable[[Dispatch], Json]) -> Json:
    match value:
        case Kind():
            return value.name
        case None | bool() | int() | float() | str():
            return value
        case Dispatch():
            return tell_event(value)
        case GatewayError():
            return _tell_error(value)
        case bytes():
            return value.hex()
        case list() | tuple():
            return [_tell(item, tell_event) for item in cast("Sequence[object]", value)]
        case Mapping():
            return {str(key): _tell(item, tell_event) for key, item in cast("Mapping[object, object]", value).items()}
        case _:
            return _tell_value(value, tell_event)


def _tell_value(value: object, tell_event: Callable[[Dispatch], Json]) -> Told:
    return type(value).__name__, _tell_fields(value, tell_event)


def _tell_fields(value: object, tell_event: Callable[[Dispatch], Json]) -> dict[str, Json]:
    told: dict[str, Json] = {}
    for name, default in _fields_of(cast("type[attrs.AttrsInstance]", type(value))):
        item = getattr(value, name)
        if name == "token":
            told[name] = _veiled(item)
        elif item != default:
            told[name] = _tell(item, tell_event)
    return told


@cache
def _fields_of(shape: type[attrs.AttrsInstance | msgspec.Struct]) -> tuple[tuple[str, object], ...]:
    """Field names with their defaults, of attrs classes and Structs; a required field gets one that nothing equals."""
    if issubclass(shape, msgspec.Struct):
        defaults = cast("tuple[object, ...]", shape.__struct_defaults__)
        names = shape.__struct_fields__
        required = len(names) - len(defaults)
        return tuple(zip(names, (msgspec.NODEFAULT,) * required + defaults, strict=True))
    fields = attrs.fields(shape)
    return tuple((field.name, cast("object", field.default)) for field in fields if field.init)


def _veiled(token: str) -> str:
    """`TOKEN` in place of the token, behind the prefix of its scheme."""
    prefix, space, _ = token.rpartition(" ")
    return f"{prefix}{space}{TOKEN}"


def _tell_error(error: GatewayError) -> Json:
    """An error by its nearest class of the core's tree: a shell's own classes mean nothing to a replay."""
    nearest = next(shape for shape in type(error).__mro__ if getattr(errors, shape.__name__, None) is shape)
    wait = getattr(error, "retry_after_seconds", None) or getattr(error, "retry_after", None)
    return [nearest.__name__, error.message, error.code, error.remedy, wait]


# --- from JSON


def told_life(told: Json) -> Life:
    """The life that a head tells.

    Raises:
        msgspec.ValidationError: It is not one.
    """
    return msgspec.convert(told, Life, strict=False)


def told_input(told: Told) -> Input:
    """The input that a line tells.

    Raises:
        ConfigurationError: This version does not know it.
    """
    name, fields = told
    shape = _CLASSES.get(name)
    if shape is None:
        remedy = "replay it with the version of qqgw that wrote it"
        raise ConfigurationError(f"this journal names an input that is not known: {name}", remedy=remedy)
    try:
        return shape(**{field: _field(field, value) for field, value in fields.items()})  # type: ignore[arg-type]
    except (TypeError, ValueError, LookupError, AttributeError, msgspec.MsgspecError) as error:
        raise ConfigurationError(f"this journal tells no {name} that can be read: {error}") from error


def _field(name: str, value: Json) -> object:
    match name:
        case "kind":
            return Kind[cast("str", value)]
        case "cause":
            return _error(cast("tuple[str, str, int | None, str, float | None]", value))
        case "events":
            return [_event(event) for event in cast("list[Json]", value)]
        case "event":
            return _event(value)
        case "tickets":
            return [Ticket((epoch, seq)) for epoch, seq in cast("list[tuple[int, int]]", value)]
        case "session":
            return None if value is None else msgspec.convert(cast("list[Json]", value)[1], Snapshot)
        case "payload":
            return bytes.fromhex(cast("str", value))
        case _:
            return value


def _event(told: Json) -> Dispatch:
    seq, type_name, event_id = cast("tuple[int | None, str | None, str | None]", told)
    return Dispatch(0, s=seq, t=type_name, id=event_id)


def _error(told: tuple[str, str, int | None, str, float | None]) -> GatewayError:
    """An error with the recorded words; only what the machine asks of it is restored."""
    name, message, code, remedy, wait = told
    shape = cast("type[GatewayError]", getattr(errors, name))
    error = shape.__new__(shape)
    GatewayError.__init__(error, message, code=code, remedy=remedy)
    error.__dict__.update(retry_after=wait, retry_after_seconds=wait)
    return error
