"""What every session store must keep, then what one in a file must: ages, intervals, failures, kills."""

from __future__ import annotations

import errno
import logging
import math
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from qqgw_proto.errors import ConfigurationError, MisuseError
from qqgw_proto.machine.session import Snapshot
from qqgw_trio.file_lock import FileInUse
from qqgw_trio.store import FileSessionStore, MemorySessionStore, SessionKey, SessionStore, SessionStoreError

NOW = 1767323045.0  # 2026-01-02T03:04:05Z
KEY = SessionKey("102000001", 0, 2, 1 << 25)
OTHERS = [
    SessionKey("102000002", 0, 2, 1 << 25),
    SessionKey("102000001", 1, 2, 1 << 25),
    SessionKey("102000001", 0, 3, 1 << 25),
    SessionKey("102000001", 0, 2, 1 << 30),
]
SNAPSHOT = Snapshot("082ee18c", 7, ((9, 11),), 2)
LATER = Snapshot("082ee18c", 12)


class Wall:
    """A wall clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "sessions.json"


@pytest.fixture
def fsyncs(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """When files were written, in trio's seconds (by stores without threads)."""
    times: list[float] = []
    really_sync = os.fsync

    def watch(descriptor: int) -> None:
        times.append(round(trio.current_time(), 3))
        really_sync(descriptor)

    monkeypatch.setattr(os, "fsync", watch)
    return times


def text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def cut(path: Path, count: int) -> None:
    path.write_bytes(path.read_bytes()[:-count])


class Disk:
    """Whether files can be replaced."""

    full = False


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk, really_replace = Disk(), os.replace

    def replace(source: Path, target: Path) -> None:
        if disk.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        really_replace(source, target)

    monkeypatch.setattr(os, "replace", replace)
    return disk


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


async def saved(path: Path, wall: Wall, *keys: SessionKey) -> None:
    async with FileSessionStore(path, wall_clock=wall) as store:
        for key in keys:
            store.save(key, SNAPSHOT)


async def loaded(path: Path, wall: Wall, key: SessionKey = KEY, max_age: float = 300.0) -> Snapshot | None:
    async with FileSessionStore(path, wall_clock=wall, max_age=max_age) as store:
        return store.load(key)


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


async def test_sessions_that_nobody_asks_for_age_and_go(path: Path, wall: Wall) -> None:
    """Those of shards that another layout had, say."""
    await saved(path, wall, KEY, OTHERS[1])
    wall.now += 200.0
    async with FileSessionStore(path, wall_clock=wall) as store:
        assert store.load(KEY) == SNAPSHOT
    assert (text(path).count("03:04:05Z"), text(path).count("03:07:25Z")) == (1, 2)
    wall.now += 200.0
    async with FileSessionStore(path, wall_clock=wall) as store:
        assert store.load(KEY) == SNAPSHOT
    assert text(path).count("session_id") == 1


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


# --- a disk that fails ---------------------------------------------------------------------------------------------


async def test_a_flush_that_fails_says_so_and_is_made_up_for(path: Path, wall: Wall, disk: Disk) -> None:
    await saved(path, wall, KEY)
    async with FileSessionStore(path, wall_clock=wall) as store:
        store.save(KEY, LATER)
        disk.full = True
        with pytest.raises(SessionStoreError, match="No space left on device: check the path, the permissions and"):
            await store.flush()
        assert '"seq":7' in text(path)
        disk.full = False
        await store.flush()
        assert '"seq":12' in text(path)


