"""Virtual time: whenever nothing is left to do, it jumps to the next instant at which something is.

As trio's `MockClock` with `autojump_threshold=0`, but in one pass of the scheduler instead of two, and exactly to the
deadline. It is for runs that wait for nothing outside: no socket, no thread.
"""

from __future__ import annotations

import math

import trio

__all__ = ["JumpingClock"]


class JumpingClock(trio.abc.Clock):
    """A clock that begins at 0."""

    def __init__(self) -> None:
        self._now = 0.0

    def start_clock(self) -> None:
        """Nothing to start."""

    def current_time(self) -> float:
        return self._now

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """Asked only where no task can run: the time to jump."""
        if deadline == math.inf:
            return deadline
        self._now = max(self._now, deadline)
        return 0.0
