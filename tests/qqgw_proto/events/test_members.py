from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

from qqgw_proto.events import Event, GuildMemberAdd, GuildMemberEvent, GuildMemberRemove, GuildMemberUpdate


@pytest.mark.parametrize(
    ("type_name", "shape", "operator", "roles"),
    [
        ("GUILD_MEMBER_ADD", GuildMemberAdd, "100000000", ("1",)),
        ("GUILD_MEMBER_UPDATE", GuildMemberUpdate, "8834102668809967837", ("2",)),
        ("GUILD_MEMBER_REMOVE", GuildMemberRemove, "100000000", ("1",)),
    ],
)
def test_a_member(
    decode_sample: Callable[[str], Event],
    type_name: str,
    shape: type[GuildMemberEvent],
    operator: str,
    roles: tuple[str, ...],
) -> None:
    event = decode_sample(type_name)
    assert isinstance(event, shape)
    assert event.conversation == ("guild", "200000000")
    assert event.guild == "200000000"
    assert event.author_id == operator
    assert event.user.id == "8834102668809967837"
    assert event.user.username == "b站机器人"
    assert event.nick == ""
    assert event.roles == roles
    assert event.joined_at == datetime(2021, 10, 21, 11, 20, 18, tzinfo=timezone(timedelta(hours=8)))
    assert event.reply_key == "event_id"


def test_a_bot_that_joins_has_not_written_anything(decode_sample: Callable[[str], Event]) -> None:
    assert decode_sample("GUILD_MEMBER_ADD").is_from_bot is False
