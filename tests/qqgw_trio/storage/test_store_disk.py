"""A session file on a disk that is full, and in places where no file can be."""

from __future__ import annotations

import errno
import logging
import os
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from qqgw_trio.storage.store import FileSessionStore, SessionStoreError
from support.stored import KEY, LATER, SNAPSHOT, Wall, loaded, saved, text


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


async def test_a_folder_that_takes_no_new_file_is_found_at_the_start(path: Path, wall: Wall) -> None:
    await saved(path, wall, KEY)  # The lock is there: to take it, nothing is made.
    blocked = path.with_name("sessions.json.tmp")
    blocked.mkdir()
    before = text(path)
    for _ in range(2):  # and its lock is not kept
        with pytest.raises(SessionStoreError, match=r"sessions cannot be kept in .*sessions\.json\.tmp'"):
            async with FileSessionStore(path, wall_clock=wall):
                raise AssertionError
    blocked.rmdir()
    assert text(path) == before
    assert await loaded(path, wall) == SNAPSHOT


async def test_a_disk_that_is_full_at_the_start_is_found_there(path: Path, wall: Wall) -> None:
    await saved(path, wall, KEY)
    path.with_name("sessions.json.tmp").symlink_to("/dev/full")
    with pytest.raises(SessionStoreError, match="sessions cannot be kept in "):
        async with FileSessionStore(path, wall_clock=wall):
            raise AssertionError
    assert sorted(one.name for one in path.parent.iterdir()) == ["sessions.json", "sessions.json.lock"]


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
