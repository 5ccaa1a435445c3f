"""The lock is had by one at a time and never outlives its holder."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from qqgw_trio.storage.file_lock import FileInUse, FileLock

HOLDER = """
import pathlib, sys
from qqgw_trio.storage.file_lock import FileLock
FileLock(pathlib.Path(sys.argv[1])).acquire()
print("locked", flush=True)
sys.stdin.read()
"""


def test_a_second_holder_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    first, second = FileLock(path), FileLock(path)
    first.acquire()
    with pytest.raises(FileInUse) as caught:
        second.acquire()
    assert str(caught.value) == (
        f"{path} is locked by process {os.getpid()}: end the other process, or give each bot a file of its own"
    )
    first.release()
    second.acquire()
    second.release()


def test_a_holder_that_has_not_said_who_it_is_is_unknown(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    first = FileLock(path)
    first.acquire()
    path.write_bytes(b"")
    with pytest.raises(FileInUse, match=r"is locked by process \(unknown\)"):
        FileLock(path).acquire()
    first.release()


def test_to_release_what_is_not_held_does_nothing(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "a.lock")
    lock.release()
    lock.acquire()
    lock.release()
    lock.release()
    lock.acquire()
    lock.release()


def test_a_lock_file_left_behind_locks_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    path.write_text("4194304999 and more text than a number\n")
    lock = FileLock(path)
    lock.acquire()
    assert path.read_text() == f"{os.getpid()}\n"
    lock.release()


def test_the_lock_of_a_killed_process_is_free(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(FileInUse, match=f"is locked by process {holder.pid}:"):
            FileLock(path).acquire()
        holder.kill()
        holder.wait()
    lock = FileLock(path)
    lock.acquire()
    lock.release()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """All descriptors that were opened."""
    descriptors: list[int] = []
    really_open = os.open

    def watch(path: Path, flags: int, mode: int) -> int:
        descriptors.append(really_open(path, flags, mode))
        return descriptors[-1]

    monkeypatch.setattr(os, "open", watch)
    return descriptors


def test_nothing_stays_open(tmp_path: Path, opened: list[int]) -> None:
    first = FileLock(tmp_path / "a.lock")
    first.acquire()
    with pytest.raises(FileInUse):
        FileLock(tmp_path / "a.lock").acquire()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(opened[1])
    first.release()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(opened[0])


def test_a_file_system_without_locks_is_an_error_that_leaves_nothing_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: list[int]
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("qqgw_trio.storage.file_lock._lock", refuse)
    with pytest.raises(OSError, match=os.strerror(errno.ENOLCK)):
        FileLock(tmp_path / "a.lock").acquire()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(opened[0])
