"""Progress of shards, for a person: up to ten are reported one by one; of more, how many are ready, once a second."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import trio

__all__ = ["FEW", "Roll"]

FEW: Final = 10
"""Shards of which each is told by itself."""

_SECOND: Final = 1.0


class Roll:
    """Which shards are ready, and which were once.

    Args:
        say: Prints one line.
        total: How many shards there are; 0 = not known yet.
    """

    def __init__(self, say: Callable[[str], None], total: Callable[[], int]) -> None:
        self._say = say
        self._total = total
        self._ready: set[int] = set()
        self._seen: set[int] = set()
        self._told_at = -math.inf

    @property
    def is_empty(self) -> bool:
        """Whether no shard has been ready so far."""
        return not self._seen

    def has_seen(self, shard_id: int) -> bool:
        """Whether the shard has been ready before."""
        return shard_id in self._seen

    def arrive(self, shard_id: int, line: str) -> None:
        """A shard is ready. The line is printed if shards are reported one by one; empty = none is."""
        self._ready.add(shard_id)
        self._seen.add(shard_id)
        total = self._total()
        if total <= FEW:
            self._tell(line)
        elif len(self._ready) == total:
            self._tell(f"all {total} shards are ready")
        else:
            self._tell_seldom(f"{len(self._ready)} of {total} shards are ready")

    def leave(self, shard_id: int, line: str) -> None:
        """A shard has lost its connection; the line says why and what it does."""
        self._ready.discard(shard_id)
        total = self._total()
        if total <= FEW:
            self._tell(line)
        else:
            self._tell_seldom(f"{line} ({len(self._ready)} of {total} shards are ready)")

    def _tell_seldom(self, line: str) -> None:
        if trio.current_time() - self._told_at >= _SECOND:
            self._told_at = trio.current_time()
            self._tell(line)

    def _tell(self, line: str) -> None:
        if line:
            self._say(line)
