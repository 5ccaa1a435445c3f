"""Between all shards of a bot and its handlers: order, parallelism, bounds, repetition, retries, settling.

Events of one conversation of one shard are handled one after the other, in the order received; conversations run in
parallel, up to `WorkerConfig.parallel`, and a slow one holds no other. Events without a conversation keep their order
among those of their shard and type. Every event is settled once: when it was handled, when nobody wants it, when it
repeats one that is finished, when the overflow policy drops it, or when its handler has failed for the last time.

Handlers run in the workers' tasks, never below a connection: a reconnect does not disturb them. A task serves many
conversations: a context variable that a handler sets stays set for what the task handles next.

No task, channel or checkpoint per event: a worker handles what is ready, up to `TURN` events, without one. Before it
enters a handler, which may not return for long, it rouses one more worker if anything else is left to do: that one runs
in the scheduler's next pass, takes over what is ready and hands over the receipts so far.
"""

from __future__ import annotations

import contextvars
from collections.abc import Awaitable, Callable, Hashable
from typing import Final

import trio

from qqgw_proto.errors import MisuseError
from qqgw_proto.events import Event, conversation_of, decode_each
from qqgw_proto.machine.effects import Deliver
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.delivery.admission import Admission, read_never
from qqgw_trio.delivery.dedup import Deduplicator
from qqgw_trio.delivery.dropping import Dropping
from qqgw_trio.delivery.lanes import Lane, Lanes
from qqgw_trio.delivery.overflow import DropLog, Dropped
from qqgw_trio.delivery.pausing import Pauses
from qqgw_trio.delivery.settling import FINISHED, Outbox, Port, Work
from qqgw_trio.delivery.waiting import Waiting, finish_taken
from qqgw_trio.delivery.worker_config import Books, Counters, WorkerConfig
from qqgw_trio.handler.interruptions import parted

__all__ = ["Counters", "Dropped", "Port", "WorkerConfig", "Workers"]

TURN: Final = 128
"""Events handled between two passes of the scheduler at most, if no handler waits: those of one full read, so that
their receipts go back together and in order."""

MOST_RECEIPTS: Final = 256
"""Receipts that wait for further ones at most, while there are events to be handled at once: receipts of many
conversations are out of order as long as some of their events are missing, which costs the shard much more."""


