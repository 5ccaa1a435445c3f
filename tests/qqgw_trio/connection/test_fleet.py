"""All shards of a bot on a simulated platform, in virtual time: turns, sessions, reconnects."""

from __future__ import annotations

import logging
from functools import partial
from math import inf
from random import Random

import pytest
import trio
import trio.testing

from qqgw_proto.client import ClientGateway
from qqgw_proto.config import ClientConfig
from qqgw_proto.machine import effects as do
from qqgw_trio.connection.shard import Shard
from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.ledger import judge
from qqgw_trio.storage.store import MemorySessionStore, SessionKey
from support.crew import Crew, FleetInMemory, ready
from support.simulated import Bench

VirtualClock = trio.testing.MockClock


@pytest.fixture
def bench(nursery: trio.Nursery) -> Bench:
    return Bench(nursery)


async def test_every_shard_identifies_in_its_turn_and_all_events_are_handled_once(
    bench: Bench, autojump_clock: VirtualClock
) -> None:
    crew = Crew(bench, shards=3)
    assert not crew.fleet.is_ready
    async with trio.open_nursery() as nursery:
        await ready(nursery, crew)
        ids = await bench.gateway.emit(200, rate=100.0)
        await crew.until(lambda: set(ids) <= set(crew.handled))
        crew.fleet.stop()
    # "IDENTIFYs per 5 s" (GWB:37): one here.
    assert crew.gate.granted_at == [0.0, 5.0, 10.0]
    assert bench.ledger.violations == []
    assert len(set(crew.noticed(do.Delayed))) == 2
    assert crew.gate.out == set()
    handled = [event_id for event_id in crew.handled if event_id != "READY"]
    assert judge(bench.ledger.sent_ids, handled).is_clean
    assert {event.shard[0] for event in bench.ledger.events} == {0, 1, 2}
    crew.fleet.raise_failure()


async def test_ready_and_resumed_reach_the_handlers_too(bench: Bench, autojump_clock: VirtualClock) -> None:
    crew = Crew(bench)
    async with trio.open_nursery() as nursery:
        await ready(nursery, crew)
        bench.gateway.drop()
        await crew.until(lambda: "RESUMED" in crew.handled)
        crew.fleet.stop()
    assert crew.handled == ["READY", "RESUMED"]


async def test_nobody_need_listen(bench: Bench, autojump_clock: VirtualClock) -> None:
    crew = Crew(bench, listens=False)
    async with trio.open_nursery() as nursery:
        await ready(nursery, crew)
        crew.fleet.stop()
    assert crew.handled == ["READY"]


async def test_a_listener_that_raises_ends_no_shard(
    bench: Bench, autojump_clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    crew = Crew(bench)

    def stumble(_shard: Shard, _notice: do.Notice) -> None:
        raise ValueError("a mistake of its author's")

    fleet = FleetInMemory(bench, crew.access, crew.gate, crew.workers, crew.store, on_notice=stumble)
    shard = Shard(ClientGateway(ClientConfig(1), Random(0)), fleet, trio.current_time)
    fleet.add(shard, SessionKey("1", 0, 1, 1))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(crew.workers.run)
        nursery.start_soon(fleet.run)
        await crew.until(lambda: crew.handled == ["READY"])
        fleet.stop()
        nursery.cancel_scope.cancel()
    assert {record.name for record in caplog.records} == {"qqgw_trio.handler.listening"}


async def test_one_request_for_the_url_serves_all_shards_and_all_reconnects(
    bench: Bench, autojump_clock: VirtualClock
) -> None:
    """D12: "50 reconnects: <= 2 URL fetches"."""
    crew = Crew(bench, shards=2)
    async with trio.open_nursery() as nursery:
        await ready(nursery, crew)
        for count in range(2, 52, 2):
            bench.gateway.drop()
            await crew.until(lambda: len(crew.noticed(do.Resumed)) >= count)  # noqa: B023 - awaited here
            await trio.sleep(60)
        crew.fleet.stop()
    assert len(bench.ledger.connections) == 52
    assert crew.asked.count("/gateway/bot") == 1


async def test_a_gateway_that_fails_again_and_again_is_asked_for_anew(
    bench: Bench, autojump_clock: VirtualClock
) -> None:
    crew = Crew(bench)
    async with trio.open_nursery() as nursery:
        await ready(nursery, crew)
        await trio.sleep(3600)
        bench.gateway.fault(Fault(FaultKind.REFUSE_UPGRADES, code=503, count=20))
        bench.gateway.drop()
        await crew.until(lambda: crew.noticed(do.Resumed) == [0])
        crew.fleet.stop()
    assert crew.asked.count("/gateway/bot") == 2


async def test_sessions_are_kept_by_shard_and_resumed_by_the_next_fleet(
    bench: Bench, autojump_clock: VirtualClock
) -> None:
    store = MemorySessionStore()
    for _ in range(2):
        crew = Crew(bench, shards=2, store=store)
        async with trio.open_nursery() as nursery:
            await ready(nursery, crew)
            ids = await bench.gateway.emit(20, rate=inf)
            await crew.until(lambda: set(ids) <= set(crew.handled))  # noqa: B023 - awaited here
            crew.fleet.stop()
    assert (bench.ledger.granted_identifies, bench.ledger.granted_resumes) == (2, 2)
    assert len({seen.session_id for seen in bench.ledger.resumes}) == 2


async def test_each_start_says_which_shard_of_how_many(
    bench: Bench, autojump_clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    crew = Crew(bench, shards=2)
    with caplog.at_level(logging.INFO, "qqgw_trio.connection.fleet"):
        async with trio.open_nursery() as nursery:
            await ready(nursery, crew)
            crew.fleet.stop()
    assert [record.getMessage() for record in caplog.records] == [
        "starting shard 0/2 (id/count, ids from 0)",
        "starting shard 1/2 (id/count, ids from 0)",
    ]
    assert [vars(record)["shard"] for record in caplog.records] == ["0/2", "1/2"]


async def test_a_shard_reconnects_when_asked_to_and_nothing_is_lost(bench: Bench, autojump_clock: VirtualClock) -> None:
    crew = Crew(bench, shards=3)
    async with trio.open_nursery() as nursery:
        await ready(nursery, crew)
        async with trio.open_nursery() as sending:
            sending.start_soon(partial(bench.gateway.emit, 500, rate=2.0))
            for count in range(1, 6):
                await trio.sleep(40)
                crew.fleet.reconnect(1)
                await crew.until(lambda: len(crew.noticed(do.Resumed)) == count)  # noqa: B023 - awaited here
            crew.fleet.reconnect()
            await crew.until(lambda: len(crew.noticed(do.Resumed)) == 8)
        await crew.until(lambda: set(bench.ledger.sent_ids) <= set(crew.handled))
        crew.fleet.stop()
    assert crew.noticed(do.Resumed)[:5] == [1] * 5
    assert sorted(crew.noticed(do.Resumed)[5:]) == [0, 1, 2]
    assert crew.noticed(do.Gap) == []
    handled = [event_id for event_id in crew.handled if ":" in event_id]
    assert judge(bench.ledger.sent_ids, handled).is_clean
