"""How old a session in a file may become, and what is left of one that is too old."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from qqgw_proto.machine.session import Snapshot
from qqgw_trio.storage.store import FileSessionStore
from support.stored import KEY, LATER, OTHERS, SNAPSHOT, Wall, loaded, saved, text


@pytest.mark.parametrize("age", [0.0, 300.0, -3600.0])
async def test_a_recent_session_is_found(path: Path, wall: Wall, age: float) -> None:
    """A clock that was set back makes no session old."""
    await saved(path, wall, KEY)
    wall.now += age
    assert await loaded(path, wall) == SNAPSHOT


async def test_of_an_old_session_its_loss_is_left_and_said_so(
    path: Path, wall: Wall, caplog: pytest.LogCaptureFixture
) -> None:
    """Never silent (design 4): the shard announces it, whenever it comes to that."""
    await saved(path, wall, KEY)
    wall.now += 300.1
    lost = Snapshot(None, 7, orphans=2, lost=True)
    assert await loaded(path, wall) == lost
    assert [record.getMessage() for record in caplog.records] == [
        "shard 0: its session is too old to resume; what happened since is lost"
    ]
    wall.now += 1e6
    assert await loaded(path, wall) == lost
    assert len(caplog.records) == 1


async def test_without_an_age_limit_no_session_is_old(path: Path, wall: Wall) -> None:
    await saved(path, wall, KEY)
    wall.now += 1e6
    assert await loaded(path, wall, max_age=math.inf) == SNAPSHOT


async def test_a_session_that_grows_old_before_its_shard_asks_is_no_less_announced(path: Path, wall: Wall) -> None:
    await saved(path, wall, KEY, OTHERS[1])
    wall.now += 300.1
    async with FileSessionStore(path, wall_clock=wall) as store:
        store.save(OTHERS[1], LATER)
        await store.flush()
        assert store.load(KEY) == Snapshot(None, 7, orphans=2, lost=True)


async def test_sessions_that_nobody_asks_for_age_and_leave_their_loss(path: Path, wall: Wall) -> None:
    """Those of shards that another process runs, say: whenever one of them starts, it announces it (design 4)."""
    await saved(path, wall, KEY, OTHERS[1])
    wall.now += 200.0
    async with FileSessionStore(path, wall_clock=wall) as store:
        assert store.load(KEY) == SNAPSHOT
    assert (text(path).count("03:04:05Z"), text(path).count("03:07:25Z")) == (1, 2)
    for _ in range(2):
        wall.now += 200.0
        async with FileSessionStore(path, wall_clock=wall) as store:
            assert store.load(KEY) == SNAPSHOT
    assert text(path).count('"session_id":null') == 1
    assert await loaded(path, wall, OTHERS[1]) == Snapshot(None, 7, orphans=2, lost=True)


async def test_the_sessions_of_a_quiet_bot_stay_young(
    path: Path, wall: Wall, fsyncs: list[float], autojump_clock: MockClock
) -> None:
    async with FileSessionStore(path, wall_clock=wall, threads=False) as store:
        with trio.move_on_after(130.0):
            async with trio.open_nursery() as nursery:
                store.save(KEY, SNAPSHOT)
                nursery.start_soon(store.run)
                await trio.sleep(125.0)
                wall.now += 125.0
                await trio.sleep_forever()
        assert fsyncs == [0.0, 61.0, 122.0]


async def test_a_session_of_other_intents_or_shards_is_lost_to_who_starts_first_and_said_so(
    path: Path, wall: Wall, caplog: pytest.LogCaptureFixture
) -> None:
    """Never silent (design 4), and told once: it is gone from the file with the next write."""
    await saved(path, wall, OTHERS[0], OTHERS[2], OTHERS[3])
    async with FileSessionStore(path, wall_clock=wall) as store:
        assert store.load(KEY) == Snapshot(None, 7, orphans=4, lost=True)
        assert store.load(OTHERS[1]) is None
    left = "0/3 with intents 33554432, 0/2 with intents 1073741824"
    assert [record.getMessage() for record in caplog.records] == [
        f"shard 0: sessions of another layout ({left}) are lost, with all since"
    ]
    assert text(path).count("session_id") == 2
    assert await loaded(path, wall, OTHERS[0]) == SNAPSHOT


async def test_the_loss_of_another_layout_is_written_before_anything_is_saved(path: Path, wall: Wall) -> None:
    await saved(path, wall, OTHERS[3])
    async with FileSessionStore(path, wall_clock=wall) as store:
        store.load(KEY)
        await store.flush()
        assert '"shard":[0,2],"intents":33554432,"session_id":null' in text(path)
        assert text(path).count("session_id") == 1


async def test_a_session_of_intents_that_the_bot_may_go_back_to_is_spared(path: Path, wall: Wall) -> None:
    await saved(path, wall, OTHERS[3])
    async with FileSessionStore(path, wall_clock=wall, spared_intents=OTHERS[3].intents) as store:
        assert store.load(KEY) is None
        assert store.load(OTHERS[3]) == SNAPSHOT


async def test_one_that_is_too_old_to_go_back_to_is_no_longer_spared(path: Path, wall: Wall) -> None:
    """Nor does it go without a word: whoever starts first announces it (design 4)."""
    await saved(path, wall, OTHERS[3])
    wall.now += 300.1
    async with FileSessionStore(path, wall_clock=wall, spared_intents=OTHERS[3].intents) as store:
        assert store.load(KEY) == Snapshot(None, 7, orphans=2, lost=True)
        assert store.load(OTHERS[3]) is None


async def test_one_that_the_bot_did_not_go_back_to_in_time_is_announced_by_the_next_start(
    path: Path, wall: Wall
) -> None:
    await saved(path, wall, OTHERS[3])
    async with FileSessionStore(path, wall_clock=wall, spared_intents=OTHERS[3].intents) as store:
        assert store.load(KEY) is None
        store.save(KEY, LATER)
        wall.now += 300.1
    async with FileSessionStore(path, wall_clock=wall, spared_intents=OTHERS[3].intents) as store:
        # Beside a session that goes on, the one that was lost counts as one open event more.
        assert store.load(KEY) == Snapshot("082ee18c", 12, orphans=3)
    assert text(path).count("session_id") == 1
