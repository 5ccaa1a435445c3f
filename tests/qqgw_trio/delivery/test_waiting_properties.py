"""Whatever comes and whoever waits: the rest keeps its order, and everything is settled once, after its handler."""

from __future__ import annotations

import attrs
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.delivery.overflow import Dropped
from qqgw_trio.delivery.workers import Port, WorkerConfig, Workers
from qqgw_trio.handler.handler_errors import NoAnswer
from support.receipts import Receipts, batch, make_event
from support.wanting import Want, get
from support.working import running

pytestmark = pytest.mark.no_cover

PLACES = "abc"


@attrs.frozen
class Said:
    """One event: where, what, how long its handler takes, how often that raises, and the pause before it comes."""

    place: str
    name: str
    seconds: float
    failures: int
    pause: float


EVENTS = st.lists(
    st.builds(
        Said,
        place=st.sampled_from(PLACES),
        name=st.sampled_from(["ASK", "ANSWER", "ANSWER", "OTHER"]),
        seconds=st.sampled_from([0.0, 1.0, 4.0]),
        failures=st.sampled_from([0, 0, 0, 1, 2]),
        pause=st.sampled_from([0.0, 0.0, 1.0, 7.0]),
    ),
    max_size=14,
)
CONFIGS = st.builds(
    WorkerConfig,
    capacity=st.sampled_from([1, 3, 1000]),
    parallel=st.sampled_from([1, 2, 64]),
    attempts=st.sampled_from([1, 2]),
    overflow=st.sampled_from(["block", "block", "drop_oldest", "drop_newest"]),
)


class World:
    """A shard, workers, handlers that wait at ASK; and what came of it."""

    def __init__(self, events: list[Said], config: WorkerConfig, *, anywhere: bool) -> None:
        self.events = dict(enumerate(events, 1))
        self.config = config
        self.want = Want(anywhere=anywhere)
        self.port = Receipts()
        self.workers: Workers
        self.left = {seq: said.failures for seq, said in self.events.items()}
        self.entered: list[int] = []
        self.ended: list[int] = []
        self.busy: set[str] = set()
        self.taken: dict[int, int] = {}
        self.drops = 0

    async def handle(self, event: Dispatch, port: Port) -> None:
        seq = event.s or 0
        said = self.events[seq]
        assert said.place not in self.busy
        assert not {seq, *self.of(seq)} & set(self.port.numbers)
        self.busy.add(said.place)
        if seq not in self.entered:
            self.entered.append(seq)
        try:
            await self.live(event, port, said)
        finally:
            self.busy.remove(said.place)
        self.ended.append(seq)

    async def live(self, event: Dispatch, port: Port, said: Said) -> None:
        seq = event.s or 0
        if said.name == "ASK":
            try:
                found = await get(self.workers, event, port, self.want, 5.0)
            except NoAnswer:
                found = None
            if found is not None:
                assert self.taken.setdefault(found, seq) == seq
        await trio.sleep(said.seconds)
        if self.left[seq]:
            self.left[seq] -= 1
            raise ValueError(seq)

    def of(self, seq: int) -> list[int]:
        return [taken for taken, by in self.taken.items() if by == seq]

    def report(self, event: Dispatch, _port: Port, error: Exception, attempt: int) -> None:
        if not isinstance(error, ValueError):
            raise error
        if attempt == self.config.attempts:
            self.ended.append(event.s or 0)

    def count_drop(self, dropped: Dropped) -> None:
        self.drops += dropped.count

    async def run(self) -> None:
        working = running(self.handle, self.config, on_error=self.report, on_dropped=self.count_drop)
        async with working as self.workers:
            for seq, said in self.events.items():
                await trio.sleep(said.pause)
                with trio.fail_after(10_000):
                    await self.workers.wait_room()
                self.workers.offer(self.port, batch(make_event(seq, said.place, name=said.name)))
            assert await self.workers.drain(10_000.0)

    def check(self) -> None:
        assert sorted(self.port.numbers) == sorted(self.events)
        assert len(self.entered) + len(self.taken) + self.drops == len(self.events)
        assert not set(self.entered) & set(self.taken)
        for place in PLACES:
            for order in (self.entered, self.ended):
                here = [seq for seq in order if self.events[seq].place == place]
                assert here == sorted(here)
        assert self.workers.counters.depth == 0


@given(EVENTS, CONFIGS, st.booleans())
def test_order_holds_and_everything_is_settled_once(events: list[Said], config: WorkerConfig, anywhere: bool) -> None:
    world = World(events, config, anywhere=anywhere)
    trio.run(world.run, clock=MockClock(autojump_threshold=0))
    world.check()
