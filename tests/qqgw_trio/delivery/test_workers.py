"""Order, parallelism, turns and settling of the workers, in virtual time."""

from __future__ import annotations

import contextvars

import trio
from trio.testing import MockClock

from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.delivery.workers import TURN, Counters, Port, WorkerConfig, Workers
from support.receipts import Receipts, batch, make_event, make_message, place_of
from support.working import Log, no_drops, running, unexpected


class TestOrder:
    async def test_events_of_a_conversation_follow_each_other(self, autojump_clock: MockClock) -> None:
        log = Log(seconds=lambda event: 10.0 - (event.s or 0))
        async with running(log.handle) as workers:
            workers.offer(Receipts(), batch(*(make_event(seq, "a") for seq in range(1, 4))))
            workers.offer(Receipts(), batch(make_event(4, "b")))
            assert await workers.drain(60.0)
        assert [seq for _, seq in log.started if seq != 4] == [1, 2, 3]
        assert log.ended == [(6.0, 4), (9.0, 1), (17.0, 2), (24.0, 3)]

    async def test_a_slow_conversation_holds_no_other(self, autojump_clock: MockClock) -> None:
        """D16: 43 minutes of standstill because of one handler."""
        log = Log(seconds=lambda event: 43 * 60.0 if place_of(event) == "slow" else 0.0)
        port = Receipts()
        async with running(log.handle, WorkerConfig(parallel=2)) as workers:
            workers.offer(port, batch(*(make_event(seq, "slow") for seq in (1, 2))))
            for seq in range(3, 203):
                workers.offer(port, batch(make_event(seq, f"quick {seq % 7}")))
            await trio.sleep(1.0)
            assert len(log.ended) == 200
            assert sorted(port.numbers) == list(range(3, 203))

    async def test_the_same_place_on_two_shards_is_two_conversations(self, autojump_clock: MockClock) -> None:
        log = Log(seconds=lambda _event: 1.0)
        async with running(log.handle) as workers:
            workers.offer(Receipts(0), batch(make_event(1, "a")))
            workers.offer(Receipts(1), batch(make_event(2, "a")))
            assert await workers.drain(60.0)
        assert sorted(log.ended) == [(1.0, 1), (1.0, 2)]

    async def test_without_a_conversation_shard_and_type_keep_the_order(self, autojump_clock: MockClock) -> None:
        log = Log(seconds=lambda _event: 1.0)
        async with running(log.handle) as workers:
            events = [make_event(1, name="A"), make_event(2, name="B"), make_event(3, name="A")]
            workers.offer(Receipts(0), batch(*events))
            workers.offer(Receipts(1), batch(make_event(4, name="A")))
            assert await workers.drain(60.0)
        assert sorted(log.ended) == [(1.0, 1), (1.0, 2), (1.0, 4), (2.0, 3)]

    async def test_by_default_the_place_of_the_payload_is_the_conversation(self, autojump_clock: MockClock) -> None:
        log = Log(seconds=lambda _event: 1.0)
        workers = Workers(log.handle, on_error=unexpected, on_dropped=no_drops)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(workers.run)
            events = [
                make_message(seq, f"m{seq}", name="GROUP_AT_MESSAGE_CREATE", group_openid=group)
                for seq, group in enumerate(["g", "g", "h"], 1)
            ]
            workers.offer(Receipts(), batch(*events))
            assert await workers.drain(60.0)
            nursery.cancel_scope.cancel()
        assert sorted(log.ended) == [(1.0, 1), (1.0, 3), (2.0, 2)]


class TestParallelism:
    async def test_so_many_conversations_at_the_same_time_and_no_more(self, autojump_clock: MockClock) -> None:
        log = Log(seconds=lambda _event: 1.0)
        async with running(log.handle, WorkerConfig(parallel=3)) as workers:
            workers.offer(Receipts(), batch(*(make_event(seq, str(seq)) for seq in range(8))))
            assert await workers.drain(60.0)
        assert [when for when, _ in log.started] == [0.0] * 3 + [1.0] * 3 + [2.0] * 2

    async def test_a_long_backlog_gives_its_place_to_those_who_wait(self, autojump_clock: MockClock) -> None:
        log = Log(seconds=lambda _event: 1.0)
        async with running(log.handle, WorkerConfig(parallel=1)) as workers:
            places = ["long", "long", "long", "a", "b", "a"]
            workers.offer(Receipts(), batch(*(make_event(seq, place) for seq, place in enumerate(places, 1))))
            assert await workers.drain(60.0)
        assert log.order == [1, 4, 5, 2, 6, 3]

    async def test_tasks_are_as_many_as_conversations_at_the_same_time_not_as_events(
        self, autojump_clock: MockClock
    ) -> None:
        log = Log(seconds=lambda _event: 1.0)
        async with running(log.handle, WorkerConfig(parallel=5)) as workers:
            before = trio.lowlevel.current_statistics().tasks_living
            for second in range(20):
                workers.offer(Receipts(), batch(*(make_event(seq, f"{second} {seq}") for seq in range(50))))
                await trio.sleep(0.5)
                assert trio.lowlevel.current_statistics().tasks_living <= before + 5 + 2

    async def test_handlers_do_not_live_below_who_offered(self, autojump_clock: MockClock) -> None:
        """A reconnect ends all tasks of a connection; what is being handled goes on, in a context of its own."""
        whose = contextvars.ContextVar("whose", default="nobody's")
        seen: list[str] = []

        async def handle(_event: Dispatch, _port: Port) -> None:
            await trio.sleep(5.0)
            seen.append(whose.get())

        async with running(handle) as workers:
            async with trio.open_nursery() as connection:
                whose.set("the connection's")
                for seq, place in enumerate("abc"):
                    workers.offer(Receipts(), batch(make_event(seq, place)))
                    await trio.sleep(1.0)
                connection.cancel_scope.cancel()
            assert await workers.drain(60.0)
        assert seen == ["nobody's"] * 3


