"""All shards of a bot on a simulated platform, in virtual time: turns, failures, access, permits."""

from __future__ import annotations

import logging
from functools import partial
from itertools import pairwise
from math import inf

import pytest
import trio
import trio.testing

from qqgw_proto.errors import ConfigurationError, ConnectionFailed, GatewayClosed, GatewayError, ReshardRequired
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.states import ConnectionState
from qqgw_trio.api_errors import AccessRefused, ApiError
from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.ledger import judge
from qqgw_trio.simulator.settings import SessionSettings, SimulatorConfig, StartSettings
from qqgw_trio.store import MemorySessionStore
from support.crew import Crew, ready
from support.simulated import Bench

VirtualClock = trio.testing.MockClock


@pytest.fixture
def bench(nursery: trio.Nursery) -> Bench:
    return Bench(nursery)


# --- several shards


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
    with caplog.at_level(logging.INFO, "qqgw_trio.fleet"):
        async with trio.open_nursery() as nursery:
            await ready(nursery, crew)
            crew.fleet.stop()
    assert [record.getMessage() for record in caplog.records] == [
        "starting shard 1/2 (id 0)",
        "starting shard 2/2 (id 1)",
    ]


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


# --- failures


async def test_one_failed_shard_ends_all(bench: Bench, autojump_clock: VirtualClock) -> None:
    crew = Crew(bench, shards=3)
    async with trio.open_nursery() as nursery:
        await ready(nursery, crew)
        bench.gateway.fault(Fault(FaultKind.CLOSE, code=4914, shard=1))
    assert [shard.gateway.state for shard in crew.fleet.shards.values()] == [
        ConnectionState.STOPPED,
        ConnectionState.FAILED,
        ConnectionState.STOPPED,
    ]
    with pytest.raises(GatewayClosed) as caught:
        crew.fleet.raise_failure()
    assert caught.value.code == 4914
    await trio.sleep(10)
    assert sorted(str(opened.code) for opened in bench.ledger.connections) == ["4000", "4000", "4914"]


async def test_where_the_others_are_to_go_on_they_do(bench: Bench, autojump_clock: VirtualClock) -> None:
    crew = Crew(bench, shards=2, on_failure="go on")
    async with trio.open_nursery() as nursery:
        await ready(nursery, crew)
        bench.gateway.fault(Fault(FaultKind.CLOSE, code=4915, shard=0))
        await crew.until(lambda: crew.noticed(do.Failed) == [0])
        await trio.sleep(3600)
        assert not crew.fleet.is_ready
        assert crew.fleet.shards[1].gateway.state is ConnectionState.READY
        crew.fleet.stop()
    with pytest.raises(GatewayClosed, match="banned"):
        crew.fleet.raise_failure()


async def test_the_first_of_several_failures_is_raised(bench: Bench, autojump_clock: VirtualClock) -> None:
    crew = Crew(bench, shards=2, on_failure="go on")
    async with trio.open_nursery() as nursery:
        await ready(nursery, crew)
        bench.gateway.fault(Fault(FaultKind.CLOSE, code=4915, shard=1))
        await trio.sleep(1)
        bench.gateway.fault(Fault(FaultKind.CLOSE, code=4914, shard=0))
    with pytest.raises(GatewayClosed) as caught:
        crew.fleet.raise_failure()
    assert caught.value.code == 4915


async def test_whoever_owns_the_fleet_may_end_it_with_an_error(bench: Bench, autojump_clock: VirtualClock) -> None:
    crew = Crew(bench, shards=2)
    async with trio.open_nursery() as nursery:
        await ready(nursery, crew)
        crew.fleet.fail(ConnectionFailed("the owner has seen enough"))
        crew.fleet.stop()
    assert sorted(crew.noticed(do.Stopped)) == [0, 1]
    with pytest.raises(ConnectionFailed, match="the owner has seen enough"):
        crew.fleet.raise_failure()


