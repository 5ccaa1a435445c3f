"""Decides what becomes of each event that arrives.

An event that nobody wants, or that repeats another, is settled. One that a handler waits for is handed to it. The
others get a place in the queue of their conversation, or are dropped by the overflow policy.

Where handlers are called with typed events, a payload is decoded here, once: its conversation, the id of its message
and what handlers get are read from the same object, which `Work` holds until the event is finished. One that does
not decode is reported when it is handled.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import attrs

from qqgw_proto.events import Event
from qqgw_proto.machine.effects import Deliver
from qqgw_proto.machine.session import Ticket
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.delivery.dedup import Deduplicator
from qqgw_trio.delivery.dropping import Dropping
from qqgw_trio.delivery.lanes import Lanes
from qqgw_trio.delivery.settling import Outbox, Port, Work
from qqgw_trio.delivery.waiting import Waiting
from qqgw_trio.delivery.worker_config import Books, WorkerConfig

__all__ = ["Admission", "read_never"]


def read_never(events: Sequence[Dispatch]) -> list[Event | None]:
    """Decodes nothing: for handlers that are called with frames."""
    return [None] * len(events)


@attrs.frozen(eq=False)
class Admission:
    """Finds each event its place.

    Attributes:
        config: The limits.
        lanes: Where events wait.
        dedup: Knows which events are the same.
        waiting: Handlers that wait for events.
        dropping: Makes room.
        books: Where events are counted.
        outbox: Where receipts go.
        order_key: The conversation of an event that is not decoded, or None.
        interested: Whether a handler wants events of this type.
        read: Decodes a batch; None = the event stays a frame.
    """

    config: WorkerConfig
    lanes: Lanes
    dedup: Deduplicator
    waiting: Waiting
    dropping: Dropping
    books: Books
    outbox: Outbox
    order_key: Callable[[Dispatch], Hashable | None]
    interested: Callable[[str | None], bool]
    read: Callable[[Sequence[Dispatch]], list[Event | None]]

    def admit(self, port: Port, deliver: Deliver, now: float) -> None:
        """Finds each event of a batch its place; never blocks.

        Args:
            port: The shard.
            deliver: The batch, in the order received.
            now: When it came.
        """
        books, counters, add = self.books, self.books.by_shard[port.shard_id], self.lanes.add
        waiting, enter, blocking = self.waiting, self.dedup.enter, self.config.overflow == "block"
        capacity = self.config.capacity + waiting.parked_count
        self.dedup.prune(now)
        counters.received += len(deliver.events)
        events, tickets = self._wanted(port, deliver)
        for event, ticket, typed in zip(events, tickets, self.read(events), strict=True):
            work = Work(event, ticket, now, typed)
            first = enter(work)
            if first is not work:
                counters.duplicated += 1
                self.outbox.follow(first, port, ticket)
            elif waiting.by_lane and waiting.take(port, work):
                books.depth += 1
            elif blocking or books.depth < capacity or self.dropping.make_room():
                key = self.order_key(event) if typed is None else typed.conversation
                add(port, (None, event.t) if key is None else key, work)
                books.depth += 1
            else:
                self.dropping.drop(port, work)

    def _wanted(self, port: Port, deliver: Deliver) -> tuple[Sequence[Dispatch], Sequence[Ticket]]:
        """The events of a batch that a handler wants; the others are settled."""
        events, tickets, names = deliver.events, deliver.tickets(), self.waiting.names
        unwanted = {name for name in {event.t for event in events} if not (self.interested(name) or name in names)}
        if not unwanted:
            return events, tickets
        at_once = [ticket for event, ticket in zip(events, tickets, strict=True) if event.t in unwanted]
        self.books.by_shard[port.shard_id].ignored += len(at_once)
        self.outbox.tickets[port].extend(at_once)
        kept = [(event, ticket) for event, ticket in zip(events, tickets, strict=True) if event.t not in unwanted]
        return [event for event, _ in kept], [ticket for _, ticket in kept]
