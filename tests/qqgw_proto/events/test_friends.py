from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from qqgw_proto.events import (
    C2CMsgReceive,
    C2CMsgReject,
    EnterAio,
    Event,
    FriendAdd,
    FriendDel,
    FriendEvent,
    SubscribeMessageStatus,
)

OPENID = "E4F4AEA33253A2797FB897C50B81D7ED"


@pytest.mark.parametrize(
    ("type_name", "shape", "seconds", "reply_key"),
    [
        ("FRIEND_ADD", FriendAdd, 1699240365, "event_id"),
        ("FRIEND_DEL", FriendDel, 1699240328, None),
        ("C2C_MSG_REJECT", C2CMsgReject, 1699240599, None),
        ("C2C_MSG_RECEIVE", C2CMsgReceive, 1699240617, "event_id"),
    ],
)
def test_what_the_bot_is_to_a_person(
    decode_sample: Callable[[str], Event],
    type_name: str,
    shape: type[FriendEvent],
    seconds: int,
    reply_key: str | None,
) -> None:
    event = decode_sample(type_name)
    assert isinstance(event, shape)
    assert event.conversation == ("c2c", OPENID)
    assert event.author_id == OPENID
    assert event.raw_timestamp == seconds
    assert event.timestamp == datetime.fromtimestamp(seconds, UTC)
    assert event.reply_key == reply_key


def test_a_person_opened_the_chat(decode_sample: Callable[[str], Event]) -> None:
    event = decode_sample("ENTER_AIO")
    assert isinstance(event, EnterAio)
    assert event.conversation == ("c2c", OPENID)
    assert event.author_id == OPENID
    assert event.from_source == "sample"


def test_subscriptions(decode_sample: Callable[[str], Event]) -> None:
    event = decode_sample("SUBSCRIBE_MESSAGE_STATUS")
    assert isinstance(event, SubscribeMessageStatus)
    assert event.conversation == ("c2c", OPENID)
    assert event.author_id == OPENID
    (result,) = event.result
    assert (result.template_id, result.op, result.subscribe_id) == (1, 1, "sample-subscribe-id")
    assert result.updated_at == datetime.fromtimestamp(1699240365, UTC)


def test_subscriptions_in_a_group(decode_as: Callable[[str, str], Event]) -> None:
    assert decode_as("SUBSCRIBE_MESSAGE_STATUS", '{"group_openid":"G","openid":"U"}').conversation == ("group", "G")


@pytest.mark.parametrize("type_name", ["FRIEND_ADD", "ENTER_AIO", "SUBSCRIBE_MESSAGE_STATUS"])
def test_nobody_named(decode_as: Callable[[str, str], Event], type_name: str) -> None:
    assert decode_as(type_name, "{}").conversation is None
