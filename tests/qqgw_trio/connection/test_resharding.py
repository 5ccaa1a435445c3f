"""What is advised after close code 4011, by what the platform recommends."""

from __future__ import annotations

import pytest

from qqgw_proto.errors import ReshardRequired
from qqgw_proto.sharding import shard_for
from qqgw_trio.connection.resharding import advised

REFUSED = ReshardRequired("too many guilds for one connection", code=4011)


@pytest.mark.parametrize(
    ("wanted", "remedy"),
    [
        (8, 'start every process of the bot with shards=8, or this one with shards="auto"'),
        (4, "start every process of the bot with more shards than the platform recommends, such as shards=8, which "),
        (2, "start every process of the bot with more shards than the platform recommends, such as shards=8, which "),
    ],
)
def test_more_shards_are_advised_than_those_that_were_refused(wanted: int, remedy: str) -> None:
    error = advised(REFUSED, 4, wanted)
    assert error.remedy.startswith(remedy)
    assert error.message == f"too many guilds for one connection; the bot runs with 4, the platform recommends {wanted}"
    assert error.code == 4011


@pytest.mark.parametrize(
    "guild_id", ["18700000000001", "46646271634786417", "47129941624960822", "5233096270906057162"]
)
def test_twice_as_many_split_each_shard_in_two(guild_id: str) -> None:
    before = shard_for(guild_id, 9)
    assert shard_for(guild_id, 18) in (before, before + 9)
