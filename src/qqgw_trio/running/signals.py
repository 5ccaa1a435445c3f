"""What Ctrl-C and SIGTERM do while a bot runs: the first stops it, the second cancels its handlers, the third ends it.

The first two are handled in trio. A signal that comes before the loop has handled the one before counts as the same,
since the process that started this one may pass on a Ctrl-C that both have got. A handler that blocks the loop keeps it
from handling signals, and one that shields itself or swallows its cancellation does not end. So the third signal ends
the process without asking the loop, and so does any that comes when the loop has not handled the one before within
`PATIENCE`. Python runs signal handlers between two steps of the main thread's Python code, in `time.sleep` too; foreign
code that never returns to Python can only be ended by SIGKILL.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Final

import trio

from qqgw_proto.errors import MisuseError

__all__ = ["PATIENCE", "Heed", "heeding", "refuse_other_threads"]

PATIENCE: Final = 3.0
"""Seconds after which a loop that has not heard of a signal is taken for blocked."""

_LAST: Final = 3
"""The signal that is not left to the loop."""
_STDERR: Final = 2


def refuse_other_threads() -> None:
    """Called before signals are handled: Python lets only the main thread set what they do.

    Raises:
        MisuseError: This is another thread.
    """
    if threading.current_thread() is not threading.main_thread():
        remedy = "call it in the main thread, or use `trio.run(bot.serve)`, which leaves signals alone"
        raise MisuseError("bot.run() heeds signals, which only the main thread can", remedy=remedy)


@contextmanager
def heeding(heed: Callable[[], None]) -> Generator[None]:
    """A context manager while SIGINT and SIGTERM are handled; entered in trio, in the main thread.

    Args:
        heed: Called in trio for each signal, while the loop runs.
    """
    action = Heed(heed, trio.lowlevel.current_trio_token().run_sync_soon)
    before = {number: signal.signal(number, action) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, signal.SIG_DFL if earlier is None else earlier)  # None: not set by Python


class Heed:
    """What a signal does.

    Args:
        heed: Called in trio for each signal.
        soon: Has something called in trio; from a signal handler too.
        end: Ends the process at once: with which line on stderr, and which code.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        heed: Callable[[], None],
        soon: Callable[[Callable[[], None]], None],
        end: Callable[[str, int], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._heed = heed
        self._soon = soon
        self._end = end or _end
        self._clock = clock
        self._count = 0
        self._unheard_since: float | None = None

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        """A signal has come."""
        now, since = self._clock(), self._unheard_since
        name, code = signal.Signals(number).name, 128 + number
        if since is not None:
            if now - since >= PATIENCE:
                self._end(f"{name} again, and the event loop is blocked: ended at once, handlers are not awaited", code)
            return
        self._count += 1
        if self._count >= _LAST:
            self._end(f"{name} for the third time: ended at once, handlers are not awaited", code)
        else:
            self._unheard_since = now
            self._soon(self._hear)

    def _hear(self) -> None:
        self._unheard_since = None
        self._heed()


def _end(line: str, code: int) -> None:
    with suppress(OSError):  # Not through `sys.stderr`, in the middle of a write to which the signal may have come.
        os.write(_STDERR, f"{line}\n".encode())
    # A signal's default action would do nothing in the first process of a container.
    os._exit(code)