class Workers:
    """The handlers' side of a bot.

    Args:
        handle: Called with each event and its shard. What it raises is tried again, then settled (`interruptions`).
        config: The limits.
        on_error: Told of each failure: event, shard, error, and the attempt's number from 1.
        on_dropped: Told of each burst of dropped events.
        clock: Monotonic seconds, for the age of what is remembered.
        order_key: The conversation of an event that is not decoded, hashable, or None.
        interested: Whether a handler wants events of this type; the others are settled without waiting.
        handle_typed: Called in place of `handle` with the typed event, where it decodes (`admission`).

    None of the callbacks may raise: what they raise ends `run`. Calls are made in the `trio.run` that `run` is in.
    """

    def __init__(
        self,
        handle: Callable[[Dispatch, Port], Awaitable[None]],
        config: WorkerConfig = WorkerConfig(),  # noqa: B008 - frozen
        *,
        on_error: Callable[[Dispatch, Port, Exception, int], None],
        on_dropped: Callable[[Dropped], None],
        clock: Callable[[], float] = trio.current_time,
        order_key: Callable[[Dispatch], Hashable | None] = conversation_of,
        interested: Callable[[str | None], bool] = lambda _type_name: True,
        handle_typed: Callable[[Event, Port], Awaitable[None]] | None = None,
    ) -> None:
        self.config = config
        self.books = Books()
        self._handle = handle
        self._on_error = on_error
        self._clock = clock
        self._handle_typed: Callable[[Event, Port], Awaitable[None]] = handle_typed or (
            lambda event, port: handle(event.frame, port)
        )
        self._blocking = config.overflow == "block"
        self._lanes = Lanes(by_age=config.overflow == "drop_oldest")
        dedup = Deduplicator(config.dedup_window, config.dedup_size)
        self.waiting = Waiting(self._lanes, dedup, order_key, clock, config.waiting, self._on_parked)
        self._drops = DropLog(on_dropped)
        self.pauses = Pauses(self._lanes, lambda: self.books.depth, clock)
        self._outbox = Outbox()
        dropping = Dropping(self._lanes, self.books, self._outbox, self._drops)
        places = (self._lanes, dedup, self.waiting, dropping, self.books, self._outbox)
        read = read_never if handle_typed is None else decode_each
        self._admission = Admission(config, *places, order_key, interested, read)
        self._nursery: trio.Nursery
        self._running = self._serving = False
        self._context = contextvars.Context()
        self._idle = trio.lowlevel.ParkingLot()
        self._watchers = trio.lowlevel.ParkingLot()  # wait_room and drain
        self._roused = False
        self._busy = 0
        self._left = 0  # of the turn

    @property
    def counters(self) -> Counters:
        """What has become of the events of all shards; `books.of` has those of one."""
        return self.books.total

    @property
    def full(self) -> bool:
        """Whether the shards should stop reading; with a dropping policy never."""
        return self._blocking and self._load >= self.config.capacity

    @property
    def _load(self) -> int:  # Without the events of waiting handlers, which would keep those awaited from being read.
        return self.books.depth - self.waiting.parked_count

    async def wait_room(self) -> None:
        """Waits until no more than half the capacity is undone; with a dropping policy not at all."""
        await trio.lowlevel.checkpoint()
        if not self._blocking or self._load <= self.config.capacity // 2:
            return
        with self.pauses.one():
            while self._load > self.config.capacity // 2:
                await self._watchers.park()

    def offer(self, port: Port, deliver: Deliver) -> None:
        """Takes a batch over; never blocks, and never calls `port.settled` itself.

        Args:
            port: The shard; its order is kept.
            deliver: The batch, in the order received.
        """
        self._admission.admit(port, deliver, self._clock())
        if self._lanes.ready or self._outbox.tickets:
            self._rouse()

    # --- the workers' side

    async def run(self) -> None:
        """Handles events until it is cancelled; what is undone then stays unsettled, and waits for another `run`.

        Raises:
            MisuseError: It runs already.
        """
        if self._running:
            raise MisuseError("Workers.run is running already", remedy="run it once")
        self._running = True
        self._context = contextvars.copy_context()  # Workers start from whoever offers, yet in this context.
        try:
            async with trio.open_nursery() as self._nursery:
                self._nursery.start_soon(self._drops.run)
                self._nursery.start_soon(self.pauses.run)
                self._serving = True
                self._rouse()
                try:
                    await trio.sleep_forever()
                finally:  # No other handler is entered, though some may take long to end.
                    self._serving = False
                    self._left = 0
        finally:
            self._running = self._roused = False
            self._hand_over()
            self._drops.announce()

    async def drain(self, timeout: float) -> bool:  # noqa: ASYNC109 - the deadline is part of the answer
        """Waits until everything is handled; no more offers are expected.

        Args:
            timeout: Seconds after which it gives up.

        Returns:
            Whether everything was handled, and is settled.
        """
        with trio.move_on_after(timeout):
            await trio.lowlevel.checkpoint()
            deadline = trio.current_effective_deadline()
            while self.books.depth > self.waiting.out_of_reach(deadline):
                await self._watchers.park()
        self._hand_over()
        return self.books.depth == 0

    def _on_parked(self, change: int) -> None:
        self._busy -= change  # A handler that waits takes no place.
        if self._lanes.ready or self._outbox.tickets:
            self._rouse()
        self._watchers.unpark_all()

    def _rouse(self) -> None:
        """Lets one worker run in the next pass, if none is going to."""
        if self._roused or not self._serving:
            return
        self._roused = True
        if not self._idle.unpark():
            self._context.run(self._nursery.start_soon, self._work)

    async def _work(self) -> None:
        """A worker's life."""
        while True:
            self._roused = False
            self._left = TURN if self._serving else 0
            if not self._lanes.ready or self._outbox.count >= MOST_RECEIPTS:
                self._hand_over()
            while self._lanes.ready and self._left > 0 and self._busy < self.config.parallel:
                await self._serve(self._lanes.ready.popleft())
            if self._lanes.ready and self._busy < self.config.parallel:
                self._rouse()
            else:
                self._hand_over()
            await self._idle.park()

    def _hand_over(self) -> None:
        """Settles what is finished; wakes those who wait for that."""
        self._outbox.flush()
        if self._watchers and self._load <= self.config.capacity // 2:
            self._watchers.unpark_all()

    async def _serve(self, lane: Lane) -> None:
        """Takes a place among the parallel ones for a lane."""
        resting = False
        self._busy += 1
        try:
            resting = await self._run_through(lane)
        finally:
            self._busy -= 1
            if not resting:
                self._lanes.leave(lane)

    async def _run_through(self, lane: Lane) -> bool:
        """Handles events until there are none, the turn is over, others wait, or the lane rests; whether it rests."""
        port, queue, books, tickets = lane.port, lane.queue, self.books, self._outbox.tickets
        handle, handle_typed, counters = self._handle, self._handle_typed, books.by_shard[port.shard_id]
        ready, waiting = self._lanes.ready, self._lanes.waiting
        while queue and self._left > 0:
            if not self._roused and (ready or tickets):
                self._rouse()
            self._left -= 1
            work = lane.current = queue.popleft()
            if waiting is not None:
                del waiting[work]
            try:
                await (handle(work.event, port) if work.typed is None else handle_typed(work.typed, port))
            except BaseException as error:  # noqa: BLE001 - a handler may raise whatever it likes
                failed, ends = parted(error)
                if ends is not None:
                    self._interrupted(lane, work, failed)
                    raise ends from ends.__cause__
                if failed is not None and self._rests(lane, work, failed):
                    return True
            else:
                counters.handled += 1
                books.depth -= 1
                # What `outbox.finish` does, without a call for each event.
                work.event, work.typed = FINISHED, None
                tickets[port].append(work.ticket)
                if work.record is not None or work.followers is not None:
                    self._finish_beside(work)
            if ready and self._busy >= self.config.parallel:
                break
        return False

    def _finish_beside(self, work: Work) -> None:
        """An event is handled: with it what its handlers have taken, and its repetitions."""
        finish_taken(work, self.books, self._outbox, "handled")
        self._outbox.finish_followers(work)

    def _rests(self, lane: Lane, work: Work, error: Exception) -> bool:
        """A handler has raised: whether the lane rests for a retry, or the event is settled for good."""
        self._report(lane, work, error)
        if work.failures < self.config.attempts:
            self._lanes.put_back(lane, work)
            self._nursery.start_soon(self._rest, lane)
            return True
        self.books.by_shard[lane.port.shard_id].failed += 1
        self.books.depth -= 1
        finish_taken(work, self.books, self._outbox, "failed")
        self._outbox.finish(lane.port, work)
        return False

    def _report(self, lane: Lane, work: Work, error: Exception) -> None:
        work.failures += 1
        self.books.by_shard[lane.port.shard_id].errors += 1
        self._on_error(work.event, lane.port, error, work.failures)

    async def _rest(self, lane: Lane) -> None:
        """The delay before a retry; it takes no place."""
        try:
            await trio.sleep(self.config.retry_delay)
        finally:
            self._lanes.leave(lane)
        self._rouse()

    def _interrupted(self, lane: Lane, work: Work, failed: Exception | None) -> None:
        """A handler was cancelled: its event waits again, and what failed beside the cancellation is told."""
        self._lanes.put_back(lane, work)
        if failed is not None:
            self._report(lane, work, failed)
