"""Work in a fork of this process: what it changes is gone with it, what it says and how it ended come back.

Nothing here looks at the clock on the wall: a process that is stopped for an hour and goes on loses nothing. What hangs
is ended by the processor's time it takes.
"""

from __future__ import annotations

import os
import resource
import signal
import traceback
from collections.abc import Callable
from typing import Final, TypeAlias

import attrs

__all__ = ["Answer", "Say", "in_a_fork", "no_longer_than"]

Say: TypeAlias = Callable[[str], None]
MEMORY: Final = 4 << 30
"""Bytes of address space; a changed loop that fills a list gets a MemoryError before the machine is short of it."""
BROKEN: Final = 70
"""Exit code where the work itself raised."""
LONGEST: Final = 900
"""Seconds of the processor for one fork, whatever it does."""


@attrs.frozen
class Answer:
    """What came of a fork.

    Attributes:
        code: Of its exit; below 0 = the signal that ended it.
        said: All that it said.
    """

    code: int
    said: str


def in_a_fork(work: Callable[[Say], int], *, alone: bool = True) -> Answer:
    """Does the work in a fork and waits for its end; `alone` = silent, and within limits of memory and time.

    Raises:
        RuntimeError: The work raised.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        code = BROKEN
        try:
            if alone:
                _keep_in_bounds()
            code = work(lambda text: _write(writer, text.encode()))
        except Exception:  # noqa: BLE001 - whatever it is, it is told
            _write(writer, traceback.format_exc().encode())
        finally:
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        said = file.read().decode()
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code == BROKEN:
        raise RuntimeError(f"work in a fork failed: {said}")
    return Answer(code, said)


def no_longer_than(seconds: float) -> None:
    """From here on this process may take so much of the processor's time, then it is ended; 0 = as long as it wants."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


def _keep_in_bounds() -> None:
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    resource.setrlimit(resource.RLIMIT_CPU, (LONGEST, LONGEST))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _write(writer: int, data: bytes) -> None:
    while data:
        data = data[os.write(writer, data) :]
