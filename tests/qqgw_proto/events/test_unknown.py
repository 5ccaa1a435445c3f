from __future__ import annotations

from collections.abc import Callable

import pytest

from qqgw_proto.events import Event, UnknownEvent


def test_an_unknown_type_passes_with_its_raw_payload(decode_as: Callable[[str, str], Event]) -> None:
    event = decode_as("ROBOT_DREAMS", '{"of":["electric sheep"]}')
    assert isinstance(event, UnknownEvent)
    assert event.type_name == "ROBOT_DREAMS"
    assert bytes(event.raw) == b'{"of":["electric sheep"]}'
    assert event.event_id == "event-1"
    assert event.conversation is None


def test_a_frame_without_type_is_an_unknown_event(decode_as: Callable[[str | None, str], Event]) -> None:
    event = decode_as(None, "{}")
    assert isinstance(event, UnknownEvent)
    assert event.type_name == ""


@pytest.mark.parametrize(
    ("payload", "conversation", "guild"),
    [
        ('{"group_openid":"G","user_openid":"U"}', ("group", "G"), None),
        ('{"guild_id":"1","channel_id":"2"}', ("channel", "2"), "1"),
        ('{"guild_id":1}', ("guild", "1"), "1"),
        ('{"user_openid":"U"}', ("c2c", "U"), None),
        ('{"openid":"U"}', ("c2c", "U"), None),
    ],
)
def test_places_are_found_by_their_usual_keys(
    decode_as: Callable[[str, str], Event], payload: str, conversation: tuple[str, str], guild: str | None
) -> None:
    event = decode_as("ROBOT_DREAMS", payload)
    assert event.conversation == conversation
    assert event.guild == guild


@pytest.mark.parametrize("payload", ["5", '""', "null", "[]", '{"guild_id":{"deep":1}}', "not json", '{"a":'])
def test_no_payload_of_an_unknown_type_is_wrong(decode_as: Callable[[str, str], Event], payload: str) -> None:
    event = decode_as("ROBOT_DREAMS", payload)
    assert isinstance(event, UnknownEvent)
    assert event.conversation is None
    assert bytes(event.raw) == payload.encode()
