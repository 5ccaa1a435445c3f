"""What every session store must keep, then what one in a file must besides."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from qqgw_proto.errors import ConfigurationError, MisuseError
from qqgw_trio.storage.store import FileSessionStore, MemorySessionStore, SessionStore
from support.stored import KEY, LATER, OTHERS, SNAPSHOT, Wall, loaded, saved


def cut(path: Path, count: int) -> None:
    path.write_bytes(path.read_bytes()[:-count])


# --- every store ---------------------------------------------------------------------------------------------------


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, path: Path, wall: Wall) -> SessionStore:
    return MemorySessionStore() if request.param == "memory" else FileSessionStore(path, wall_clock=wall)


async def test_a_snapshot_is_kept_under_the_whole_key(store: SessionStore) -> None:
    async with store:
        store.save(KEY, SNAPSHOT)
        assert store.load(KEY) == SNAPSHOT
        assert [store.load(other) for other in OTHERS] == [None] * 4


async def test_the_last_snapshot_counts(store: SessionStore) -> None:
    async with store:
        store.save(KEY, SNAPSHOT)
        store.save(KEY, LATER)
        assert store.load(KEY) == LATER


async def test_a_session_can_be_forgotten(store: SessionStore) -> None:
    async with store:
        store.save(KEY, None)
        store.save(KEY, SNAPSHOT)
        store.save(KEY, None)
        assert store.load(KEY) is None


async def test_sessions_are_there_when_the_store_is_opened_again(store: SessionStore) -> None:
    async with store:
        store.save(KEY, SNAPSHOT)
        await store.flush()
    async with store:
        assert store.load(KEY) == SNAPSHOT


async def test_to_run_lasts_until_cancelled(store: SessionStore, autojump_clock: MockClock) -> None:
    async with store:
        with trio.move_on_after(1000.0) as scope:
            await store.run()
        assert scope.cancelled_caught


# --- a file --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("max_age", "interval"), [(0.0, 1.0), (-1.0, 1.0), (300.0, 0.0), (math.nan, 1.0)])
def test_durations_are_above_zero(path: Path, max_age: float, interval: float) -> None:
    with pytest.raises(ConfigurationError, match="max_age and interval must be above 0, not "):
        FileSessionStore(path, max_age=max_age, interval=interval)


async def test_a_store_that_is_not_open_is_not_used(path: Path) -> None:
    store = FileSessionStore(path)
    with pytest.raises(MisuseError, match="not open: use it inside `async with store:`"):
        store.load(KEY)
    async with store:
        pass
    with pytest.raises(MisuseError, match="not open: use it inside `async with store:`"):
        store.save(KEY, SNAPSHOT)


async def test_the_next_process_finds_what_was_saved(path: Path, wall: Wall) -> None:
    await saved(path, wall, KEY, OTHERS[1])
    assert await loaded(path, wall) == SNAPSHOT
    assert await loaded(path, wall, OTHERS[1]) == SNAPSHOT
    assert sorted(file.name for file in path.parent.iterdir()) == ["sessions.json", "sessions.json.lock"]


async def test_what_was_forgotten_is_not_found(path: Path, wall: Wall) -> None:
    await saved(path, wall, KEY)
    async with FileSessionStore(path, wall_clock=wall) as store:
        store.save(KEY, None)
    assert await loaded(path, wall) is None


async def test_a_link_stays_a_link(tmp_path: Path, wall: Wall) -> None:
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    link.symlink_to(real)
    await saved(link, wall, KEY)
    assert link.is_symlink()
    assert await loaded(real, wall) == SNAPSHOT


async def test_a_damaged_file_is_no_reason_not_to_start(path: Path, wall: Wall) -> None:
    await saved(path, wall, KEY)
    cut(path, 10)
    assert await loaded(path, wall) is None
    await saved(path, wall, KEY)
    assert await loaded(path, wall) == SNAPSHOT
    assert (path.parent / "sessions.json.bad-20260102T030405Z").exists()
