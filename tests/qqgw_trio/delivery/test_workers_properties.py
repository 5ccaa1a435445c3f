"""What holds for the workers whatever comes: order, bounds, nothing lost, everything settled exactly once."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

import attrs
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from qqgw_proto.machine.session import Ticket
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.delivery.workers import Dropped, Port, WorkerConfig, Workers
from support.receipts import Receipts, batch, make_event, place_of

pytestmark = pytest.mark.no_cover


@attrs.frozen
class Plan:
    """One event to come: how long its handler takes at each attempt, and how often that raises."""

    shard: int
    place: str
    seconds: float
    failures: int
    repeats: int | None  # which earlier event's id it bears
    pause: float  # before the next event is offered; 0 = in the same batch


plans = st.lists(
    st.builds(
        Plan,
        shard=st.integers(0, 1),
        place=st.sampled_from(["a", "b", "c", "nobody's"]),
        seconds=st.sampled_from([0.0, 0.0, 0.0, 0.3, 2.0]),
        failures=st.sampled_from([0, 0, 0, 0, 1, 2, 5]),
        repeats=st.none() | st.integers(0, 30),
        pause=st.sampled_from([0.0, 0.0, 0.0, 0.1, 1.0, 700.0]),
    ),
    max_size=40,
)
configs = st.builds(
    WorkerConfig,
    capacity=st.integers(1, 12),
    parallel=st.integers(1, 4),
    overflow=st.sampled_from(["block", "drop_oldest", "drop_newest"]),
    attempts=st.integers(1, 3),
    retry_delay=st.sampled_from([0.0, 0.5]),
    dedup_window=st.sampled_from([0.0, 300.0]),
    dedup_size=st.integers(1, 10),
)
Fate: TypeAlias = Literal["waiting", "handled", "given up"]


@attrs.define(eq=False)
class Watched(Receipts):
    """A shard that looks at once whether what is settled is done."""

    is_done: Callable[[int], bool] = attrs.field(kw_only=True)

    def settled(self, tickets: Sequence[Ticket]) -> None:
        super().settled(tickets)
        assert all(map(self.is_done, self.calls[-1]))


class Scene:
    """Two shards, workers, and a handler that checks what may never be otherwise."""

    def __init__(self, plan: list[Plan], config: WorkerConfig) -> None:
        self.plan = plan
        self.ports = [Watched(shard, is_done=self.is_done) for shard in (0, 1)]
        self.dropped: list[Dropped] = []
        self.attempts = Counter[int]()
        self.handled: list[int] = []
        self.fate = defaultdict[int, Fate](lambda: "waiting")
        self.busy: list[tuple[int, str | None]] = []
        self.workers = Workers(
            self.handle,
            config,
            on_error=self.report,
            on_dropped=self.dropped.append,
            order_key=place_of,
            interested=lambda name: name != "UNWANTED",
        )

    async def handle(self, event: Dispatch, port: Port) -> None:
        number = event.s or 0
        plan = self.plan[number - 1]
        conversation = (port.shard_id, place_of(event))
        assert conversation not in self.busy
        self.busy.append(conversation)
        assert len(self.busy) <= self.workers.config.parallel
        try:
            if plan.seconds:
                await trio.sleep(plan.seconds)
        finally:
            self.busy.remove(conversation)
        self.attempts[number] += 1
        if self.attempts[number] <= plan.failures:
            raise ValueError(number)
        self.handled.append(number)
        self.fate[number] = "handled"

    def report(self, event: Dispatch, _port: Port, error: Exception, attempt: int) -> None:
        assert repr(error) == f"ValueError({event.s})"
        assert attempt == self.attempts[event.s or 0]
        if attempt == self.workers.config.attempts:
            self.fate[event.s or 0] = "given up"

    def is_done(self, number: int) -> bool:
        """Whether it may be settled: it, or the event it repeats, is handled or given up; or nobody wants it."""
        of_the_same_id = [other for other in range(1, len(self.plan) + 1) if self.id_of(other) == self.id_of(number)]
        return (
            self.plan[number - 1].place == "nobody's"
            or any(self.fate[other] != "waiting" for other in of_the_same_id)
            or self.workers.counters.dropped > 0
        )

    def id_of(self, number: int) -> str:
        repeats = self.plan[number - 1].repeats
        return f"id {number if repeats is None else min(repeats, number)}"

    def where(self, number: int) -> tuple[int, str]:
        plan = self.plan[number - 1]
        return plan.shard, plan.place

    def event(self, number: int) -> Dispatch:
        plan = self.plan[number - 1]
        name = "UNWANTED" if plan.place == "nobody's" else "WANTED"
        return make_event(number, plan.place, name=name, event_id=self.id_of(number))

    async def feed(self) -> None:
        """Offers everything, as shards do: in chunks, and none while there is no room."""
        chunks: list[list[Dispatch]] = [[], []]
        for number, plan in enumerate(self.plan, 1):
            chunks[plan.shard].append(self.event(number))
            if plan.pause or number == len(self.plan):
                for port, chunk in zip(self.ports, chunks, strict=True):
                    await self.offer(port, chunk)
                chunks = [[], []]
                await trio.sleep(plan.pause)

    async def offer(self, port: Receipts, chunk: list[Dispatch]) -> None:
        workers = self.workers
        if workers.full:
            await workers.wait_room()
        before = workers.counters.depth
        workers.offer(port, batch(*chunk))
        capacity = workers.config.capacity
        if workers.config.overflow == "block":
            assert before < capacity
            assert workers.counters.depth < capacity + len(chunk) or not chunk
        else:
            assert workers.counters.depth <= capacity

    def check(self) -> None:
        """What must be true once everything is done."""
        settled = [port.numbers for port in self.ports]
        for shard in (0, 1):
            wanted = [number for number, plan in enumerate(self.plan, 1) if plan.shard == shard]
            assert sorted(settled[shard]) == wanted  # each exactly once
            for place in "abc":
                together = [number for number in self.handled if self.where(number) == (shard, place)]
                assert together == sorted(together)
        counters = self.workers.counters
        assert counters.received == len(self.plan)
        assert counters.depth == 0
        assert counters.handled == len(self.handled) == len(set(self.handled))
        assert counters.failed == list(self.fate.values()).count("given up")
        assert counters.dropped == sum(dropped.count for dropped in self.dropped)
        assert counters.ignored == sum(plan.place == "nobody's" for plan in self.plan)
        accounted = counters.handled + counters.failed + counters.dropped + counters.ignored + counters.duplicated
        assert accounted == counters.received
        if self.workers.config.overflow == "block":
            assert self.dropped == []


@given(plans, configs)
def test_order_bounds_no_loss_and_each_event_settled_once(plan: list[Plan], config: WorkerConfig) -> None:
    async def main() -> None:
        scene = Scene(plan, config)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(scene.workers.run)
            await scene.feed()
            assert await scene.workers.drain(10_000.0)
            nursery.cancel_scope.cancel()
        scene.check()

    trio.run(main, clock=MockClock(autojump_threshold=0))


@given(plans, configs, st.lists(st.floats(0.01, 5.0), min_size=1, max_size=5))
def test_cancelled_at_any_time_what_is_undone_is_done_by_the_next_run(
    plan: list[Plan], config: WorkerConfig, lives: list[float]
) -> None:
    async def live(scene: Scene) -> None:
        for life in lives:
            with trio.move_on_after(life):
                await scene.workers.run()
        await scene.workers.run()

    async def main() -> None:
        scene = Scene(plan, config)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(live, scene)
            await scene.feed()
            await trio.sleep(sum(lives))
            assert await scene.workers.drain(10_000.0)
            nursery.cancel_scope.cancel()
        scene.check()

    trio.run(main, clock=MockClock(autojump_threshold=0))
