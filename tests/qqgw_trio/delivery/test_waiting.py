"""Handlers that wait for a further event: which event is the answer, and what becomes of all the rest."""

from __future__ import annotations

import attrs
import trio
from trio.testing import MockClock

from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.delivery.worker_config import Counters, WorkerConfig
from qqgw_trio.delivery.workers import Port, Workers
from support.asking import Crew, answer, ask, at_work
from support.receipts import Receipts, batch, make_event, make_message
from support.wanting import Want, get
from support.working import Failing, no_drops, running


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

    async def test_anywhere_is_also_what_is_queued_in_other_conversations_the_oldest_first(
        self, autojump_clock: MockClock
    ) -> None:
        crew, port, other = Crew(want=Want(anywhere=True)), Receipts(0), Receipts(1)
        async with at_work(crew, WorkerConfig(parallel=1)) as workers:
            workers.offer(port, batch(ask(1)))
            workers.offer(other, batch(make_event(2, "b"), answer(3, "b"), answer(4, "c")))
            workers.offer(port, batch(answer(5)))
            assert await workers.drain(60.0)
            assert workers.books.of(1) == Counters(received=3, handled=3)
        assert sorted(crew.log) == ["1", "1 done", "1 got 3", "2", "4", "5"]
        assert (sorted(port.numbers), sorted(other.numbers)) == ([1, 5], [2, 3, 4])

    async def test_what_rests_between_two_attempts_is_not_taken_from_its_own_handlers(
        self, autojump_clock: MockClock
    ) -> None:
        attempts: list[int | None] = []
        failing = Failing({1: 1})

        async def handle(event: Dispatch, port: Port) -> None:
            attempts.append(event.s)
            await failing.handle(event, port)
            if event.t == "ASK":
                attempts.append(await get(workers, event, port, Want(anywhere=True)))

        port = Receipts()
        async with running(handle, WorkerConfig(retry_delay=10.0), on_error=failing.report) as workers:
            workers.offer(port, batch(answer(1, "b")))
            await trio.sleep(1.0)
            workers.offer(port, batch(ask(2)))
            await trio.sleep(1.0)
            workers.offer(port, batch(answer(3, "c")))
            assert await workers.drain(60.0)
        assert attempts == [1, 2, 3, 1]

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
