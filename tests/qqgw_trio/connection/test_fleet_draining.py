"""How a fleet comes to rest, and that no handler holds a heartbeat, on a simulated platform in virtual time."""

from __future__ import annotations

import threading
from itertools import pairwise
from math import inf
from typing import Any

import pytest
import trio
import trio.testing

from qqgw_proto.events import Event
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.states import ConnectionState
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.bot import Bot
from qqgw_trio.delivery.workers import Port, WorkerConfig
from qqgw_trio.handler.context import Context
from qqgw_trio.rest.credentials import Credentials
from qqgw_trio.simulator.ledger import judge
from support.crew import Crew, ready
from support.simulated import Bench

VirtualClock = trio.testing.MockClock


@pytest.fixture
def bench(nursery: trio.Nursery) -> Bench:
    return Bench(nursery)


class Slow:
    """A handler that takes so many seconds for each event."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    async def __call__(self, _event: Dispatch, _port: Port) -> None:
        await trio.sleep(self.seconds)


async def test_handlers_finish_while_heartbeats_go_on(bench: Bench, autojump_clock: VirtualClock) -> None:
    """Design 6: "Stop: stop reading, drain while heartbeats go on, final `SaveSession`, close"."""
    crew = Crew(bench)
    async with trio.open_nursery() as nursery:
        await ready(nursery, crew)
        crew.handle = Slow(300.0)
        await bench.gateway.emit(5, rate=inf)
        await crew.until(lambda: crew.begun == 6)  # READY and these.
        drained_at = trio.current_time()
        assert await crew.fleet.drain(3600.0)
        assert trio.current_time() - drained_at >= 290.0
        # The platform drops whoever has been silent for 120 s.
        assert crew.noticed(do.Disconnected) == []
        crew.fleet.stop()
    assert judge(bench.ledger.sent_ids, [one for one in crew.handled if one != "READY"]).is_clean
    session = bench.platform.sessions.standing[0]
    (snapshot,) = [crew.store.load(key) for key in crew.keys]
    assert snapshot is not None
    assert (snapshot.session_id, snapshot.seq) == (session.session_id, 6)


async def test_a_drain_ends_when_its_time_is_up(bench: Bench, autojump_clock: VirtualClock) -> None:
    crew = Crew(bench)
    async with trio.open_nursery() as nursery:
        await ready(nursery, crew)
        crew.handle = Slow(inf)
        await bench.gateway.emit(1, rate=inf)
        await crew.until(lambda: crew.begun == 2)  # READY and this one.
        began = trio.current_time()
        assert not await crew.fleet.drain(10.0)
        assert trio.current_time() - began == 10.0
        crew.fleet.stop()
    (snapshot,) = [crew.store.load(key) for key in crew.keys]
    assert snapshot is not None
    assert snapshot.seq == 1  # What was not handled is asked for again after a restart.


async def test_events_that_come_during_a_drain_are_left_for_the_next_start(
    bench: Bench, autojump_clock: VirtualClock
) -> None:
    crew = Crew(bench)
    async with trio.open_nursery() as nursery:
        await ready(nursery, crew)
        crew.handle = Slow(60.0)
        await bench.gateway.emit(1, rate=inf)
        await crew.until(lambda: crew.begun == 2)  # READY and this one.
        nursery.start_soon(crew.fleet.drain, 600.0)
        await trio.testing.wait_all_tasks_blocked()
        assert not crew.fleet.has_room()
        ids = await bench.gateway.emit(40, rate=2.0)
        await trio.sleep(600)
        # "overshoot at most one chunk" (design 6): what was being read when the drain began.
        assert len(crew.handled) <= 3
        began = trio.current_time()
        crew.fleet.stop()
    assert trio.current_time() - began < 1.0  # The close frame's answer is read all the same.
    following = Crew(bench, store=crew.store)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(following.run)
        await following.until(lambda: set(ids) <= set(crew.handled + following.handled))
        following.fleet.stop()
    handled = [one for one in crew.handled + following.handled if one not in {"READY", "RESUMED"}]
    assert judge(bench.ledger.sent_ids, handled).is_clean


async def test_room_that_a_drain_has_made_is_not_for_new_events(bench: Bench, autojump_clock: VirtualClock) -> None:
    """A shard that waits for room when the drain begins goes on waiting."""
    crew = Crew(bench, workers=WorkerConfig(capacity=4, parallel=1))
    async with trio.open_nursery() as nursery:
        await ready(nursery, crew)
        crew.handle = Slow(1.0)
        for _ in range(12):
            await bench.gateway.emit(1, rate=inf)
            await trio.testing.wait_all_tasks_blocked()
        assert crew.workers.full
        received = crew.workers.counters.received
        assert await crew.fleet.drain(3600.0)
        assert crew.workers.counters.received == received < 12
        crew.fleet.stop()


async def test_a_full_buffer_stops_the_reading_until_half_of_it_is_handled(
    bench: Bench, autojump_clock: VirtualClock
) -> None:
    crew = Crew(bench, workers=WorkerConfig(capacity=10, parallel=1))
    deepest = 0

    async def handle(event: Dispatch, port: Port) -> None:
        nonlocal deepest
        deepest = max(deepest, crew.workers.counters.depth)
        await trio.sleep(1.0)

    async with trio.open_nursery() as nursery:
        await ready(nursery, crew)
        crew.handle = handle
        ids = await bench.gateway.emit(200, rate=4.0)
        await crew.until(lambda: set(ids) <= set(crew.handled))
        crew.fleet.stop()
    assert crew.noticed(do.Disconnected) == [0]
    # Capacity, and one chunk of what had piled up in the stream meanwhile.
    assert deepest < 200


async def acknowledgements(crew: Crew, clock: VirtualClock, seconds: int) -> list[float]:
    """Moves time, and tells when heartbeats were acknowledged."""
    times: list[float] = []
    for _ in range(seconds):
        clock.jump(1.0)
        await trio.testing.wait_all_tasks_blocked()
        latest = crew.fleet.shards[0].gateway.acknowledged_at
        if latest is not None and latest not in times:
            times.append(latest)
    return times


async def test_a_handler_that_blocks_its_thread_for_two_minutes_holds_no_heartbeat(
    bench: Bench, mock_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    """D16: "heartbeats keep their cadence in thread mode".

    Virtual time is moved by hand, for a thread does not live in it: the handler returns when 120 s have passed.
    """
    entered, may_return = trio.Event(), threading.Event()
    trio_token = trio.lowlevel.current_trio_token()

    def block(_context: Context[Any], _event: Event) -> None:
        trio_token.run_sync_soon(entered.set)
        may_return.wait()

    bot = Bot(Credentials("102000001", "secret"))
    bot.on()(block)
    crew = Crew(bench)

    async def handle(event: Dispatch, port: Port) -> None:
        if event.t != "READY":
            await bot.handlers.handle(event, lambda typed: Context(bot, crew.fleet.shards[0], typed))

    crew.handle = handle
    nursery.start_soon(crew.run)
    await crew.until(lambda: crew.handled == ["READY"])
    bench.gateway.say("group", None, "take your time")
    await entered.wait()
    times = await acknowledgements(crew, mock_clock, 120)
    assert len(times) >= 2
    # 45 s from beat to beat, and at most the second by which time is moved here.
    assert all(45.0 <= later - earlier <= 46.0 for earlier, later in pairwise(times))
    assert trio.current_time() - times[-1] <= 46.0
    assert crew.workers.counters.depth == 1
    may_return.set()
    await crew.until(lambda: len(crew.handled) == 2)
    assert crew.workers.counters.depth == 0
    assert crew.fleet.shards[0].gateway.state is ConnectionState.READY
    crew.fleet.stop()
    await trio.testing.wait_all_tasks_blocked()
