"""Which clock a shard lives by: one that runs on while the machine sleeps, where there is one.

Python's own monotonic clock stands still during a suspend on Linux; CLOCK_BOOTTIME does not, so that a laptop that
wakes up finds its heartbeat late by the hours it slept and resumes at once (`features.md` D04). Under trio's virtual clock
trio's time is the only one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeAlias

import trio
from trio.testing import MockClock

__all__ = ["Clock", "shard_clock"]

Clock: TypeAlias = Callable[[], float]
"""Seconds, monotonic."""


def _boot_time() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def shard_clock() -> Clock:
    """The clock for shards in the present trio run."""
    is_virtual = isinstance(trio.lowlevel.current_clock(), MockClock)
    return trio.current_time if is_virtual or not hasattr(time, "CLOCK_BOOTTIME") else _boot_time
