"""Carries out the overflow policy: drops events, and settles them with the repetitions that waited for them."""

from __future__ import annotations

from qqgw_trio.delivery.lanes import Lanes
from qqgw_trio.delivery.overflow import DropLog
from qqgw_trio.delivery.settling import Outbox, Port, Work
from qqgw_trio.delivery.waiting import finish_taken
from qqgw_trio.delivery.worker_config import Books

__all__ = ["Dropping"]


class Dropping:
    """Drops events.

    Args:
        lanes: Where events wait.
        books: Where drops are counted.
        outbox: Where receipts go.
        log: Announces bursts of drops.
    """

    def __init__(self, lanes: Lanes, books: Books, outbox: Outbox, log: DropLog) -> None:
        self._lanes = lanes
        self._books = books
        self._outbox = outbox
        self._log = log

    def make_room(self) -> bool:
        """Drops the event that has waited longest; returns whether there was one."""
        oldest = self._lanes.drop_oldest()
        if oldest is None:
            return False
        self._books.depth -= 1
        self.drop(*oldest)
        return True

    def drop(self, port: Port, work: Work) -> None:
        """Drops an event."""
        self._books.by_shard[port.shard_id].dropped += 1
        self._log.add(port, work.event.s)
        finish_taken(work, self._books, self._outbox, "dropped")
        self._outbox.finish(port, work)
