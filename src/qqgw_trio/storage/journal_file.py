"""A journal on disk: what all shards of a bot lived through, in files that are rotated by size.

`FILE` is the newest, then `FILE.1`, `FILE.2`, …; each begins with a head of every shard and so can be replayed by
itself. A file that somebody has moved away or emptied meanwhile can be replayed from its first heads on. A step only
appends to a buffer; a task writes it out every `FLUSH_SECONDS` in a thread, so that a slow disk delays no heartbeat. A
disk that fails or cannot keep up ends the journal, with one error in the log, and not the bot.
"""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

import trio

from qqgw_proto.client import ClientGateway
from qqgw_proto.errors import ConfigurationError
from qqgw_proto.journal import Recorder
from qqgw_trio.connection.clock import Clock
from qqgw_trio.storage.file_lock import FileLock

__all__ = ["FLUSH_SECONDS", "JournalFile"]

FLUSH_SECONDS: Final = 0.1
MOST_BUFFERED: Final = 64 * 2**20
"""Bytes that wait for the disk, what is being written at the moment among them; with more the journal ends."""

_BEGINNING: Final = b'{"qqgw":'
_BLOCK: Final = 64 * 2**10

logger = logging.getLogger(__name__)


class JournalFile:
    """The journal of one bot; `with journal:` goes around everything that writes to it.

    Inside it the file belongs to this process alone, and `run` is a task; at its end the rest is written.

    Args:
        path: The newest file; what is in it is kept, and written on behind it.
        clock: What the shards live by.
        size: Bytes of steps after which the next file begins.
        keep: Older files kept beside it.
    """

    def __init__(self, path: Path, clock: Clock, *, size: int = 16 * 2**20, keep: int = 4) -> None:
        self._lock = FileLock(path.with_name(f"{path.name}.lock"))
        self._path = path
        self._clock = clock
        self._size = size
        self._keep = keep
        self._heads: list[Callable[[], None]] = []
        # What is to be written; each chunk but the first begins a new file.
        self._chunks: list[bytearray] = [bytearray()]
        self._buffered = 0
        self._filled: float = 0
        self._known: tuple[int, int] | None = None
        self._broken = False
        self._news = trio.Event()

    def __enter__(self) -> Self:
        """Takes the file.

        Raises:
            ConfigurationError: The file cannot be written, or is no journal.
            FileInUse: Another bot writes it.
        """
        self._filled = _prepare(self._path, self._lock)
        self._known = _identity(self._path)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Writes the rest, and gives the file back."""
        try:
            self._write_out(self._take())
        finally:
            self._lock.release()

    def recorder(self) -> Recorder:
        """An observer for one shard's gateway; `begin` follows, once the gateway exists."""
        return Recorder(self._write)

    def begin(self, recorder: Recorder, gateway: ClientGateway) -> None:
        """Writes the head of a shard, before its first step."""

        def write_head() -> None:
            recorder.begin(gateway, time.time() - self._clock())

        self._heads.append(write_head)
        write_head()

    async def run(self) -> None:
        """Writes the buffer out from time to time, until cancelled."""
        while not self._broken:
            await self._news.wait()
            await trio.sleep(FLUSH_SECONDS)
            with trio.CancelScope(shield=True):  # What is taken must be written.
                taken = self._buffered
                is_another = await trio.to_thread.run_sync(self._write_out, self._take())
                self._buffered -= taken
                if is_another:
                    self._write_heads()

    def _write(self, line: bytes) -> None:
        if self._broken:
            return
        self._chunks[-1] += line
        self._filled += len(line)
        self._buffered += len(line)
        self._news.set()
        if self._buffered > MOST_BUFFERED:
            self._end("the disk cannot keep up")
            self._chunks = [bytearray()]
        elif self._filled > self._size:
            self._rotate()

    def _rotate(self) -> None:
        self._chunks.append(bytearray())
        self._write_heads()

    def _write_heads(self) -> None:
        self._filled = -math.inf  # Heads do not count: a thousand of them may fill a file.
        for write_head in self._heads:
            write_head()
        self._filled = 0

    def _take(self) -> list[bytearray]:
        self._news = trio.Event()
        chunks, self._chunks = self._chunks, [bytearray()]
        return chunks

    def _write_out(self, chunks: list[bytearray]) -> bool:
        """Appends the first chunk; before each further one the files move up. Runs in a thread.

        Returns:
            Whether the file is not the one that was written before: it has no heads yet.
        """
        if self._broken or chunks == [b""]:
            return False
        is_another = _identity(self._path) != self._known
        try:
            for number, chunk in enumerate(chunks):
                if number:
                    self._shift()
                with self._path.open("ab") as file:
                    file.write(chunk)
        except OSError as error:
            self._end(error.strerror or str(error))
        self._known = _identity(self._path)
        return is_another and len(chunks) == 1

    def _shift(self) -> None:
        for number in range(self._keep, 0, -1):
            older = self._path.with_name(f"{self._path.name}.{number}")
            newer = self._path if number == 1 else self._path.with_name(f"{self._path.name}.{number - 1}")
            if newer.exists():
                newer.replace(older)

    def _end(self, why: str) -> None:
        self._broken = True
        logger.error("the journal %s ends here: %s", self._path, why)


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file it is, and its length; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size


def _prepare(path: Path, lock: FileLock) -> int:
    """Makes sure that lines can be appended, by this process alone; how many bytes are there.

    Raises:
        ConfigurationError: The file cannot be written, or is no journal.
        FileInUse: Another bot writes it.
    """
    try:
        lock.acquire()
        with path.open("a+b") as file:
            file.seek(0)
            if not _is_journal(file.read(len(_BEGINNING))):
                lock.release()
                remedy = "give the name of a journal or of a file that does not exist yet"
                raise ConfigurationError(f"{path} is no journal", remedy=remedy)
            return _without_half_a_line(file)
    except OSError as error:
        lock.release()
        raise ConfigurationError(f"cannot write the journal {path}: {error.strerror}") from error


def _is_journal(start: bytes) -> bool:
    """Whether a file with this start is a journal: it begins with a head, maybe cut off, or (truncated) with steps."""
    return _BEGINNING.startswith(start) or (start[:1] == b"[" and start[1:2].isdigit())


def _without_half_a_line(file: BinaryIO) -> int:
    """Takes away what a killed process has left of its last line: the next line would become part of it."""
    end = file.seek(0, os.SEEK_END)
    start = end
    while start:
        start = max(0, start - _BLOCK)
        file.seek(start)
        newline = file.read(min(_BLOCK, end - start)).rfind(b"\n")
        if newline >= 0:
            return file.truncate(start + newline + 1)
    return file.truncate(0)
