"""What the workers do when a handler raises, and when they are cancelled or drained."""

from __future__ import annotations

import asyncio

import pytest
import trio
from trio.testing import MockClock

from qqgw_proto.errors import MisuseError
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.delivery.workers import Counters, Dropped, Port, WorkerConfig, Workers
from support.receipts import Receipts, batch, make_event, place_of
from support.working import Failing, Log, no_drops, running, unexpected


class TestFailure:
    async def test_an_event_is_tried_again_after_a_while(self, autojump_clock: MockClock) -> None:
        failing, port = Failing({1: 2}), Receipts()
        async with running(failing.handle, on_error=failing.report) as workers:
            workers.offer(port, batch(make_event(1, "a"), make_event(2, "a")))
            assert await workers.drain(60.0)
        assert failing.reports == [(0.0, 1, "ValueError(2)", 1), (0.5, 1, "ValueError(1)", 2)]
        assert failing.log.ended == [(1.0, 1), (1.0, 2)]
        assert workers.counters == Counters(received=2, handled=2, errors=2)

    async def test_a_poison_event_is_settled_in_the_end_and_blocks_nothing(self, autojump_clock: MockClock) -> None:
        failing, port = Failing({1: 9, 3: 9}), Receipts()
        async with running(failing.handle, on_error=failing.report) as workers:
            workers.offer(port, batch(*(make_event(seq, "a") for seq in (1, 2, 3, 4))))
            await trio.sleep(0.9)
            assert port.calls == []
            assert await workers.drain(60.0)
        assert [(when, seq, attempt) for when, seq, _, attempt in failing.reports] == [
            (0.0, 1, 1),
            (0.5, 1, 2),
            (1.0, 1, 3),
            (1.0, 3, 1),
            (1.5, 3, 2),
            (2.0, 3, 3),
        ]
        assert failing.log.order == [2, 4]
        assert port.numbers == [1, 2, 3, 4]
        assert workers.counters == Counters(received=4, handled=2, failed=2, errors=6)

    async def test_one_attempt_means_no_retry(self, autojump_clock: MockClock) -> None:
        failing, port = Failing({1: 1}), Receipts()
        async with running(failing.handle, WorkerConfig(attempts=1), on_error=failing.report) as workers:
            workers.offer(port, batch(make_event(1, "a")))
            await trio.testing.wait_all_tasks_blocked()
            assert port.calls == [[1]]

    async def test_the_delay_holds_only_its_own_conversation(self, autojump_clock: MockClock) -> None:
        """Not even a place: with room for one, the others go on while many wait for their retries."""
        failing, port = Failing(dict.fromkeys(range(1, 6), 1)), Receipts()
        config = WorkerConfig(parallel=1, retry_delay=3.0)
        async with running(failing.handle, config, on_error=failing.report) as workers:
            workers.offer(port, batch(*(make_event(seq, f"failing {seq}") for seq in range(1, 6))))
            workers.offer(port, batch(make_event(6, "failing 1"), make_event(7, "sound")))
            assert await workers.drain(60.0)
        assert failing.log.ended[0] == (0.0, 7)
        assert sorted(failing.log.ended[1:]) == [(3.0, seq) for seq in range(1, 7)]

    async def test_an_event_that_waits_for_its_retry_can_be_dropped(self, autojump_clock: MockClock) -> None:
        failing, port, dropped = Failing({1: 9}), Receipts(), list[Dropped]()
        config = WorkerConfig(capacity=1, overflow="drop_oldest")
        async with running(failing.handle, config, on_error=failing.report, on_dropped=dropped.append) as workers:
            workers.offer(port, batch(make_event(1, "a")))
            await trio.sleep(0.1)
            workers.offer(port, batch(make_event(2, "b")))
            assert await workers.drain(60.0)
            await trio.sleep(5.0)
        assert dropped == [Dropped(1, 1, 1, 0)]
        assert (failing.log.order, port.numbers, len(failing.reports)) == ([2], [1, 2], 1)


