"""What becomes of an event as it comes.

Nobody wants it, it repeats another, a handler waits for it, it gets a place behind those of its conversation, or it is
dropped.

Where handlers are called with typed events, a payload is decoded here, once: its conversation, the id of its message
and what handlers get are read from the same object, which `Work` holds until the event is finished. What does not
decode is told when it is handled.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

import attrs

from qqgw_proto.errors import EventDecodeError
from qqgw_proto.events import Event, decode
from qqgw_proto.machine.effects import Deliver
from qqgw_proto.machine.session import Ticket
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.dedup import Deduplicator
from qqgw_trio.dropping import Dropping
from qqgw_trio.lanes import Lanes
from qqgw_trio.settling import Outbox, Port, Work
from qqgw_trio.waiting import Waiting
from qqgw_trio.worker_config import Books, WorkerConfig

__all__ = ["Admission", "read_never", "read_typed"]


def read_never(_event: Dispatch) -> None:
    """For handlers that are called with frames."""


def read_typed(event: Dispatch) -> Event | None:
    """The typed event; None where its payload has the wrong shape."""
    try:
        return decode(event)
    except EventDecodeError:
        return None


@attrs.frozen(eq=False)
class Admission:
    """Lets events in.

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
        read: Decodes an event; None = it stays a frame.
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
    read: Callable[[Dispatch], Event | None]

    def admit(self, port: Port, deliver: Deliver, now: float) -> None:
        """Finds each event of a batch its place; never blocks.

        Args:
            port: The shard.
            deliver: The batch, in the order received.
            now: When it came.
        """
        books, counters, read, add = self.books, self.books.by_shard[port.shard_id], self.read, self.lanes.add
        waiting, enter, blocking = self.waiting, self.dedup.enter, self.config.overflow == "block"
        capacity = self.config.capacity + waiting.parked_count
        self.dedup.prune(now)
        at_once: list[Ticket] = []
        names = {event.t for event in deliver.events}
        wanted = {name: self.interested(name) or name in waiting.names for name in names}
        for event, ticket in zip(deliver.events, deliver.tickets(), strict=True):
            if not wanted[event.t]:
                at_once.append(ticket)
                continue
            typed = read(event)
            work = Work(event, ticket, now, typed)
            first = enter(work)
            if first is not work:
                counters.duplicated += 1
                self.outbox.follow(first, port, ticket)
            elif waiting.by_lane and waiting.take(port, work):
                books.depth += 1
            elif books.depth < capacity or blocking or self.dropping.make_room():
                key = self.order_key(event) if typed is None else typed.conversation
                add(port, (None, event.t) if key is None else key, work)
                books.depth += 1
            else:
                self.dropping.drop(port, work)
        counters.received += len(deliver.events)
        if at_once:
            counters.ignored += len(at_once)
            self.outbox.tickets[port].extend(at_once)
