"""A disk that survives the bot's processes, and a session store on it: what was not written when one dies is lost.

The content is the session file's, made and read by the real code; only the writing is virtual. With an interval of 0 a
save is on the disk at once.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self, cast

import attrs
import trio

from qqgw_proto.machine.session import Snapshot
from qqgw_trio.storage import session_file
from qqgw_trio.storage.session_file import SavedSession, SessionKey
from qqgw_trio.storage.store import SessionStore

__all__ = ["Disk", "DiskStore"]


@attrs.define
class Disk:
    """One file.

    Attributes:
        content: What is in it; nothing before the first write.
        writes: How often it was written.
    """

    content: bytes = b""
    writes: int = 0

    def read(self) -> dict[SessionKey, Snapshot]:
        """The sessions in it."""
        if not self.content:
            return {}
        saved = session_file.read(cast("Path", _File(self.content)), 0.0)
        return {key: session.snapshot for key, session in saved.items()}


class DiskStore(SessionStore):
    """The store of one process.

    Args:
        disk: Where it writes.
        interval: From write to write, in seconds.
    """

    def __init__(self, disk: Disk, interval: float) -> None:
        self._disk = disk
        self._interval = interval
        self._sessions = disk.read()
        self._dirty = trio.Event()
        self._alive = True

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._write()

    def die(self) -> None:
        """The process is killed: nothing more is written."""
        self._alive = False

    def load(self, key: SessionKey) -> Snapshot | None:
        return self._sessions.get(key)

    def save(self, key: SessionKey, snapshot: Snapshot | None) -> None:
        if snapshot is None:
            self._sessions.pop(key, None)
        else:
            self._sessions[key] = snapshot
        if self._interval:
            self._dirty.set()
        else:
            self._write()

    async def run(self) -> None:
        while True:
            await self._dirty.wait()
            await self.flush()
            await trio.sleep(self._interval)

    async def flush(self) -> None:
        self._dirty = trio.Event()
        self._write()
        await trio.lowlevel.checkpoint()

    def _write(self) -> None:
        if self._alive:
            sessions = {key: SavedSession(snapshot, 0.0) for key, snapshot in self._sessions.items()}
            self._disk.content = session_file.encode(sessions, 0.0)
            self._disk.writes += 1


@attrs.frozen
class _File:
    """As much of a path as reading needs."""

    content: bytes

    def read_bytes(self) -> bytes:
        return self.content
