"""From a received frame to its typed event, and to its conversation alone.

A well-formed payload is decoded in one pass, straight into the class. Only when that fails is it decoded a second time,
untyped, and mended as far as the protocol's known faults go (`mending`). What then still has the wrong shape is an
`EventDecodeError`.

Neither way ever touches the session: the frame was counted before, and is delivered raw whatever happens here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import TypeAlias, cast

import msgspec
from msgspec.structs import fields, force_setattr

from qqgw_proto.errors import EventDecodeError
from qqgw_proto.events.base import Conversation, Event
from qqgw_proto.events.lifecycle import Resumed
from qqgw_proto.events.mending import mended, without_halves
from qqgw_proto.events.registry import ALIASES, EVENT_CLASSES, event_class
from qqgw_proto.events.unknown import UnknownEvent
from qqgw_proto.wire.frames import Dispatch

__all__ = ["conversation_of", "decode", "decode_each"]

_Read: TypeAlias = Callable[[msgspec.Raw], Event]
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

# Only known names are kept here: a peer that invents names does not make these grow.
_readers: dict[str | None, _Read] = {}
_place_readers: dict[str | None, _Read | None] = {}


def decode(dispatch: Dispatch) -> Event:
    """Decodes the payload into the class of its type.

    Args:
        dispatch: The received frame; it is kept as the event's `frame`.

    Returns:
        The event; an `UnknownEvent` for a type that is not in the registry.

    Raises:
        EventDecodeError: The payload does not have the shape of its type; names the type and the path.
    """
    read = _readers.get(dispatch.t)
    if read is None:
        read = _reader_of(dispatch.t)
    try:
        event = read(dispatch.d)
    except _UNREADABLE as fault:
        event = _decode_mended(dispatch, fault)
    force_setattr(event, "frame", dispatch)
    return event


def decode_each(dispatches: Iterable[Dispatch]) -> list[Event | None]:
    """Decodes many payloads in one call; None stands for each that `decode` would raise for."""
    events: list[Event | None] = []
    append = events.append
    for dispatch in dispatches:
        read = _readers.get(dispatch.t)
        if read is None:
            read = _reader_of(dispatch.t)
        try:
            event = read(dispatch.d)
        except _UNREADABLE:
            try:
                append(decode(dispatch))
            except EventDecodeError:
                append(None)
        else:
            force_setattr(event, "frame", dispatch)
            append(event)
    return events


def conversation_of(dispatch: Dispatch) -> Conversation | None:
    """Finds the conversation of a frame without decoding the rest of it.

    Where `decode` succeeds, the answer is that of the event's `conversation`. Never raises: a payload in which the ids
    have the wrong shape has no conversation.
    """
    name = dispatch.t
    read = _place_readers[name] if name in _place_readers else _place_reader_of(name)
    if read is None:
        return None
    try:
        return read(dispatch.d).conversation
    except _UNREADABLE as fault:
        return _conversation_mended(dispatch, fault)


def _class_of(type_name: str | None) -> type[Event]:
    return event_class(type_name) or UnknownEvent


def _reader_of(type_name: str | None) -> _Read:
    read = _json_reader(_class_of(type_name))
    if type_name in EVENT_CLASSES or type_name in ALIASES:
        _readers[type_name] = read
    return read


def _place_reader_of(type_name: str | None) -> _Read | None:
    shape = _class_of(type_name)
    read = _json_reader(_place_class(shape)) if shape.conversation_fields else None
    if shape is not UnknownEvent:
        _place_readers[type_name] = read
    return read


@cache
def _json_reader(shape: type[Event]) -> _Read:
    return msgspec.json.Decoder(shape).decode


@cache
def _place_class(shape: type[Event]) -> type[Event]:
    """The class with nothing but the fields that its `conversation` reads, and that property itself."""
    wanted = [field for field in fields(shape) if field.name in shape.conversation_fields]
    slim = msgspec.defstruct(
        f"{shape.__name__}Place",
        [(field.name, field.type, msgspec.field(default=field.default, name=field.encode_name)) for field in wanted],
        namespace={"conversation": shape.conversation},
        frozen=True,
        gc=False,
    )
    return cast("type[Event]", slim)


def _decode_mended(dispatch: Dispatch, fault: Exception) -> Event:
    shape = _class_of(dispatch.t)
    try:
        return _read_mended(dispatch.d, shape, fault)
    except _UNREADABLE as error:
        if shape is UnknownEvent:
            return UnknownEvent()
        why, path = _explained(error)
        raise EventDecodeError(str(dispatch.t), path, why) from error


def _conversation_mended(dispatch: Dispatch, fault: Exception) -> Conversation | None:
    try:
        return _read_mended(dispatch.d, _place_class(_class_of(dispatch.t)), fault).conversation
    except _UNREADABLE:
        return None


def _read_mended(raw: msgspec.Raw, shape: type[Event], fault: Exception) -> Event:
    try:
        value = _decode_untyped(raw)
    except _UNREADABLE:
        raise fault from None  # no JSON at all: the first attempt, which knew the fields, says better where
    if value in ("", None) and shape is Resumed:
        return Resumed()  # EE:265-272
    # Not strict: a number or a truth value written as text is read as what it means ("seq": "101").
    return msgspec.convert(mended(value, shape), shape, strict=False)


def _decode_untyped(raw: msgspec.Raw) -> object:
    try:
        return cast("object", msgspec.json.decode(raw))
    except msgspec.DecodeError:
        return cast("object", msgspec.json.decode(without_halves(bytes(raw))))


def _explained(error: Exception) -> tuple[str, str]:
    """What is wrong, and where as a JSON path."""
    if isinstance(error, RecursionError):
        return "nested too deeply", "$"
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8", "$"
    why, _, path = str(error).partition(" - at `")
    return why, path.rstrip("`") or "$"
