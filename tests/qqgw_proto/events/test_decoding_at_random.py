"""Any JSON as the payload of any type: an event, or the one documented error."""

from __future__ import annotations

import json
from typing import TypeAlias

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qqgw_proto.errors import EventDecodeError
from qqgw_proto.events import EVENT_CLASSES, Event, conversation_of, decode
from qqgw_proto.wire.frames import Dispatch, JsonValue

pytestmark = pytest.mark.no_cover

Payload: TypeAlias = st.SearchStrategy[JsonValue]

scalars: Payload = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"), max_size=8)
    | st.sampled_from(["", "1", "true", "null", "2023-11-06T13:37:18+08:00", "{", '{"paragraphs":[{"elems":[5]}]}'])
)
values: Payload = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)


def keys_of(shape: type[msgspec.Struct]) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(shape)]


NESTED = ["id", "bot", "user_id", "user_openid", "resolved", "roles", "type", "url", "size", "title", "content", "ext"]


def payloads(shape: type[Event]) -> Payload:
    """Mostly objects with the keys that the class knows, and inside these with keys that occur in any class."""
    inner = values | st.dictionaries(st.sampled_from(NESTED), values, max_size=4)
    fitting = st.dictionaries(st.sampled_from(keys_of(shape)), inner | st.lists(inner, max_size=2), max_size=6)
    return fitting | values


def encode(value: JsonValue) -> msgspec.Raw:
    """Not by msgspec, which refuses to write numbers that it reads."""
    return msgspec.Raw(json.dumps(value, ensure_ascii=False).encode())


def attempt(dispatch: Dispatch) -> Event | EventDecodeError:
    try:
        return decode(dispatch)
    except EventDecodeError as error:
        return error


def everything_common(event: Event) -> tuple[object, ...]:
    texts = (event.text, repr(event), event.type_name)
    return (event.guild, event.conversation, event.author_id, event.message_id, event.is_from_bot, *texts)


@pytest.mark.parametrize("type_name", sorted(EVENT_CLASSES))
@settings(max_examples=settings().max_examples // 8)  # for each of 59 types
@given(data=st.data())
def test_any_json_is_an_event_or_a_decode_error(type_name: str, data: st.DataObject) -> None:
    payload = data.draw(payloads(EVENT_CLASSES[type_name]))
    dispatch = Dispatch(op=0, t=type_name, d=encode(payload))
    conversation = conversation_of(dispatch)
    outcome = attempt(dispatch)
    if isinstance(outcome, Event):
        everything_common(outcome)
        assert outcome.conversation == conversation
    else:
        assert outcome.type_name == type_name
        assert outcome.path.startswith("$")


@given(st.binary(max_size=40) | values.map(lambda value: bytes(encode(value))), st.text(max_size=5))
def test_any_bytes_of_an_unknown_type_are_an_unknown_event(payload: bytes, name: str) -> None:
    dispatch = Dispatch(op=0, t=f"UNKNOWN_{name}", d=msgspec.Raw(payload))
    assert decode(dispatch).conversation == conversation_of(dispatch)


@pytest.mark.parametrize("type_name", ["AT_MESSAGE_CREATE", "RESUMED", "INTERACTION_CREATE"])
@given(payload=st.binary(max_size=60))
def test_any_bytes_are_an_event_or_a_decode_error(type_name: str, payload: bytes) -> None:
    outcome = attempt(Dispatch(op=0, t=type_name, d=msgspec.Raw(payload)))
    if isinstance(outcome, Event):
        everything_common(outcome)
