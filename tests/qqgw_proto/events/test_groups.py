from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from qqgw_proto.events import (
    Event,
    GroupAddRobot,
    GroupDelRobot,
    GroupJoinRequest,
    GroupMemberAdd,
    GroupMemberEvent,
    GroupMemberRemove,
    GroupMsgReceive,
    GroupMsgReject,
    GroupRobotEvent,
)

GROUP = "C9F778FE6ADF9D1D1DBE395BF744A33A"
MEMBER = "E4F4AEA33253A2797FB897C50B81D7ED"


@pytest.mark.parametrize(
    ("type_name", "shape", "seconds", "reply_key"),
    [
        ("GROUP_ADD_ROBOT", GroupAddRobot, 1699240248, "event_id"),
        ("GROUP_DEL_ROBOT", GroupDelRobot, 1699240426, None),
        ("GROUP_MSG_REJECT", GroupMsgReject, 1699240458, None),
        ("GROUP_MSG_RECEIVE", GroupMsgReceive, 1699240477, "event_id"),
    ],
)
def test_what_the_bot_is_to_a_group(
    decode_sample: Callable[[str], Event],
    type_name: str,
    shape: type[GroupRobotEvent],
    seconds: int,
    reply_key: str | None,
) -> None:
    event = decode_sample(type_name)
    assert isinstance(event, shape)
    assert event.conversation == ("group", GROUP)
    assert event.author_id == event.op_member_openid == MEMBER
    assert event.timestamp == datetime.fromtimestamp(seconds, UTC)
    assert event.reply_key == reply_key


@pytest.mark.parametrize(
    ("type_name", "shape", "reply_key"),
    [("GROUP_MEMBER_ADD", GroupMemberAdd, "event_id"), ("GROUP_MEMBER_REMOVE", GroupMemberRemove, None)],
)
def test_someone_joins_and_leaves(
    decode_sample: Callable[[str], Event], type_name: str, shape: type[GroupMemberEvent], reply_key: str | None
) -> None:
    event = decode_sample(type_name)
    assert isinstance(event, shape)
    assert event.conversation == ("group", GROUP)
    assert event.author_id == MEMBER
    assert event.user_openid == "E4F4AEA33253A2797FB897C50B81D7EE"
    assert event.reply_key == reply_key


def test_someone_asks_to_join(decode_sample: Callable[[str], Event]) -> None:
    event = decode_sample("GROUP_JOIN_REQUEST")
    assert isinstance(event, GroupJoinRequest)
    assert event.conversation == ("group", GROUP)
    assert event.author_id == MEMBER
    assert (event.join_request_id, event.username, event.apply_source) == ("req-1", "abc", "self_apply")
    assert event.verify_info is not None
    assert event.verify_info.verify_message == "hello"
    assert event.auto_approved == {"strategy_id": "strategy"}
    assert event.apply_at == datetime(2026, 8, 5, 16, 21, 40, tzinfo=timezone(timedelta(hours=8)))


def test_no_group_named(decode_as: Callable[[str, str], Event]) -> None:
    assert decode_as("GROUP_ADD_ROBOT", "{}").conversation is None
