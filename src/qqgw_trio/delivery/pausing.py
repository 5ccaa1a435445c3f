"""Logs when shards stop reading because the buffer is full, whose events fill it, and when they read again.

A handler that hangs while its conversation goes on fills the buffer with events that must wait for it; with the
overflow policy `block` the bot then receives nothing. This costs nothing per event: only waiting readers are counted.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

import trio

from qqgw_trio.delivery.lanes import Lanes

__all__ = ["DEAF_SECONDS", "REPEAT_SECONDS", "Pauses"]

DEAF_SECONDS: Final = 10.0
"""How long a pause is before it is told."""

REPEAT_SECONDS: Final = 60.0
"""Between two warnings at least."""

_PAUSED: Final = (
    "no events have been read for %.0f s, since %d are undone: most of them, %d, in %s; the first of these, %s, came "
    "%.0f s ago and is for %s"
)

logger = logging.getLogger(__name__)


class Pauses:
    """The times in which shards wait for room.

    Args:
        lanes: Where events wait.
        undone: How many there are.
        clock: Monotonic seconds.

    Attributes:
        handlers_of: Names who handles events of a type.
    """

    def __init__(self, lanes: Lanes, undone: Callable[[], int], clock: Callable[[], float]) -> None:
        self.handlers_of: Callable[[str | None], str] = lambda _type_name: "its handlers"
        self._lanes = lanes
        self._undone = undone
        self._clock = clock
        self._readers = 0
        self._since: float | None = None
        self._begun = trio.Event()
        self._told_at = -math.inf
        self._is_told = False

    @contextmanager
    def one(self) -> Generator[None]:
        """A context manager around the wait of one shard."""
        if not self._readers:
            self._since, self._is_told = self._clock(), False
            self._begun.set()
        self._readers += 1
        try:
            yield
            if self._is_told and self._since is not None:
                logger.info("events are read again, after %.0f s", self._clock() - self._since)
                self._is_told = False
        finally:
            self._readers -= 1
            if not self._readers:
                self._since, self._begun = None, trio.Event()

    async def run(self) -> None:
        """Logs each long pause, for ever."""
        while True:
            await self._begun.wait()
            while self._since is not None:
                left = max(self._since + DEAF_SECONDS, self._told_at + REPEAT_SECONDS) - self._clock()
                if left > 0:
                    await trio.sleep(left)
                else:
                    self._tell(self._clock(), self._since)

    def _tell(self, now: float, since: float) -> None:
        self._told_at, self._is_told = now, True
        lane = self._lanes.longest()
        if lane is None or not lane.undone:
            return
        oldest = lane.undone[0]
        name, age = f"{oldest.event.t} (event id {oldest.event.id})", now - oldest.at
        place = f"conversation {lane.key} of shard {lane.port.shard_id}"
        who = self.handlers_of(oldest.event.t)
        logger.warning(_PAUSED, now - since, self._undone(), len(lane.undone), place, name, age, who)
