"""Lets only so many pass in a second, so that a thousand shards do not come back at one instant."""

from __future__ import annotations

import trio

__all__ = ["Pace"]


class Pace:
    """A queue that lets its callers through one after the other, in the order of calling.

    Args:
        per_second: How many; above 0. May be changed.
    """

    def __init__(self, per_second: float) -> None:
        self.per_second = per_second
        self._next = float("-inf")

    async def wait(self) -> None:
        """Waits for the caller's turn; always a checkpoint. A cancelled caller's turn stays unused."""
        turn = max(self._next, trio.current_time())
        self._next = turn + 1 / self.per_second
        await trio.sleep_until(turn)
