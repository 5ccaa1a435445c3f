"""What the workers do with too many events, and with the same event again."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from qqgw_trio.delivery.workers import Counters, Dropped, WorkerConfig, Workers
from support.receipts import Receipts, batch, make_event, make_message
from support.working import Log, no_drops, running, unexpected


class TestBound:
    async def test_full_from_the_capacity_on_until_half_of_it(self, autojump_clock: MockClock) -> None:
        log, port = Log(seconds=lambda _event: 1.0), Receipts()
        async with running(log.handle, WorkerConfig(capacity=10)) as workers:
            full: list[bool] = []
            for many in (9, 1, 2):
                workers.offer(port, batch(*(make_event(seq, "a") for seq in range(many))))
                full.append(workers.full)
            await workers.wait_room()
            assert (trio.current_time() - log.began, workers.counters.depth) == (7.0, 5)
            assert [*full, workers.full] == [False, True, True, False]
            await workers.wait_room()
            assert trio.current_time() - log.began == 7.0

    @pytest.mark.parametrize(("overflow", "handled"), [("drop_oldest", [1, 4, 5]), ("drop_newest", [1, 2, 3])])
    async def test_a_dropping_policy_is_never_full(
        self, autojump_clock: MockClock, overflow: str, handled: list[int]
    ) -> None:
        log, port = Log(seconds=lambda _event: 10.0), Receipts()
        dropped: list[Dropped] = []
        config = WorkerConfig(capacity=3, overflow="drop_oldest" if overflow == "drop_oldest" else "drop_newest")
        async with running(log.handle, config, on_dropped=dropped.append) as workers:
            workers.offer(port, batch(make_event(1, "a")))
            await trio.testing.wait_all_tasks_blocked()
            workers.offer(port, batch(*(make_event(seq, "a") for seq in (2, 3, 4))))
            workers.offer(port, batch(make_event(5, "a")))
            assert not workers.full
            await workers.wait_room()
            assert workers.counters == Counters(received=5, dropped=2, depth=3)
            await trio.sleep(5.0)
            lost = sorted({1, 2, 3, 4, 5} - set(handled))
            assert port.calls == [lost]
            assert dropped == [Dropped(2, lost[0], lost[1], shard_id=0)]
            assert await workers.drain(60.0)
        assert log.order == handled
        assert sorted(port.numbers) == [1, 2, 3, 4, 5]
        assert len(dropped) == 1

    async def test_what_is_being_handled_is_never_dropped(self, autojump_clock: MockClock) -> None:
        log, port = Log(seconds=lambda _event: 10.0), Receipts()
        dropped: list[Dropped] = []
        config = WorkerConfig(capacity=2, overflow="drop_oldest")
        async with running(log.handle, config, on_dropped=dropped.append) as workers:
            workers.offer(port, batch(make_event(1, "a"), make_event(2, "b")))
            await trio.testing.wait_all_tasks_blocked()
            workers.offer(port, batch(make_event(3, "c")))
            assert await workers.drain(60.0)
        assert (sorted(port.numbers), dropped) == ([1, 2, 3], [Dropped(1, 3, 3, 0)])
        assert sorted(log.ended) == [(10.0, 1), (10.0, 2)]

    async def test_a_conversation_may_lose_all_that_waits_in_it(self, autojump_clock: MockClock) -> None:
        log, port = Log(seconds=lambda _event: 10.0), Receipts()
        dropped: list[Dropped] = []
        config = WorkerConfig(capacity=2, parallel=1, overflow="drop_oldest")
        async with running(log.handle, config, on_dropped=dropped.append) as workers:
            workers.offer(port, batch(make_event(1, "a")))
            await trio.testing.wait_all_tasks_blocked()
            workers.offer(port, batch(make_event(2, "b"), make_event(3, "c"), make_event(4, "a")))
            assert await workers.drain(60.0)
            workers.offer(port, batch(make_event(5, "b")))
            assert await workers.drain(60.0)
        assert log.order == [1, 4, 5]

    async def test_a_drop_is_told_though_everything_ends(self, autojump_clock: MockClock) -> None:
        log, port = Log(seconds=lambda _event: 10.0), Receipts()
        dropped: list[Dropped] = []
        config = WorkerConfig(capacity=1, overflow="drop_newest")
        async with running(log.handle, config, on_dropped=dropped.append) as workers:
            workers.offer(port, batch(make_event(1), make_event(2)))
        assert (dropped, port.calls) == ([Dropped(1, 2, 2, 0)], [[2]])

    async def test_the_repetition_of_a_dropped_event_is_settled_and_not_told_again(
        self, autojump_clock: MockClock
    ) -> None:
        log, port = Log(seconds=lambda _event: 10.0), Receipts()
        dropped: list[Dropped] = []
        config = WorkerConfig(capacity=1, overflow="drop_newest")
        async with running(log.handle, config, on_dropped=dropped.append) as workers:
            workers.offer(port, batch(make_event(1), make_event(2, event_id="x"), make_event(3, event_id="x")))
            assert await workers.drain(60.0)
        assert (dropped, port.numbers) == ([Dropped(1, 2, 2, 0)], [2, 3, 1])


class TestRepetition:
    async def test_a_replay_is_handled_once(self, autojump_clock: MockClock) -> None:
        """D06: replay of the last events, as after a RESUME or from a second connection."""
        log, first, second = Log(), Receipts(0), Receipts(1)
        events = [make_event(seq, "a", event_id=f"e{seq}") for seq in range(1, 6)]
        async with running(log.handle) as workers:
            workers.offer(first, batch(*events))
            await trio.sleep(200.0)
            workers.offer(second, batch(*events[2:], make_event(6, "a", event_id="e6")))
            assert await workers.drain(60.0)
        assert log.order == [1, 2, 3, 4, 5, 6]
        assert (first.numbers, sorted(second.numbers)) == ([1, 2, 3, 4, 5], [3, 4, 5, 6])
        assert workers.counters == Counters(received=9, handled=6, duplicated=3)

    async def test_a_repetition_of_what_is_being_handled_is_settled_with_it(self, autojump_clock: MockClock) -> None:
        """D07: three deliveries of one message, a slow handler: one run, and nothing is settled too early."""
        log, one, other = Log(seconds=lambda _event: 400.0), Receipts(0), Receipts(1)
        async with running(log.handle) as workers:
            workers.offer(one, batch(make_message(1, "m", "a")))
            workers.offer(other, batch(make_message(7, "m", "b")))
            await trio.sleep(350.0)
            workers.offer(one, batch(make_message(2, "m", "c")))
            await trio.sleep(49.0)
            assert one.calls == other.calls == []
            await trio.sleep(2.0)
            assert (one.calls, other.calls) == ([[1, 2]], [[7]])
        assert log.order == [1]

    async def test_a_repetition_inside_a_batch_is_one(self, autojump_clock: MockClock) -> None:
        log, port = Log(), Receipts()
        async with running(log.handle) as workers:
            workers.offer(port, batch(make_event(1, event_id="x"), make_event(2, event_id="x")))
            assert await workers.drain(60.0)
        assert (log.order, port.calls) == ([1], [[1, 2]])

    async def test_what_came_long_before_is_forgotten(self, autojump_clock: MockClock) -> None:
        log = Log()
        async with running(log.handle, WorkerConfig(dedup_size=3)) as workers:
            for seq, event_id in enumerate("abcdefgaga", 1):
                workers.offer(Receipts(), batch(make_event(seq, event_id=event_id)))
                assert await workers.drain(60.0)
        assert log.order == [1, 2, 3, 4, 5, 6, 7, 8]

    async def test_the_window_is_of_the_clock_handed_in(self) -> None:
        now, log, port = [0.0], Log(), Receipts()
        workers = Workers(log.handle, on_error=unexpected, on_dropped=no_drops, clock=lambda: now[0])
        async with trio.open_nursery() as nursery:
            nursery.start_soon(workers.run)
            for now[0] in (0.0, 299.0, 1000.0):
                workers.offer(port, batch(make_event(1, event_id="x")))
                assert await workers.drain(60.0)
            nursery.cancel_scope.cancel()
        assert log.order == [1, 1]
