"""Handlers that wait for a further event, while order, bounds and settling hold for all the rest."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import attrs
import pytest
import trio
from trio.testing import MockClock

from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.handler_errors import CannotWait, NoAnswer
from qqgw_trio.overflow import Dropped
from qqgw_trio.worker_config import Counters
from qqgw_trio.workers import Port, WorkerConfig, Workers
from support.receipts import Receipts, batch, make_event, make_message
from support.wanting import Want, begin, get
from support.working import no_drops, running


@attrs.define
class Crew:
    """Workers whose handler waits at events named ASK, and what it was given."""

    workers: Workers = attrs.field(init=False)
    want: Want = Want()
    seconds: float = 60.0
    work: float = 0.0
    failures: int = 0
    log: list[str] = attrs.field(factory=list[str])
    reports: list[str] = attrs.field(factory=list[str])

    async def handle(self, event: Dispatch, port: Port) -> None:
        self.log.append(f"{event.s}")
        if event.t == "ASK":
            self.log.append(f"{event.s} got {await get(self.workers, event, port, self.want, self.seconds)}")
            await trio.sleep(self.work)
            if self.failures:
                self.failures -= 1
                raise ValueError("again")
            self.log.append(f"{event.s} done")

    def report(self, event: Dispatch, _port: Port, error: Exception, attempt: int) -> None:
        self.reports.append(f"{event.s} {attempt} {error}")


@asynccontextmanager
async def at_work(
    crew: Crew,
    config: WorkerConfig = WorkerConfig(),  # noqa: B008 - frozen
    *,
    interested: Callable[[str | None], bool] = lambda _name: True,
    on_dropped: Callable[[Dropped], None] = no_drops,
) -> AsyncGenerator[Workers]:
    working = running(crew.handle, config, on_error=crew.report, interested=interested, on_dropped=on_dropped)
    async with working as crew.workers:
        yield crew.workers


def ask(seq: int, place: str = "a") -> Dispatch:
    return make_event(seq, place, name="ASK")


def answer(seq: int, place: str = "a") -> Dispatch:
    return make_event(seq, place, name="ANSWER")


class TestTaking:
    async def test_the_awaited_event_comes_out_of_order_and_the_rest_keeps_its_order(
        self, autojump_clock: MockClock
    ) -> None:
        crew, port = Crew(work=1.0), Receipts()
        async with at_work(crew) as workers:
            workers.offer(port, batch(ask(1), make_event(2, "a")))
            await trio.sleep(1.0)
            workers.offer(port, batch(make_event(3, "a"), answer(4), make_event(5, "a")))
            assert await workers.drain(60.0)
        assert crew.log == ["1", "1 got 4", "1 done", "2", "3", "5"]

    async def test_what_was_queued_behind_already_is_taken(self, autojump_clock: MockClock) -> None:
        crew = Crew()
        async with at_work(crew) as workers:
            workers.offer(Receipts(), batch(ask(1), make_event(2, "a"), answer(3), answer(4)))
            assert await workers.drain(60.0)
        assert crew.log == ["1", "1 got 3", "1 done", "2", "4"]

    async def test_both_are_settled_when_the_handler_has_finished_and_not_before(
        self, autojump_clock: MockClock
    ) -> None:
        """A crash in between brings both again."""
        crew, port = Crew(work=10.0), Receipts()
        async with at_work(crew) as workers:
            workers.offer(port, batch(ask(1), answer(2), make_event(3, "b")))
            await trio.sleep(5.0)
            assert port.numbers == [3]
            assert workers.counters == Counters(received=3, handled=1, depth=2)
            await trio.sleep(6.0)
            assert sorted(port.numbers) == [1, 2, 3]
            assert workers.counters == Counters(received=3, handled=3)

    async def test_only_the_same_conversation_of_the_same_shard_unless_anywhere(
        self, autojump_clock: MockClock
    ) -> None:
        crew, port, other = Crew(seconds=10.0), Receipts(0), Receipts(1)
        async with at_work(crew) as workers:
            workers.offer(port, batch(ask(1)))
            await trio.sleep(1.0)
            workers.offer(other, batch(answer(2)))
            workers.offer(port, batch(answer(3, "b")))
            assert not await workers.drain(1.0)
            crew.want = Want(anywhere=True)
            workers.offer(port, batch(ask(4, "c")))
            await trio.sleep(1.0)
            workers.offer(other, batch(answer(5, "b")))
            await trio.sleep(1.0)
            assert crew.log == ["1", "2", "3", "4", "4 got 5", "4 done"]
            assert workers.books.of(1) == Counters(received=2, handled=2)
        assert sorted(other.numbers) == [2, 5]

    async def test_the_first_who_waits_is_served_first_and_each_gets_one(self, autojump_clock: MockClock) -> None:
        got: dict[int, int | None] = {}

        async def handle(event: Dispatch, port: Port) -> None:
            async def one(which: int) -> None:
                await trio.sleep(which)
                got[which] = await get(workers, event, port)

            if event.t == "ASK":
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(one, 1)
                    nursery.start_soon(one, 2)

        async with running(handle) as workers:
            workers.offer(Receipts(), batch(ask(1)))
            await trio.sleep(5.0)
            workers.offer(Receipts(), batch(answer(9)))
            port = next(iter(workers.waiting.by_lane)).port
            workers.offer(port, batch(answer(2), answer(3), answer(4)))
            assert await workers.drain(60.0)
        assert got == {1: 2, 2: 3}

    async def test_a_type_that_nobody_handles_is_of_interest_once_it_was_waited_for(
        self, autojump_clock: MockClock
    ) -> None:
        crew, port = Crew(), Receipts()
        async with at_work(crew, interested=lambda name: name == "ASK") as workers:
            workers.offer(port, batch(answer(1), ask(2)))
            await trio.sleep(1.0)
            workers.offer(port, batch(answer(3), answer(4)))
            assert await workers.drain(60.0)
            assert workers.counters == Counters(received=4, handled=3, ignored=1)
        assert crew.log == ["2", "2 got 3", "2 done", "4"]


class TestEnding:
    async def test_what_does_not_come_in_time_is_an_error(self, autojump_clock: MockClock) -> None:
        crew, port = Crew(seconds=30.0), Receipts()
        async with at_work(crew, WorkerConfig(attempts=1)) as workers:
            workers.offer(port, batch(ask(1), make_event(2, "a")))
            assert await workers.drain(60.0)
            assert trio.current_time() == pytest.approx(crew.seconds, abs=60)
        assert crew.reports == [
            "1 1 no answer came within 30 s: none needed: catch it to say something, or wait longer"
        ]
        assert crew.log == ["1", "2"]
        assert sorted(port.numbers) == [1, 2]

    async def test_no_answer_is_a_timeout_error_too(self) -> None:
        error = NoAnswer("answer", 1.5)
        assert isinstance(error, TimeoutError)
        assert error.seconds == 1.5

    async def test_a_check_that_raises_is_the_handlers_error_and_the_event_goes_its_way(
        self, autojump_clock: MockClock
    ) -> None:
        def broken(_frame: Dispatch) -> bool:
            raise KeyError("check")

        crew = Crew(want=Want(where=broken))
        async with at_work(crew, WorkerConfig(attempts=1)) as workers:
            workers.offer(Receipts(), batch(ask(1)))
            await trio.sleep(1.0)
            lane = next(iter(workers.waiting.by_lane))
            workers.offer(lane.port, batch(answer(2), answer(3)))
            assert await workers.drain(60.0)
        assert crew.reports == ["1 1 'check'"]
        assert crew.log == ["1", "2", "3"]

    async def test_a_retry_gets_again_what_the_first_attempt_got(self, autojump_clock: MockClock) -> None:
        crew, port = Crew(failures=1), Receipts()
        async with at_work(crew, WorkerConfig(attempts=2)) as workers:
            workers.offer(port, batch(ask(1), answer(2), answer(3)))
            assert await workers.drain(60.0)
            assert workers.counters == Counters(received=3, handled=3, errors=1)
        assert crew.log == ["1", "1 got 2", "1", "1 got 2", "1 done", "3"]
        assert sorted(port.numbers) == [1, 2, 3]

    async def test_what_a_handler_that_is_given_up_had_taken_is_settled_with_it(
        self, autojump_clock: MockClock
    ) -> None:
        crew, port = Crew(failures=2), Receipts()
        async with at_work(crew, WorkerConfig(attempts=2)) as workers:
            workers.offer(port, batch(ask(1), answer(2)))
            assert await workers.drain(60.0)
            assert workers.counters == Counters(received=2, failed=2, errors=2)
        assert sorted(port.numbers) == [1, 2]

    async def test_cancelled_both_stay_unsettled_and_are_handled_by_the_next_run(
        self, autojump_clock: MockClock
    ) -> None:
        crew, port = Crew(work=10.0), Receipts()
        async with at_work(crew) as workers:
            workers.offer(port, batch(ask(1), answer(2)))
            await trio.sleep(5.0)
        assert port.numbers == []
        async with trio.open_nursery() as nursery:
            nursery.start_soon(workers.run)
            assert await workers.drain(60.0)
            nursery.cancel_scope.cancel()
        assert crew.log == ["1", "1 got 2", "1", "1 got 2", "1 done"]
        assert sorted(port.numbers) == [1, 2]

    async def test_what_comes_as_the_handler_gives_up_waiting_is_for_its_next_wish(
        self, autojump_clock: MockClock
    ) -> None:
        got: list[int | None] = []

        async def handle(event: Dispatch, port: Port) -> None:
            attempt = begin(workers, event, port)
            with trio.CancelScope() as scope, workers.waiting.expect(port, attempt, Want()) as waiter:
                workers.offer(port, batch(answer(2)))
                scope.cancel()
                await waiter.wait("answer", 60.0)
            got.extend(taken.event.seq for taken in attempt.unread())

        async with running(handle) as workers:
            workers.offer(Receipts(), batch(ask(1)))
            assert await workers.drain(60.0)
        assert got == [2]

    async def test_nobody_waits_once_the_event_is_handled(self, autojump_clock: MockClock) -> None:
        late: list[Callable[[], object]] = []

        async def handle(event: Dispatch, port: Port) -> None:
            attempt = begin(workers, event, port)
            late.append(lambda: workers.waiting.expect(port, attempt, Want()))

        async with running(handle) as workers:
            event = ask(1)
            workers.offer(Receipts(), batch(event))
            assert await workers.drain(60.0)
            with pytest.raises(CannotWait, match="the event of this context is not being handled"):
                late[0]()
            assert workers.waiting.record_of(event, Receipts()) is None


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


class TestTwins:
    """A message may come as two types with one id (`protocol.md` 6.1)."""

    WANT = Want(frozenset({"MESSAGE_CREATE", "AT_MESSAGE_CREATE"}))

    async def test_the_other_copy_of_an_answer_is_a_repetition(self, autojump_clock: MockClock) -> None:
        crew, port = Crew(want=attrs.evolve(self.WANT, anywhere=True), work=1.0), Receipts()
        async with at_work(crew) as workers:
            workers.offer(port, batch(ask(1)))
            await trio.sleep(1.0)
            workers.offer(port, batch(make_message(2, "m")))
            workers.offer(port, batch(make_message(3, "m", name="AT_MESSAGE_CREATE")))
            assert await workers.drain(60.0)
            workers.offer(port, batch(make_message(4, "m", name="AT_MESSAGE_CREATE")))
            assert await workers.drain(60.0)
            assert workers.counters == Counters(received=4, handled=2, duplicated=2)
        assert crew.log == ["1", "1 got 2", "1 done"]
        assert sorted(port.numbers) == [1, 2, 3, 4]

    async def test_a_copy_that_came_before_the_wish_goes_with_the_answer(self, autojump_clock: MockClock) -> None:
        crew, port = Crew(want=self.WANT), Receipts()
        async with trio.open_nursery() as nursery:
            workers = crew.workers = Workers(
                crew.handle, on_error=crew.report, on_dropped=no_drops, order_key=lambda _event: "all"
            )
            nursery.start_soon(workers.run)
            twin = make_message(3, "m", name="AT_MESSAGE_CREATE")
            workers.offer(port, batch(make_event(1, name="ASK"), make_message(2, "m"), twin, make_message(4, "n")))
            assert await workers.drain(60.0)
            nursery.cancel_scope.cancel()
        assert crew.log == ["1", "1 got 2", "1 done", "4"]
        assert sorted(port.numbers) == [1, 2, 3, 4]
