"""What a person is told of few shards, and of many."""

from __future__ import annotations

import trio
from trio.testing import MockClock

from qqgw_trio.connection.roll import Roll


async def test_of_few_shards_each_is_told_by_itself() -> None:
    lines: list[str] = []
    roll = Roll(lines.append, lambda: 10)
    assert roll.is_empty
    roll.arrive(0, "shard 0 is ready")
    roll.leave(0, "shard 0 lost its connection")
    roll.arrive(0, "")
    assert lines == ["shard 0 is ready", "shard 0 lost its connection"]
    assert (roll.is_empty, roll.has_seen(0), roll.has_seen(1)) == (False, True, False)


async def test_of_many_it_is_told_how_many_once_a_second_and_when_all_are_there(autojump_clock: MockClock) -> None:
    lines: list[str] = []
    roll = Roll(lines.append, lambda: 1000)
    for shard_id in range(999):
        roll.arrive(shard_id, f"shard {shard_id} is ready")
        await trio.sleep(0.002)
    roll.arrive(999, "shard 999 is ready")
    assert lines == ["1 of 1000 shards are ready", "501 of 1000 shards are ready", "all 1000 shards are ready"]
    lines.clear()
    await trio.sleep(1)
    for shard_id in range(500):
        roll.leave(shard_id, f"shard {shard_id} lost its connection (reset), dialing again in 1 s")
    assert lines == ["shard 0 lost its connection (reset), dialing again in 1 s (999 of 1000 shards are ready)"]
