"""Logs which handler blocks the event loop, and at which line it stands.

A thread asks the loop for a sign of life twice in the time that it may stand still, and looks at what it is doing when
none comes. It warns once for each stall, with the name of the handler and the lines it stands at, and once more
when the loop goes on. Events cost nothing: whose code runs is read from the loop's stack.

A stall of one and a half times the set length is always seen. Under a virtual clock there is no watchdog: real seconds
mean nothing there.
"""

from __future__ import annotations

import logging
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any, Final

import msgspec
import trio

from qqgw_trio.connection.clock import is_real_time
from qqgw_trio.handler.calling import Callee
from qqgw_trio.handler.handling import Handling

__all__ = ["Watchdog", "watching"]

logger = logging.getLogger(__name__)

_SIGN: Final = "sign of life"
_END: Final = "end"
_NAMES: Final[Mapping[CodeType, Callable[[Mapping[str, Any]], str]]] = {
    vars(Callee)["__call__"].__code__: lambda local: local["self"].name,
    vars(Handling)["_handle_alone"].__code__: lambda local: local["handler"].name,
    vars(Handling)["_call_handlers"].__code__: lambda local: (local["handler"] or local["entry"]).name,
}
"""Where functions of the bot author's are called, and how to name the one that is."""
_STEP: Final = "unrolled_run"
"""The function of trio that steps tasks."""

_BLOCKED: Final = (
    "%s has blocked the event loop for %.1f s: heartbeats and all other handlers wait; it stands at\n%s\n"
    "put what blocks into a sync handler, or into trio.to_thread.run_sync"
)
_GOES_ON: Final = "the event loop goes on: %s had blocked it for %.1f s"

_GRACE: Final = 0.5
"""How much longer, as a part of the time allowed, one and the same call must be there before it is blamed."""


@contextmanager
def watching(seconds: float | None) -> Generator[None]:
    """Watches the loop that this is entered in.

    Args:
        seconds: For how long it may stand still; None = for as long as it likes.
    """
    if seconds is None or not is_real_time():
        yield
        return
    watchdog = Watchdog(seconds)
    watchdog.start()
    try:
        yield
    finally:
        watchdog.end()


class _Call(msgspec.Struct):
    """What holds the loop.

    Attributes:
        frame: The innermost call of the author's code, or the task's outermost frame.
        name: Whose it is.
        stack: Where it stands, innermost last.
    """

    frame: FrameType
    name: str
    stack: str


class Watchdog:
    """Watches the loop of the thread that it is made in.

    Args:
        seconds: For how long the loop may stand still.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._token = trio.lowlevel.current_trio_token()
        self._loop_thread = threading.get_ident()
        self._heard = queue.SimpleQueue[str]()
        self._thread = threading.Thread(target=self._watch, name="qqgw watchdog", daemon=True)

    def start(self) -> None:
        """Begins to watch."""
        self._thread.start()

    def end(self) -> None:
        """Watches no more; the thread is gone when this returns."""
        self._heard.put(_END)
        self._thread.join()

    def _watch(self) -> None:
        while self._hear(self._seconds / 2) is None:
            asked_at = time.monotonic()
            try:
                self._token.run_sync_soon(self._heard.put, _SIGN)
            except trio.RunFinishedError:
                return
            heard = self._hear(self._seconds)
            if heard is None:
                heard = self._suspect(asked_at)
            if heard == _END:
                return

    def _suspect(self, asked_at: float) -> str:
        """No sign has come: who is to blame, and for how long; what was heard at last."""
        call = self._call()
        heard = self._hear(self._seconds * _GRACE)
        if heard is not None:
            return heard
        still = self._call()
        # Another call, or none: the loop goes on, only so slowly that the machine must be busy.
        if call is None or still is None or call.frame is not still.frame:
            return self._heard.get()
        logger.warning(_BLOCKED, still.name, time.monotonic() - asked_at, still.stack)
        del call.frame, still.frame  # Nothing of the handler's lives on for having been looked at.
        heard = self._heard.get()
        logger.warning(_GOES_ON, still.name, time.monotonic() - asked_at)
        return heard

    def _hear(self, seconds: float) -> str | None:
        try:
            return self._heard.get(timeout=seconds)
        except queue.Empty:
            return None

    def _call(self) -> _Call | None:
        """What the loop is in the middle of; None where it is in no task."""
        # Documented, in spite of its name.
        frame = sys._current_frames().get(self._loop_thread)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        passed: list[tuple[FrameType, int]] = []
        while frame is not None:
            if frame.f_code in _NAMES:
                return _Call(frame, _NAMES[frame.f_code](frame.f_locals), _written(passed))
            if frame.f_code.co_name == _STEP:
                return _Call(passed[-1][0], _task_name(passed[-1][0]), _written(passed)) if passed else None
            passed.append((frame, frame.f_lineno))
            frame = frame.f_back
        return None


def _written(innermost_first: list[tuple[FrameType, int]]) -> str:
    return "".join(traceback.StackSummary.extract(reversed(innermost_first)).format()).rstrip()


def _task_name(frame: FrameType) -> str:
    return f"task {frame.f_code.co_qualname} ({frame.f_code.co_filename}:{frame.f_code.co_firstlineno})"
