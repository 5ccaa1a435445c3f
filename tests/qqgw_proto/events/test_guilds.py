from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

from qqgw_proto.events import (
    ChannelCreate,
    ChannelDelete,
    ChannelEvent,
    ChannelUpdate,
    Event,
    GuildCreate,
    GuildDelete,
    GuildEvent,
    GuildUpdate,
)


@pytest.mark.parametrize(
    ("type_name", "shape", "members", "description"),
    [
        ("GUILD_CREATE", GuildCreate, 17, "频道介绍"),
        ("GUILD_UPDATE", GuildUpdate, 18, "修改了的频道介绍"),
        ("GUILD_DELETE", GuildDelete, 17, "频道介绍"),
    ],
)
def test_a_guild(
    decode_sample: Callable[[str], Event], type_name: str, shape: type[GuildEvent], members: int, description: str
) -> None:
    event = decode_sample(type_name)
    assert isinstance(event, shape)
    assert event.guild == event.id == "200000000"
    assert event.conversation == ("guild", "200000000")
    assert event.author_id == event.op_user_id == "100000000"
    assert event.name == "频道名称"
    assert (event.member_count, event.max_members) == (members, 300)
    assert event.description == description
    assert event.joined_at == datetime(2021, 10, 21, 11, 20, 18, tzinfo=timezone(timedelta(hours=8)))


@pytest.mark.parametrize(
    ("type_name", "shape", "name"),
    [
        ("CHANNEL_CREATE", ChannelCreate, "测试"),
        ("CHANNEL_UPDATE", ChannelUpdate, "测试2"),
        ("CHANNEL_DELETE", ChannelDelete, "测试2"),
    ],
)
def test_a_channel(decode_sample: Callable[[str], Event], type_name: str, shape: type[ChannelEvent], name: str) -> None:
    event = decode_sample(type_name)
    assert isinstance(event, shape)
    assert event.conversation == ("channel", "2943679")
    assert event.guild == "200000000"
    assert event.author_id == "100000000"
    assert event.name == name
    assert (event.type, event.sub_type) == (0, 0)
