from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

from qqgw_proto.events import Event, InteractionCreate

OPENID = "E4F4AEA33253A2797FB897C50B81D7ED"


def test_a_button_in_c2c_as_documented(decode_sample: Callable[[str], Event]) -> None:
    event = decode_sample("INTERACTION_CREATE")
    assert isinstance(event, InteractionCreate)
    assert event.id == "30540ff7-9d8f-4737-83f1-e116ce6afa8b"
    assert event.event_id == "INTERACTION_CREATE:00000000-0000-4000-8000-000000000023"
    assert event.conversation == ("c2c", OPENID)
    assert event.author_id == OPENID
    assert (event.type, event.chat_type, event.version) == (11, 2, 1)
    assert event.data.resolved.button_id == "21"
    assert event.data.resolved.button_data == "回调按钮"
    assert event.timestamp is None
    assert event.reply_key == "event_id"


def test_a_menu_in_c2c(decode_sample: Callable[[str], Event]) -> None:
    event = decode_sample("INTERACTION_CREATE.c2c_menu")
    assert isinstance(event, InteractionCreate)
    assert event.conversation == ("c2c", OPENID)
    assert event.author_id == OPENID
    assert event.type == event.data.type == 12
    assert event.data.resolved.feature_id == "menu-1"
    assert event.scene == "c2c"
    assert event.application_id == "11111111"
    assert event.timestamp == datetime(2023, 11, 6, 13, 37, 18, tzinfo=timezone(timedelta(hours=8)))


def test_a_button_in_a_guild(decode_sample: Callable[[str], Event]) -> None:
    event = decode_sample("INTERACTION_CREATE.guild")
    assert isinstance(event, InteractionCreate)
    assert event.conversation == ("channel", "100010")
    assert event.guild == "18700000000001"
    assert event.author_id == "1234"
    assert event.message_id == "0812345677890abcdef"


@pytest.mark.parametrize(
    ("payload", "conversation", "author"),
    [
        ('{"chat_type":1,"group_openid":"G","group_member_openid":"M"}', ("group", "G"), "M"),
        ('{"chat_type":0,"guild_id":"1"}', ("guild", "1"), None),
        ('{"chat_type":1,"data":{"resolved":{"user_id":"U"}}}', None, "U"),
    ],
)
def test_where_it_was_pressed_and_by_whom(
    decode_as: Callable[[str, str], Event], payload: str, conversation: tuple[str, str] | None, author: str | None
) -> None:
    event = decode_as("INTERACTION_CREATE", payload)
    assert event.conversation == conversation
    assert event.author_id == author