async def test_a_failure_that_leaves_the_others_alone_is_told_at_once(
    bench: Bench, autojump_clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    crew = Crew(bench, shards=2, on_failure="go on")
    with caplog.at_level(logging.ERROR, "qqgw_trio.fleet"):
        async with trio.open_nursery() as nursery:
            await ready(nursery, crew)
            bench.gateway.fault(Fault(FaultKind.CLOSE, code=4915, shard=0))
            await crew.until(lambda: crew.noticed(do.Failed) == [0])
            [record] = caplog.records
            crew.fleet.stop()
    assert record.getMessage().startswith("shard 0 has failed for good, the others go on: ")


async def fails_by_4011(crew: Crew, bench: Bench) -> ReshardRequired:
    async with trio.open_nursery() as nursery:
        await ready(nursery, crew)
        bench.gateway.fault(Fault(FaultKind.CLOSE, code=4011, shard=0))
    with pytest.raises(ReshardRequired) as caught:
        crew.fleet.raise_failure()
    return caught.value


async def test_too_many_guilds_end_the_fleet_with_the_recommended_number_of_shards(
    nursery: trio.Nursery, autojump_clock: VirtualClock
) -> None:
    bench = Bench(nursery, SimulatorConfig(events=0, start=StartSettings(shards=8)))
    error = await fails_by_4011(Crew(bench, shards=2), bench)
    assert error.message.endswith("; the bot runs with 2, the platform recommends 8")
    assert error.remedy == 'start every process of the bot with shards=8, or this one with shards="auto"'
    assert error.code == 4011


async def test_where_the_platform_cannot_be_asked_they_end_it_all_the_same(
    bench: Bench, autojump_clock: VirtualClock
) -> None:
    """What it said before is no help; with a fixed URL it has said nothing."""
    bench.gateway.fault(Fault(FaultKind.REST, code=503, route="/gateway/bot", count=99))
    error = await fails_by_4011(Crew(bench, gateway_url="ws://gateway.test/websocket"), bench)
    assert error.remedy == "start the bot with more shards (GET /gateway/bot recommends a count)"


async def test_a_recommendation_of_no_more_shards_is_none(bench: Bench, autojump_clock: VirtualClock) -> None:
    error = await fails_by_4011(Crew(bench), bench)
    assert error.message == "the gateway closed the connection: too many guilds for one connection"


# --- access


async def ended(crew: Crew) -> None:
    """Runs a crew that gives up by itself."""
    with trio.fail_after(3600):
        await crew.run()


async def test_a_wrong_secret_ends_the_fleet_at_once(bench: Bench, autojump_clock: VirtualClock) -> None:
    crew = Crew(bench, shards=2, secret="the-secret-of-another-bot")
    await ended(crew)
    with pytest.raises(AccessRefused):
        crew.fleet.raise_failure()
    assert trio.current_time() == 0.0
    assert bench.ledger.connections == []
    assert crew.gate.out == set()


async def test_credentials_that_the_api_refuses_end_the_fleet_as_well(
    bench: Bench, autojump_clock: VirtualClock
) -> None:
    bench.gateway.fault(Fault(FaultKind.REST, code=401, error=100016, route="/gateway/bot", count=100))
    crew = Crew(bench)
    await ended(crew)
    with pytest.raises(GatewayError, match="100016"):
        crew.fleet.raise_failure()


async def test_a_url_that_is_none_ends_the_fleet_at_once(bench: Bench, autojump_clock: VirtualClock) -> None:
    crew = Crew(bench, gateway_url="https://gateway.test/")
    await ended(crew)
    with pytest.raises(ConfigurationError, match="it must begin with ws:// or wss://"):
        crew.fleet.raise_failure()


async def test_an_api_that_is_down_is_asked_until_it_is_up(bench: Bench, autojump_clock: VirtualClock) -> None:
    bench.gateway.fault(Fault(FaultKind.REST, code=503, count=40))
    crew = Crew(bench)
    async with trio.open_nursery() as nursery:
        await ready(nursery, crew)
        crew.fleet.stop()
    assert len(crew.noticed(do.Retrying)) > 5
    assert crew.gate.out == set()
    crew.fleet.raise_failure()


@pytest.mark.parametrize(("status", "code"), [(429, 100017), (503, None)])
async def test_an_api_that_asks_to_wait_is_obeyed(
    bench: Bench, autojump_clock: VirtualClock, status: int, code: int | None
) -> None:
    bench.gateway.fault(Fault(FaultKind.REST, code=status, error=code, route="/gateway/bot", seconds=300.0))
    crew = Crew(bench)
    async with trio.open_nursery() as nursery:
        await ready(nursery, crew)
        crew.fleet.stop()
    assert trio.current_time() >= 300.0
    assert crew.asked.count("/gateway/bot") == 2
    retrying = next(notice for _, notice in crew.notices if isinstance(notice, do.Retrying))
    assert isinstance(retrying.why, ApiError)
    assert retrying.why.status == status


async def test_an_expired_token_is_renewed_once_for_all_shards(bench: Bench, autojump_clock: VirtualClock) -> None:
    """Design 5: "4004 renews the token"."""
    crew = Crew(bench, shards=3)
    async with trio.open_nursery() as nursery:
        await ready(nursery, crew)
        issued = bench.ledger.tokens_issued
        bench.gateway.fault(FaultKind.EXPIRE_TOKENS)
        bench.gateway.drop()
        await crew.until(lambda: len(crew.noticed(do.Resumed)) == 3)
        crew.fleet.stop()
    assert bench.ledger.tokens_issued == issued + 1
    assert [seen.refused for seen in bench.ledger.resumes].count("token") == 3


# --- permits


async def test_a_permit_comes_back_whatever_becomes_of_it(bench: Bench, autojump_clock: VirtualClock) -> None:
    bench.gateway.fault(Fault(FaultKind.REFUSE_UPGRADES, code=503, count=3))
    bench.gateway.fault(Fault(FaultKind.SWALLOW, count=2))
    crew = Crew(bench, shards=2)
    async with trio.open_nursery() as nursery:
        await ready(nursery, crew)
        bench.gateway.fault(FaultKind.FORGET_SESSIONS)
        bench.gateway.drop()
        await crew.until(lambda: len(crew.noticed(do.Ready)) == 4)
        crew.fleet.stop()
    assert len(crew.gate.granted_at) >= 3 + 2 + 4
    assert crew.gate.out == set()
    assert crew.gate.waiting == 0
    times = [seen.at for seen in bench.ledger.identifies]
    # I7; the instants are sums of floats.
    assert all(later - earlier > 4.999999 for earlier, later in pairwise(times))


async def test_five_seconds_are_counted_from_the_answer_which_is_later_than_what_the_platform_counts_from(
    nursery: trio.Nursery, autojump_clock: VirtualClock
) -> None:
    bench = Bench(nursery, SimulatorConfig(events=0, session=SessionSettings(answer_delay=0.5)))
    crew = Crew(bench, shards=3)
    async with trio.open_nursery() as shards:
        await ready(shards, crew)
        crew.fleet.stop()
    assert [seen.at for seen in bench.ledger.identifies] == [0.5, 6.0, 11.5]  # judged when answered


async def test_an_answer_that_does_not_come_holds_the_others_up_for_a_second_only(
    bench: Bench, autojump_clock: VirtualClock
) -> None:
    bench.gateway.fault(Fault(FaultKind.SWALLOW))
    crew = Crew(bench, shards=2)
    async with trio.open_nursery() as nursery:
        await ready(nursery, crew)
        crew.fleet.stop()
    assert crew.gate.granted_at[:2] == [0.0, 6.0]


@pytest.mark.parametrize("when", [0.0, 2.0, 7.0, 12.0])
async def test_a_cancelled_fleet_holds_no_permit(bench: Bench, autojump_clock: VirtualClock, when: float) -> None:
    """Another process may wait for the same gate."""
    bench.gateway.fault(Fault(FaultKind.REST, code=503, count=10_000))
    crew = Crew(bench, shards=3)
    with trio.move_on_after(when):
        await crew.run()
    assert crew.gate.out == set()
    assert crew.gate.waiting == 0


async def test_a_stop_while_shards_wait_for_their_turn_leaves_none_waiting(
    bench: Bench, autojump_clock: VirtualClock
) -> None:
    crew = Crew(bench, shards=4)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(crew.run)
        await crew.until(lambda: len(crew.noticed(do.Ready)) == 2)
        crew.fleet.stop()
    assert trio.current_time() == 5.0
    assert (crew.gate.out, crew.gate.waiting) == (set(), 0)
    assert sorted(crew.noticed(do.Stopped)) == [0, 1, 2, 3]
