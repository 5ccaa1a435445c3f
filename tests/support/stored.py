"""Sessions as they are put into a store and found again, at a time that is set by hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import trio

from qqgw_proto.machine.session import Snapshot
from qqgw_trio.storage.store import FileSessionStore, SessionKey

__all__ = ["KEY", "LATER", "NOW", "OTHERS", "SNAPSHOT", "Wall", "fsyncs", "loaded", "path", "saved", "text", "wall"]

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
    """A clock of its own for each test; offered by a suite that imports it in its `conftest.py`, as the others here."""
    return Wall()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A session file in a folder that is not there yet."""
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
    """What stands in a file; nothing where there is none."""
    return path.read_text() if path.exists() else ""


async def saved(path: Path, wall: Wall, *keys: SessionKey) -> None:
    """Leaves the same session in a file, under each key."""
    async with FileSessionStore(path, wall_clock=wall) as store:
        for key in keys:
            store.save(key, SNAPSHOT)


async def loaded(path: Path, wall: Wall, key: SessionKey = KEY, max_age: float = 300.0) -> Snapshot | None:
    """What the next process finds in it."""
    async with FileSessionStore(path, wall_clock=wall, max_age=max_age) as store:
        return store.load(key)
