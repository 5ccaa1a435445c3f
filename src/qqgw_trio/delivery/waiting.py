"""Handlers that wait for a further event: it is taken out of the order of its conversation, straight to the handler.

A handler that waits holds its conversation: what comes there meanwhile is handled after it, in the order received. Only
the event that it waits for is taken out, where it is offered or from the queue in which it is, and is finished when the
waiting one is: a crash brings both again. While it waits a handler takes no place among the parallel ones, and its
event none in the buffer, so that waiting handlers hold up nobody else.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Hashable
from contextlib import contextmanager
from typing import Literal, TypeAlias, TypeVar

from qqgw_proto.events import Event
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.delivery.dedup import Deduplicator
from qqgw_trio.delivery.lanes import Lane, Lanes
from qqgw_trio.delivery.records import Attempt, EventRecord
from qqgw_trio.delivery.settling import Outbox, Port, Work
from qqgw_trio.delivery.waiter import Waiter, Wanted
from qqgw_trio.delivery.worker_config import Books
from qqgw_trio.handler.handler_errors import CannotWait

__all__ = ["Waiting", "finish_taken"]

Outcome: TypeAlias = Literal["handled", "failed", "dropped"]

EventT = TypeVar("EventT", bound=Event)


def finish_taken(work: Work, books: Books, outbox: Outbox, outcome: Outcome) -> None:
    """Finishes what the handlers of an event have taken beside it, and forgets what they have done."""
    if work.record is None:
        return
    for port, taken in work.record.taken:
        counters = books.by_shard[port.shard_id]
        setattr(counters, outcome, getattr(counters, outcome) + 1)
        books.depth -= 1
        outbox.finish(port, taken)
    work.record = None


class Waiting:
    """All that handlers wait for.

    Args:
        lanes: Where events wait.
        dedup: Knows which events are the same.
        order_key: The conversation of an event, or None.
        clock: Monotonic seconds, for the age of events.
        most: Handlers that may wait at the same time.
        on_parked: Told with 1 when a handler begins to wait, with -1 when it goes on.

    Attributes:
        names: Type names that were waited for at any time: events of these types are of interest.
        by_lane: The waits that are going on, by the lane that their handler holds.
    """

    def __init__(
        self,
        lanes: Lanes,
        dedup: Deduplicator,
        order_key: Callable[[Dispatch], Hashable | None],
        clock: Callable[[], float],
        most: int,
        on_parked: Callable[[int], None],
    ) -> None:
        self.names: set[str | None] = set()
        self.by_lane: dict[Lane, list[Waiter[Event]]] = {}
        self._lanes = lanes
        self._dedup = dedup
        self._order_key = order_key
        self._clock = clock
        self._most = most
        self._on_parked = on_parked
        self._anywhere: list[Waiter[Event]] = []
        self._parked: dict[Lane, int] = {}

    @property
    def parked_count(self) -> int:
        """Handlers that wait, each counted once however much it waits for."""
        return len(self._parked)

    # --- the handlers' side

    def record_of(self, event: Dispatch, port: Port) -> EventRecord | None:
        """What the handlers of an event have done, over all attempts; None if it is not being handled."""
        work = self._current(event, port)[1]
        if work is not None and work.record is None:
            work.record = EventRecord(work.at, self._clock)
        return None if work is None else work.record

    def expect(self, port: Port, attempt: Attempt, wanted: Wanted[EventT]) -> Waiter[EventT]:
        """Lets a handler wait for a further event.

        Args:
            port: The shard that its own event came from.
            attempt: What the handler does.
            wanted: What it waits for.

        Raises:
            CannotWait: Its event is not being handled.
        """
        lane, work = self._current(attempt.event.frame, port)
        if lane is None or work is None or work.record is not attempt.record:
            raise CannotWait("the event of this context is not being handled")
        return Waiter(self, lane, attempt, wanted)

    def _current(self, event: Dispatch, port: Port) -> tuple[Lane, Work] | tuple[None, None]:
        lane = self._lane_of(event, port)
        work = None if lane is None else lane.current
        return (None, None) if lane is None or work is None or work.event is not event else (lane, work)

    def add(self, waiter: Waiter[Event]) -> None:
        """Begins a wait. Events that came already are offered first: those of the handler's lane or, if need be, all.

        Raises:
            CannotWait: As many handlers wait as may.
        """
        if len(self.by_lane) >= self._most and waiter.lane not in self.by_lane:
            raise CannotWait(f"{self._most} handlers wait already", remedy="set WorkerConfig.waiting higher")
        self.names |= waiter.wanted.names
        self.by_lane.setdefault(waiter.lane, []).append(waiter)
        if waiter.wanted.anywhere:
            self._anywhere.append(waiter)
        for lane, work in self._queued(waiter):
            if waiter.offer(lane.port, work):
                self._lanes.take_out(lane, work)
                self._take_twin(waiter, lane, work)
                break

    def _queued(self, waiter: Waiter[Event]) -> list[tuple[Lane, Work]]:
        """What waits where the awaited event may be, in the order received."""
        lanes = self._lanes if waiter.wanted.anywhere else (waiter.lane,)
        # What rests between two attempts stands in its queue again, but is its own handlers'.
        queued = [(lane, work) for lane in lanes for work in lane.queue if work is not lane.current]
        return sorted(queued, key=lambda found: (found[1].at, found[1].ticket))

    def remove(self, waiter: Waiter[Event]) -> None:
        """Ends a wait."""
        waiters = self.by_lane[waiter.lane]
        waiters.remove(waiter)
        if not waiters:
            del self.by_lane[waiter.lane]
        if waiter.wanted.anywhere:
            self._anywhere.remove(waiter)

    @contextmanager
    def parked(self, lane: Lane) -> Generator[None]:
        """A context manager around the wait of the handler that holds this lane."""
        self._parked[lane] = self._parked.get(lane, 0) + 1
        if self._parked[lane] == 1:
            self._on_parked(1)
        try:
            yield
        finally:
            self._parked[lane] -= 1
            if not self._parked[lane]:
                del self._parked[lane]
                self._on_parked(-1)

    # --- the shards' side

    def take(self, port: Port, work: Work) -> bool:
        """Gives an event that has come to a handler that waits for it; whether there is one."""
        lane = self._lane_of(work.event, port)
        here = [] if lane is None else self.by_lane.get(lane, [])
        for waiter in (*here, *self._anywhere):
            if waiter.offer(port, work):
                self._take_twin(waiter, lane, work)
                return True
        return False

    def out_of_reach(self, deadline: float) -> int:
        """Events that cannot be finished by then if no event comes: those of handlers that wait longer, and behind."""
        count = 0
        for lane in self._parked:
            waiters = self.by_lane[lane]
            if all(waiter.deadline > deadline and not waiter.is_served for waiter in waiters):
                count += 1 + len(waiters[0].attempt.record.taken) + len(lane.queue)
        return count

    def _lane_of(self, event: Dispatch, port: Port) -> Lane | None:
        key = self._order_key(event)
        return self._lanes.find(port, (None, event.t) if key is None else key)

    def _take_twin(self, waiter: Waiter[Event], lane: Lane | None, work: Work) -> None:
        """The same message under its other type is a repetition of the one that was taken."""
        twin = self._dedup.enter_twin(work)
        if twin is not None and lane is not None and twin in lane.queue:
            self._lanes.take_out(lane, twin)
            waiter.attempt.record.taken.append((lane.port, twin))
