"""Events on their way to a handler, and their receipts on the way back: collected singly, handed over by the batch.

A shard that settles a hundred events in one call moves its cursor once, not a hundred times.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final, Protocol

import attrs
import msgspec

from qqgw_proto.events import Event
from qqgw_proto.machine.session import Ticket
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.delivery.records import EventRecord

__all__ = ["FINISHED", "Outbox", "Port", "Work"]

FINISHED: Final = Dispatch(op=0)
"""Stands in a finished `Work` for its event, so that remembering it keeps no payload alive."""


class Port(Protocol):
    """What a shard offers to those who handle its events. Told apart by identity: it must be hashable so.

    Attributes:
        shard_id: Its number.
    """

    shard_id: int

    def settled(self, tickets: Sequence[Ticket]) -> None:
        """Takes receipts back, in any order and in every state, the final ones included; never raises."""
        ...


class Work(msgspec.Struct, eq=False, gc=False):
    """One event to be handled. A Struct, because one is made for each event.

    Attributes:
        event: The event; `FINISHED` once it is handled, or given up.
        ticket: Its receipt.
        at: When it came; seconds of the workers' clock.
        typed: The event decoded, until it is finished; None = it is handled as a frame.
        failures: How often its handler has raised.
        followers: Receipts of its repetitions, which are finished when it is; None = there are none.
        record: What its handlers have done so far; None = nothing that matters.
    """

    event: Dispatch
    ticket: Ticket
    at: float
    typed: Event | None = None
    failures: int = 0
    followers: list[tuple[Port, Ticket]] | None = None
    record: EventRecord | None = None


@attrs.define(eq=False)
class Outbox:
    """Receipts of finished events that their shards do not know of yet.

    Attributes:
        tickets: By shard, in the order finished.
    """

    tickets: defaultdict[Port, list[Ticket]] = attrs.field(factory=lambda: defaultdict[Port, list[Ticket]](list))

    @property
    def count(self) -> int:
        """How many receipts there are."""
        return sum(map(len, self.tickets.values()))

    def finish(self, port: Port, work: Work) -> None:
        """Marks an event as finished, and its repetitions with it."""
        work.event = FINISHED
        work.typed = None
        self.tickets[port].append(work.ticket)
        self.finish_followers(work)

    def finish_followers(self, work: Work) -> None:
        """Finishes the repetitions of an event that is finished."""
        for other, ticket in work.followers or ():
            self.tickets[other].append(ticket)
        work.followers = None

    def follow(self, first: Work, port: Port, ticket: Ticket) -> None:
        """Lets the repetition of an event be finished when the first arrival is."""
        if first.event is FINISHED:
            self.tickets[port].append(ticket)
        elif first.followers is None:
            first.followers = [(port, ticket)]
        else:
            first.followers.append((port, ticket))

    def flush(self) -> None:
        """Hands everything over, one call a shard."""
        while self.tickets:
            port, tickets = self.tickets.popitem()
            port.settled(tickets)
