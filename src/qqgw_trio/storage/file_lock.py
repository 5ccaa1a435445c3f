"""One process at a time: a lock file that the operating system frees however its holder ends, SIGKILL included.

The lock lies on an open file (flock on POSIX, a byte range on Windows), not on the file's existence: nothing stale can
be left behind. The lock file stays where it is, for to delete it would let two processes lock two files of one name. It
holds the process id of its last holder, for the error message only.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from qqgw_proto.errors import GatewayError

__all__ = ["FileInUse", "FileLock"]

if sys.platform == "win32":
    import msvcrt

    # Beyond all content: Windows would keep others from reading a locked byte, and the process id is to be read.
    _LOCKED_BYTE = 2**30

    def _lock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

    def _unlock(descriptor: int) -> None:
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


class FileInUse(GatewayError):
    """Another process, or another store of this one, has the file open."""

    default_remedy = "end the other process, or give each bot a file of its own"


class FileLock:
    """A lock that is taken at once or not at all.

    Args:
        path: The lock file; made where there is none.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            FileInUse: Somebody has it.
            OSError: The lock file cannot be made, or its file system knows no locks.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(descriptor)
        except (BlockingIOError, PermissionError) as error:  # as POSIX, as Windows says that it is taken
            holder = _read_start(descriptor)
            os.close(descriptor)
            raise FileInUse(f"{self._path} is locked by process {holder or '(unknown)'}") from error
        except OSError:
            os.close(descriptor)
            raise
        self._descriptor = descriptor
        _write_whole(descriptor, b"%d\n" % os.getpid())

    def release(self) -> None:
        """Free the lock; harmless where it is not held."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            _unlock(descriptor)
            os.close(descriptor)


def _read_start(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    return os.read(descriptor, 20).decode("ascii", "replace").strip()


def _write_whole(descriptor: int, content: bytes) -> None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.ftruncate(descriptor, 0)
    os.write(descriptor, content)
