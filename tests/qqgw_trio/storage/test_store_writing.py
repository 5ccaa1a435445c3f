"""When sessions are written to a file: once an interval for all shards, at every flush, and at the end."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from qqgw_proto.machine.session import Snapshot
from qqgw_trio.storage.store import FileSessionStore, SessionKey
from support.stored import KEY, SNAPSHOT, Wall, loaded, text


async def test_a_bot_without_sessions_writes_nothing(path: Path, wall: Wall, autojump_clock: MockClock) -> None:
    async with FileSessionStore(path, wall_clock=wall, threads=False) as store:
        with trio.move_on_after(1000.0):
            await store.run()
    assert text(path) == ""


async def test_all_shards_share_one_write_an_interval(
    path: Path, wall: Wall, fsyncs: list[float], autojump_clock: MockClock
) -> None:
    async def live(shard: int) -> None:
        for seq in range(30):
            kept.save(SessionKey("1", shard, 100, 1), Snapshot("x", seq))
            await trio.sleep(0.1)

    async with FileSessionStore(path, wall_clock=wall, threads=False) as kept, trio.open_nursery() as nursery:
        nursery.start_soon(kept.run)
        async with trio.open_nursery() as shards:
            for shard in range(100):
                shards.start_soon(live, shard)
        await trio.sleep(10.0)
        assert fsyncs == [0.0, 1.0, 2.0, 3.0]
        nursery.cancel_scope.cancel()
    assert text(path).count('"seq":29,') == 100


async def test_a_flush_with_nothing_to_write_writes_nothing(path: Path, wall: Wall, fsyncs: list[float]) -> None:
    async with FileSessionStore(path, wall_clock=wall, threads=False) as store:
        await store.flush()
        store.save(KEY, SNAPSHOT)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(store.flush)
            nursery.start_soon(store.flush)
        assert len(fsyncs) == 1


@pytest.mark.parametrize("steps", range(5))
async def test_a_flush_cancelled_at_any_step_leaves_to_the_next_what_it_did_not_write(
    path: Path, wall: Wall, steps: int
) -> None:
    async with FileSessionStore(path, wall_clock=wall, threads=False) as store:
        store.save(KEY, SNAPSHOT)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(store.flush)
            for _ in range(steps):
                await trio.lowlevel.checkpoint()
            nursery.cancel_scope.cancel()
        await store.flush()
        assert text(path).count("session_id") == 1


async def test_what_is_saved_last_is_written_though_all_is_cancelled(path: Path, wall: Wall) -> None:
    with trio.CancelScope() as scope:
        async with FileSessionStore(path, wall_clock=wall) as store:
            scope.cancel()
            store.save(KEY, SNAPSHOT)
    assert await loaded(path, wall) == SNAPSHOT