async def test_a_disk_that_is_full_for_a_while_does_not_end_the_bot(
    path: Path, wall: Wall, disk: Disk, caplog: pytest.LogCaptureFixture, autojump_clock: MockClock
) -> None:
    caplog.set_level(logging.INFO, logger="qqgw_trio")
    disk.full = True
    async with FileSessionStore(path, wall_clock=wall, threads=False) as store, trio.open_nursery() as nursery:
        nursery.start_soon(store.run)
        store.save(KEY, SNAPSHOT)
        await trio.sleep(9.5)
        disk.full = False
        await trio.sleep(1.0)
        nursery.cancel_scope.cancel()
    assert [(record.levelname, record.getMessage().partition(":")[0]) for record in caplog.records] == [
        ("ERROR", f"sessions cannot be written to {path}"),
        ("INFO", "sessions are written again"),
    ]
    assert await loaded(path, wall) == SNAPSHOT


async def test_a_disk_that_is_full_at_the_end_is_an_error_in_the_log(
    path: Path, wall: Wall, disk: Disk, caplog: pytest.LogCaptureFixture
) -> None:
    disk.full = True
    async with FileSessionStore(path, wall_clock=wall) as store:
        store.save(KEY, SNAPSHOT)
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_a_disk_that_is_still_full_at_the_end_is_said_again(
    path: Path, wall: Wall, disk: Disk, caplog: pytest.LogCaptureFixture, autojump_clock: MockClock
) -> None:
    disk.full = True
    async with FileSessionStore(path, wall_clock=wall, threads=False) as store:
        store.save(KEY, SNAPSHOT)
        with trio.move_on_after(10.0):
            await store.run()
    assert [record.levelname for record in caplog.records] == ["ERROR", "ERROR"]


async def test_a_place_that_cannot_be_used_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SessionStoreError, match="sessions cannot be kept in "):
        async with FileSessionStore(tmp_path / "file" / "sessions.json"):
            pass
    (tmp_path / "directory").mkdir()
    for _ in range(2):  # and its lock is not kept
        with pytest.raises(SessionStoreError, match="sessions cannot be kept in "):
            async with FileSessionStore(tmp_path / "directory"):
                pass


async def test_a_store_opened_again_knows_what_another_process_wrote_meanwhile(path: Path, wall: Wall) -> None:
    store = FileSessionStore(path, wall_clock=wall)
    async with store:
        store.save(KEY, SNAPSHOT)
    async with FileSessionStore(path, wall_clock=wall) as another:
        another.save(KEY, None)
    async with store:
        assert store.load(KEY) is None


# --- one writer, and a process that is killed ----------------------------------------------------------------------


async def test_a_second_store_for_the_same_file_is_refused(path: Path) -> None:
    async with FileSessionStore(path):
        with pytest.raises(FileInUse, match=f"sessions.json.lock is locked by process {os.getpid()}"):
            async with FileSessionStore(path):
                pass
    async with FileSessionStore(path):
        pass


BOT = """
import sys, trio
from qqgw_proto.machine.session import Snapshot
from qqgw_trio.store import FileSessionStore, SessionKey

async def main():
    async with FileSessionStore(sys.argv[1]) as store:
        store.save(SessionKey("102000001", 0, 2, 1 << 25), Snapshot("082ee18c", 7, ((9, 11),), 2))
        await store.flush()
        store.save(SessionKey("102000001", 0, 2, 1 << 25), Snapshot("082ee18c", 8))
        print("saved", flush=True)
        await trio.sleep_forever()

trio.run(main)
"""


@pytest.fixture
def killed_bot(path: Path) -> Iterator[Callable[[], None]]:
    """A bot in a process of its own that has flushed a snapshot; call it to kill the bot."""
    with subprocess.Popen([sys.executable, "-c", BOT, str(path)], stdout=subprocess.PIPE, text=True) as bot:
        assert bot.stdout is not None
        assert bot.stdout.readline() == "saved\n"

        def kill() -> None:
            bot.kill()
            bot.wait()

        yield kill
        kill()


async def test_after_a_kill_the_next_process_goes_on_from_the_last_write(
    path: Path, killed_bot: Callable[[], None]
) -> None:
    with pytest.raises(FileInUse):
        async with FileSessionStore(path):
            pass
    killed_bot()
    async with FileSessionStore(path) as store:
        assert store.load(KEY) == SNAPSHOT