class Steps(trio.abc.Instrument):
    """Counts how often any task is given the processor."""

    def __init__(self) -> None:
        self.count = 0

    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        self.count += 1


class TestTurns:
    async def test_an_event_costs_no_step_of_the_scheduler(self) -> None:
        log, steps = Log(), Steps()
        async with running(log.handle) as workers:
            trio.lowlevel.add_instrument(steps)
            workers.offer(Receipts(), batch(*(make_event(seq, str(seq % 50)) for seq in range(1000))))
            assert await workers.drain(60.0)
            trio.lowlevel.remove_instrument(steps)
        assert len(log.ended) == 1000
        assert steps.count <= 2 * (1000 // TURN) + 5

    async def test_other_tasks_run_in_between(self) -> None:
        log = Log()
        handled: list[int] = []
        async with running(log.handle) as workers:
            workers.offer(Receipts(), batch(*(make_event(seq, str(seq % 3)) for seq in range(1000))))
            while workers.counters.depth:
                await trio.lowlevel.checkpoint()
                handled.append(len(log.ended))
        assert handled[-1] == 1000
        steps = [later - earlier for earlier, later in zip([0, *handled], handled, strict=False)]
        assert max(steps) <= 2 * TURN

    async def test_conversations_take_turns(self) -> None:
        log = Log()
        async with running(log.handle) as workers:
            events = [make_event(seq, "flood") for seq in range(1, 1000)]
            workers.offer(Receipts(), batch(*events, make_event(1000, "quiet")))
            assert await workers.drain(60.0)
        assert log.order.index(1000) == TURN

    async def test_events_offered_by_a_handler_are_handled(self) -> None:
        log, port = Log(), Receipts()

        async def handle(event: Dispatch, of: Port) -> None:
            if event.s == 1:
                workers.offer(of, batch(make_event(2, "a"), make_event(3, "b")))
            await log.handle(event, of)

        async with running(handle) as workers:
            workers.offer(port, batch(make_event(1, "a")))
            assert await workers.drain(60.0)
        assert sorted(port.numbers) == [1, 2, 3]


class TestSettling:
    async def test_receipts_go_by_the_batch(self) -> None:
        port = Receipts()
        async with running(Log().handle) as workers:
            workers.offer(port, batch(*(make_event(seq, str(seq % 50)) for seq in range(1000))))
            assert await workers.drain(60.0)
        assert sorted(port.numbers) == list(range(1000))
        assert len(port.calls) <= 1000 // TURN + 2

    async def test_no_receipt_waits_for_the_next_handler(self, autojump_clock: MockClock) -> None:
        log, port = Log(seconds=lambda event: 600.0 if event.s == 3 else 0.0), Receipts()
        async with running(log.handle) as workers:
            workers.offer(port, batch(*(make_event(seq, "a") for seq in (1, 2, 3, 4))))
            await trio.testing.wait_all_tasks_blocked()
            assert port.calls == [[1, 2]]

    async def test_nor_for_a_place(self, autojump_clock: MockClock) -> None:
        log, port = Log(seconds=lambda event: 600.0 if event.s == 2 else 0.0), Receipts()
        async with running(log.handle, WorkerConfig(parallel=1)) as workers:
            workers.offer(port, batch(*(make_event(seq, str(seq)) for seq in (1, 2, 3))))
            await trio.testing.wait_all_tasks_blocked()
            assert port.calls == [[1]]

    async def test_what_nobody_wants_is_settled_and_does_not_wait(self, autojump_clock: MockClock) -> None:
        log, port = Log(seconds=lambda _event: 600.0), Receipts()
        async with running(log.handle, interested=lambda name: name == "WANTED") as workers:
            workers.offer(port, batch(make_event(1), make_event(2, name="WANTED"), make_event(3)))
            assert port.calls == []  # a shard is never called back from inside its own call
            await trio.testing.wait_all_tasks_blocked()
            assert port.calls == [[1, 3]]
            assert workers.counters == Counters(received=3, ignored=2, depth=1)

    async def test_a_receipt_may_come_after_the_shard_has_ended(self, autojump_clock: MockClock) -> None:
        """Shards end while a handler goes on; `settled` is accepted in every state."""
        log, port = Log(seconds=lambda _event: 60.0), Receipts()
        async with running(log.handle) as workers:
            workers.offer(port, batch(make_event(1)))
            assert not await workers.drain(10.0)
            assert port.calls == []
            await trio.sleep(51.0)
            assert port.calls == [[1]]

    async def test_a_handler_that_ends_during_the_cancellation_counts(self, autojump_clock: MockClock) -> None:
        port = Receipts()

        async def handle(_event: Dispatch, _port: Port) -> None:
            with trio.CancelScope(shield=True):
                await trio.sleep(5.0)

        async with running(handle) as workers:
            workers.offer(port, batch(make_event(1)))
            await trio.sleep(1.0)
        assert port.calls == [[1]]
