"""Handlers that wait take no place and no room from others, and drains do not wait for them in vain."""

from __future__ import annotations

import trio
from trio.testing import MockClock

from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.delivery.overflow import Dropped
from qqgw_trio.delivery.worker_config import Counters
from qqgw_trio.delivery.workers import Port, WorkerConfig
from support.asking import Crew, answer, ask, at_work
from support.receipts import Receipts, batch, make_event
from support.wanting import get
from support.working import running


class TestBounds:
    async def test_who_waits_takes_no_place_among_the_parallel_ones(self, autojump_clock: MockClock) -> None:
        crew, port = Crew(), Receipts()
        async with at_work(crew, WorkerConfig(parallel=1)) as workers:
            workers.offer(port, batch(ask(1, "a"), ask(2, "b"), make_event(3, "c")))
            await trio.sleep(1.0)
            assert crew.log == ["1", "2", "3"]
            workers.offer(port, batch(answer(4, "b"), answer(5, "a")))
            assert await workers.drain(60.0)
        assert sorted(crew.log[3:]) == ["1 done", "1 got 5", "2 done", "2 got 4"]

    async def test_who_waits_takes_no_room_that_the_answer_needs(self, autojump_clock: MockClock) -> None:
        crew, port = Crew(), Receipts()
        async with at_work(crew, WorkerConfig(capacity=2)) as workers:
            workers.offer(port, batch(ask(1, "a"), ask(2, "b")))
            was_full = workers.full
            with trio.fail_after(1.0):
                await workers.wait_room()
            assert (was_full, workers.full) == (True, False)
            workers.offer(port, batch(answer(3, "a"), answer(4, "b")))
            assert await workers.drain(60.0)

    async def test_a_dropping_policy_drops_no_answer(self, autojump_clock: MockClock) -> None:
        drops: list[Dropped] = []
        crew, port = Crew(seconds=5.0), Receipts()
        async with at_work(crew, WorkerConfig(capacity=2, overflow="drop_newest"), on_dropped=drops.append) as workers:
            workers.offer(port, batch(ask(1)))
            await trio.sleep(1.0)
            workers.offer(port, batch(*(make_event(seq, "a") for seq in (2, 3, 4)), answer(5)))
            assert await workers.drain(60.0)
            assert workers.counters == Counters(received=5, handled=4, dropped=1)
        assert crew.log == ["1", "1 got 5", "1 done", "2", "3"]
        assert [(drop.count, drop.first) for drop in drops] == [(1, 4)]

    async def test_what_is_taken_is_no_longer_the_oldest_to_drop(self, autojump_clock: MockClock) -> None:
        drops: list[Dropped] = []
        crew, port = Crew(work=5.0), Receipts()
        async with at_work(crew, WorkerConfig(capacity=3, overflow="drop_oldest"), on_dropped=drops.append) as workers:
            workers.offer(port, batch(ask(1), answer(2), make_event(3, "a")))
            await trio.sleep(1.0)
            workers.offer(port, batch(make_event(4, "a")))
            assert await workers.drain(60.0)
        assert crew.log == ["1", "1 got 2", "1 done", "4"]
        assert [(drop.count, drop.first) for drop in drops] == [(1, 3)]

    async def test_an_interrupted_event_that_is_dropped_takes_along_what_it_had_taken(
        self, autojump_clock: MockClock
    ) -> None:
        drops: list[Dropped] = []
        crew, port = Crew(work=5.0), Receipts()
        async with at_work(crew, WorkerConfig(capacity=2, overflow="drop_oldest"), on_dropped=drops.append) as workers:
            workers.offer(port, batch(ask(1), answer(2)))
            await trio.sleep(1.0)
        workers.offer(port, batch(make_event(3, "a")))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(workers.run)
            assert await workers.drain(60.0)
            nursery.cancel_scope.cancel()
        assert crew.log == ["1", "1 got 2", "3"]
        assert workers.counters == Counters(received=3, handled=1, dropped=2)
        assert sorted(port.numbers) == [1, 2, 3]

    async def test_only_so_many_may_wait(self, autojump_clock: MockClock) -> None:
        crew, port = Crew(), Receipts()
        async with at_work(crew, WorkerConfig(waiting=1, attempts=1)) as workers:
            workers.offer(port, batch(ask(1, "a"), ask(2, "b")))
            await trio.sleep(1.0)
            workers.offer(port, batch(answer(3, "a")))
            assert await workers.drain(60.0)
        assert crew.reports == ["2 1 1 handlers wait already: set WorkerConfig.waiting higher"]
        assert crew.log == ["1", "2", "1 got 3", "1 done"]


class TestDraining:
    async def test_a_drain_does_not_wait_for_what_cannot_come_in_time(self, autojump_clock: MockClock) -> None:
        crew, port = Crew(seconds=60.0), Receipts()
        async with at_work(crew) as workers:
            workers.offer(port, batch(ask(1), make_event(2, "a"), make_event(3, "b")))
            began = trio.current_time()
            assert not await workers.drain(10.0)
            assert trio.current_time() == began
            assert port.numbers == [3]

    async def test_a_drain_waits_for_who_gives_up_in_time(self, autojump_clock: MockClock) -> None:
        crew, port = Crew(seconds=5.0), Receipts()
        async with at_work(crew, WorkerConfig(attempts=1)) as workers:
            workers.offer(port, batch(ask(1), make_event(2, "a")))
            assert await workers.drain(10.0)
        assert sorted(port.numbers) == [1, 2]

    async def test_a_handler_that_begins_to_wait_ends_a_drain_that_only_waits_for_it(
        self, autojump_clock: MockClock
    ) -> None:
        async def handle(event: Dispatch, port: Port) -> None:
            await trio.sleep(3.0)
            await get(workers, event, port)

        async with running(handle) as workers:
            workers.offer(Receipts(), batch(ask(1)))
            began = trio.current_time()
            assert not await workers.drain(10.0)
            assert trio.current_time() - began == 3.0

    async def test_a_drain_waits_for_the_rest_of_a_handler_that_has_its_answer(self, autojump_clock: MockClock) -> None:
        crew, port = Crew(work=5.0), Receipts()
        async with at_work(crew) as workers:
            workers.offer(port, batch(ask(1), answer(2)))
            assert await workers.drain(10.0)
        assert sorted(port.numbers) == [1, 2]
