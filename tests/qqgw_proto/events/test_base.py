from __future__ import annotations

from collections.abc import Callable

import pytest

from qqgw_proto.events import Event, FriendAdd, GroupAtMessageCreate, GuildCreate
from qqgw_proto.events.base import channel_key
from qqgw_proto.wire.frames import Dispatch


def test_the_received_frame_hangs_on_the_event(
    sample: Callable[[str], Dispatch], decode_sample: Callable[[str], Event]
) -> None:
    event = decode_sample("FRIEND_ADD")
    assert event.type_name == "FRIEND_ADD"
    assert event.seq == 22
    assert event.event_id == "FRIEND_ADD:00000000-0000-4000-8000-000000000016"
    assert bytes(event.raw) == bytes(sample("FRIEND_ADD").d)
    assert event.frame.t == "FRIEND_ADD"


def test_the_common_properties_are_empty_where_a_type_has_no_such_thing() -> None:
    event = Event()
    assert (event.guild, event.conversation, event.author_id, event.message_id) == (None, None, None, None)
    assert event.text == ""
    assert event.is_from_bot is False


def test_an_event_made_by_hand_has_a_frame_that_says_nothing() -> None:
    event = FriendAdd(openid="A")
    assert (event.seq, event.event_id, bytes(event.raw)) == (None, None, b"null")
    assert event.type_name == "FRIEND_ADD"
    assert event.conversation == ("c2c", "A")


def test_events_are_frozen() -> None:
    event = FriendAdd(openid="A")
    with pytest.raises(AttributeError):
        event.openid = "B"  # type: ignore[misc]


def test_events_compare_and_hash_by_identity() -> None:
    event = FriendAdd(openid="A")
    assert event != FriendAdd(openid="A")
    assert {event: 1}[event] == 1


def test_the_text_for_people_names_what_is_set_and_not_the_frame(decode_as: Callable[[str, str], Event]) -> None:
    event = decode_as("FRIEND_ADD", '{"openid":"A","timestamp":5}')
    assert repr(event) == "FriendAdd(event_id='event-1', seq=7, openid='A', raw_timestamp=5)"


def test_a_payload_cannot_replace_the_frame(decode_as: Callable[[str, str], Event]) -> None:
    event = decode_as("FRIEND_ADD", '{"openid":"A","/frame":{"s":99},"frame":1}')
    assert event.seq == 7


def test_how_a_passive_reply_names_its_event() -> None:
    assert GroupAtMessageCreate.reply_key == "msg_id"
    assert FriendAdd.reply_key == "event_id"
    assert GuildCreate.reply_key is None


def test_the_conversation_is_the_channel_or_else_the_guild() -> None:
    assert channel_key("1", "2") == ("channel", "1")
    assert channel_key("", "2") == ("guild", "2")
    assert channel_key(None, None) is None
