"""How waiting for a further event ends: no answer, an error, a retry, a cancel."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio
from trio.testing import MockClock

from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.delivery.worker_config import Counters
from qqgw_trio.delivery.workers import Port, WorkerConfig
from qqgw_trio.handler.handler_errors import CannotWait, NoAnswer
from support.asking import Crew, answer, ask, at_work
from support.receipts import Receipts, batch, make_event
from support.wanting import Want, begin
from support.working import running


class TestEnding:
    async def test_what_does_not_come_in_time_is_an_error(self, autojump_clock: MockClock) -> None:
        crew, port = Crew(seconds=30.0), Receipts()
        async with at_work(crew, WorkerConfig(attempts=1)) as workers:
            workers.offer(port, batch(ask(1), make_event(2, "a")))
            assert await workers.drain(60.0)
            assert trio.current_time() == pytest.approx(crew.seconds, abs=60)
        assert crew.reports == ["1 1 no answer came within 30 s: catch it to say something, or wait longer"]
        assert crew.log == ["1", "2"]
        assert sorted(port.numbers) == [1, 2]

    async def test_no_answer_is_a_timeout_error_too(self) -> None:
        error = NoAnswer("answer", 1.5)
        assert isinstance(error, TimeoutError)
        assert error.seconds == 1.5

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            (KeyError("check"), "'check'"),
            (SystemExit(3), "SystemExit came out of it: catch it in the handler; ctx.bot.stop() stops the bot"),
        ],
        ids=["an error", "sys.exit()"],
    )
    async def test_a_check_that_raises_is_the_handlers_error_and_the_event_goes_its_way(
        self, error: BaseException, words: str, autojump_clock: MockClock
    ) -> None:
        def broken(_frame: Dispatch) -> bool:
            raise error

        crew = Crew(want=Want(where=broken))
        async with at_work(crew, WorkerConfig(attempts=1)) as workers:
            workers.offer(Receipts(), batch(ask(1)))
            await trio.sleep(1.0)
            lane = next(iter(workers.waiting.by_lane))
            workers.offer(lane.port, batch(answer(2), answer(3)))
            assert await workers.drain(60.0)
        assert crew.reports == [f"1 1 {words}"]
        assert crew.log == ["1", "2", "3"]

    async def test_ctrl_c_in_a_check_is_nobodys_error(self, autojump_clock: MockClock) -> None:
        def interrupted(_frame: Dispatch) -> bool:
            raise KeyboardInterrupt

        crew = Crew(want=Want(where=interrupted))
        async with at_work(crew, WorkerConfig(attempts=1)) as workers:
            workers.offer(Receipts(), batch(ask(1)))
            await trio.sleep(1.0)
            lane = next(iter(workers.waiting.by_lane))
            with pytest.raises(KeyboardInterrupt):
                workers.offer(lane.port, batch(answer(2)))
            assert not crew.reports

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
