"""The clock that shards use: one that runs on while the machine sleeps, where there is one.

Python's own monotonic clock stands still during a suspend on Linux; CLOCK_BOOTTIME does not, so that a laptop that
wakes up finds its heartbeat late by the hours it slept and resumes at once (`features.md` D04). trio's alarms stand
still with its clock: a shard that lives by another looks at its own every few seconds. Under trio's virtual clock
trio's time is the only one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Final, TypeAlias

import trio

__all__ = ["Clock", "is_real_time", "look_again_at", "shard_clock"]

Clock: TypeAlias = Callable[[], float]
"""Seconds, monotonic."""

LONGEST_NAP: Final = 5.0
"""Seconds from one look at a clock that is not trio's to the next."""


def is_real_time() -> bool:
    """Whether trio's clock is the machine's; told by where its class lives, since trio's test tools import pytest."""
    return type(trio.lowlevel.current_clock()).__module__ == "trio._core._run"


def _boot_time() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def shard_clock() -> Clock:
    """The clock for shards in the present trio run."""
    return _boot_time if is_real_time() and hasattr(time, "CLOCK_BOOTTIME") else trio.current_time


def look_again_at(instant: float | None, clock: Clock) -> float:
    """When to wake up and see whether an instant has come.

    Args:
        instant: Seconds of the clock; None = it never comes.
        clock: Any.

    Returns:
        Seconds of trio's clock; not later than the instant, whichever of the clocks stands still.
    """
    if instant is None:
        return math.inf
    if clock is trio.current_time:
        return instant
    return trio.current_time() + min(max(0.0, instant - clock()), LONGEST_NAP)