class TestCancellation:
    async def test_what_is_undone_stays_unsettled_and_waits_for_another_run(self, autojump_clock: MockClock) -> None:
        log, port = Log(seconds=lambda _event: 10.0), Receipts()
        workers = Workers(log.handle, on_error=unexpected, on_dropped=no_drops, order_key=place_of)
        workers.offer(port, batch(*(make_event(seq, "a") for seq in (1, 2, 3)), make_event(4, "b")))
        with trio.move_on_after(15.0):
            await workers.run()
        assert (sorted(port.numbers), workers.counters.depth) == ([1, 4], 2)
        assert not await workers.drain(30.0)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(workers.run)
            assert await workers.drain(30.0)
            nursery.cancel_scope.cancel()
        assert (set(log.order[:2]), log.order[2:]) == ({1, 4}, [2, 3])
        assert sorted(port.numbers) == [1, 2, 3, 4]

    async def test_once_cancelled_no_other_handler_is_entered(self, autojump_clock: MockClock) -> None:
        started: list[int | None] = []

        async def handle(event: Dispatch, _port: Port) -> None:
            started.append(event.s)
            with trio.CancelScope(shield=True):
                await trio.sleep(10.0)

        port = Receipts()
        workers = Workers(
            handle, WorkerConfig(parallel=2), on_error=unexpected, on_dropped=no_drops, order_key=place_of
        )
        workers.offer(port, batch(*(make_event(seq, str(seq // 3)) for seq in range(30))))
        with trio.move_on_after(5.0):
            await workers.run()
        assert (len(started), set(started), sorted(port.numbers)) == (2, {0, 3}, [0, 3])
        assert workers.counters.depth == 28

    async def test_a_retry_under_way_waits_for_another_run_too(self, autojump_clock: MockClock) -> None:
        failing, port = Failing({1: 1}), Receipts()
        workers = Workers(failing.handle, WorkerConfig(retry_delay=10.0), on_error=failing.report, on_dropped=no_drops)
        workers.offer(port, batch(make_event(1)))
        with trio.move_on_after(5.0):
            await workers.run()
        assert port.calls == []
        with trio.move_on_after(1.0):
            await workers.run()
        assert (failing.log.order, port.calls) == ([1], [[1]])

    async def test_what_fails_beside_the_cancellation_is_told(self, autojump_clock: MockClock) -> None:
        told: list[tuple[int | None, Exception, int]] = []

        async def fail_at_the_end() -> None:
            try:
                await trio.sleep_forever()
            finally:
                raise ValueError("cleaning up")

        async def handle(_event: Dispatch, _port: Port) -> None:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(fail_at_the_end)
                nursery.start_soon(trio.sleep_forever)
                with trio.CancelScope(shield=True):
                    await trio.sleep(60.0)

        port = Receipts()
        workers = Workers(
            handle,
            on_error=lambda event, _port, error, attempt: told.append((event.s, error, attempt)),
            on_dropped=no_drops,
            order_key=place_of,
        )
        workers.offer(port, batch(make_event(1)))
        with trio.move_on_after(1.0):
            await workers.run()
        [(seq, error, attempt)] = told
        assert (seq, attempt, port.calls) == (1, 1, [])
        assert repr(error) == "ExceptionGroup('Exceptions from Trio nursery', [ValueError('cleaning up')])"

    @pytest.mark.parametrize(
        "error",
        [
            asyncio.CancelledError(),
            SystemExit(3),
            BaseExceptionGroup("both", [ValueError("bug"), asyncio.CancelledError()]),
        ],
    )
    async def test_what_is_no_cancellation_of_trio_is_a_failure(
        self, error: BaseException, autojump_clock: MockClock
    ) -> None:
        attempts: list[int] = []

        async def handle(event: Dispatch, _port: Port) -> None:
            if event.s == 1:
                raise error

        def report(_event: Dispatch, _port: Port, _error: Exception, attempt: int) -> None:
            attempts.append(attempt)

        port = Receipts()
        async with running(handle, on_error=report) as workers:
            workers.offer(port, batch(make_event(1), make_event(2)))
            assert await workers.drain(60.0)
        assert (attempts, sorted(port.numbers)) == ([1, 2, 3], [1, 2])
        assert workers.counters == Counters(received=2, handled=1, failed=1, errors=3)

    @pytest.mark.parametrize("error", [KeyboardInterrupt(), BaseExceptionGroup("both", [KeyboardInterrupt()])])
    async def test_ctrl_c_ends_the_workers(self, error: BaseException) -> None:
        async def handle(_event: Dispatch, _port: Port) -> None:
            raise error

        port = Receipts()
        workers = Workers(handle, on_error=unexpected, on_dropped=no_drops, order_key=place_of)
        workers.offer(port, batch(make_event(1)))
        with pytest.raises(BaseExceptionGroup) as raised:
            await workers.run()
        assert raised.group_contains(KeyboardInterrupt)
        assert (port.calls, workers.counters.depth) == ([], 1)

    async def test_a_second_run_at_the_same_time_is_misuse(self) -> None:
        async with running(Log().handle) as workers:
            with pytest.raises(MisuseError, match=r"Workers\.run is running already: run it once"):
                await workers.run()


class TestDraining:
    async def test_everything_is_handled_and_settled(self, autojump_clock: MockClock) -> None:
        log, port = Log(seconds=lambda _event: 3.0), Receipts()
        async with running(log.handle) as workers:
            workers.offer(port, batch(make_event(1, "a"), make_event(2, "a"), make_event(3, "b")))
            assert await workers.drain(6.5)
            assert trio.current_time() - log.began == 6.0
            assert sorted(port.numbers) == [1, 2, 3]

    async def test_the_deadline_is_kept(self, autojump_clock: MockClock) -> None:
        log, port = Log(seconds=lambda _event: 3.0), Receipts()
        async with running(log.handle) as workers:
            workers.offer(port, batch(make_event(1, "a"), make_event(2, "a")))
            assert not await workers.drain(5.0)
            assert trio.current_time() - log.began == 5.0
            assert port.numbers == [1]

    @pytest.mark.parametrize("within", [0.0, 60.0])
    async def test_with_nothing_to_do_it_is_done(self, autojump_clock: MockClock, within: float) -> None:
        async with running(Log().handle) as workers:
            began = trio.current_time()
            assert await workers.drain(within)
            assert trio.current_time() == began

    async def test_what_was_settled_without_a_worker_is_handed_over(self) -> None:
        port = Receipts()
        workers = Workers(Log().handle, on_error=unexpected, on_dropped=no_drops, interested=lambda _name: False)
        workers.offer(port, batch(make_event(1)))
        assert await workers.drain(0.0)
        assert port.calls == [[1]]
