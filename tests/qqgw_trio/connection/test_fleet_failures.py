"""A shard that fails for good, in virtual time: what becomes of the others, and which error is raised."""

from __future__ import annotations

import logging

import pytest
import trio
import trio.testing

from qqgw_proto.errors import ConnectionFailed, GatewayClosed, ReshardRequired
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.states import ConnectionState
from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.settings import SimulatorConfig, StartSettings
from support.crew import Crew, ready
from support.simulated import Bench

VirtualClock = trio.testing.MockClock


@pytest.fixture
def bench(nursery: trio.Nursery) -> Bench:
    return Bench(nursery)


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


async def test_a_reconnect_of_all_leaves_the_failed_alone(bench: Bench, autojump_clock: VirtualClock) -> None:
    crew = Crew(bench, shards=2, on_failure="go on")
    async with trio.open_nursery() as nursery:
        await ready(nursery, crew)
        bench.gateway.fault(Fault(FaultKind.CLOSE, code=4915, shard=0))
        await crew.until(lambda: crew.noticed(do.Failed) == [0])
        crew.fleet.reconnect()
        await crew.until(lambda: crew.noticed(do.Resumed) == [1])
        assert crew.fleet.shards[0].gateway.state is ConnectionState.FAILED
        crew.fleet.stop()


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
    """As a consequence, in a WARNING: the ERROR is the shard's own record, and each failure has one."""
    crew = Crew(bench, shards=2, on_failure="go on")
    with caplog.at_level(logging.WARNING, "qqgw_trio.connection.fleet"):
        async with trio.open_nursery() as nursery:
            await ready(nursery, crew)
            bench.gateway.fault(Fault(FaultKind.CLOSE, code=4915, shard=0))
            await crew.until(lambda: crew.noticed(do.Failed) == [0])
            [record] = caplog.records
            crew.fleet.stop()
    assert record.getMessage().startswith("shard 0 has failed for good, the others go on: ")
    assert record.levelno == logging.WARNING
    assert (vars(record)["shard"], vars(record)["code"]) == ("0/2", 4915)


async def test_one_that_ends_all_is_told_as_such(
    bench: Bench, autojump_clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    crew = Crew(bench, shards=2)
    with caplog.at_level(logging.INFO, "qqgw_trio.connection.fleet"):
        async with trio.open_nursery() as nursery:
            await ready(nursery, crew)
            bench.gateway.fault(Fault(FaultKind.CLOSE, code=4915, shard=0))
    [record] = [record for record in caplog.records if "failed" in record.getMessage()]
    assert record.getMessage().startswith("shard 0 has failed for good, all shards end: ")
    assert (record.levelno, vars(record)["shard"], vars(record)["code"]) == (logging.INFO, "0/2", 4915)


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


async def test_where_the_others_go_on_the_recommended_number_is_told_at_once(
    nursery: trio.Nursery, autojump_clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench(nursery, SimulatorConfig(events=0, start=StartSettings(shards=8)))
    crew = Crew(bench, shards=2, on_failure="go on")
    with caplog.at_level(logging.WARNING, "qqgw_trio.connection.fleet"):
        async with trio.open_nursery() as running:
            await ready(running, crew)
            bench.gateway.fault(Fault(FaultKind.CLOSE, code=4011, shard=0))
            await trio.sleep(1)
            assert crew.fleet.shards[1].gateway.state is ConnectionState.READY
            _, advice = caplog.records
            crew.fleet.stop()
    assert advice.getMessage() == (
        "shard 0 has too many guilds (close code 4011): the bot runs with 2 shards, the platform recommends 8"
        ': start every process of the bot with shards=8, or this one with shards="auto"'
    )
    assert (vars(advice)["shard"], vars(advice)["code"]) == ("0/2", 4011)


async def test_a_platform_that_does_not_answer_is_told_too(
    bench: Bench, autojump_clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    crew = Crew(bench, shards=2, on_failure="go on")
    async with trio.open_nursery() as running:
        await ready(running, crew)
        bench.gateway.fault(Fault(FaultKind.REST, code=429, error=100017, route="/gateway/bot", seconds=8.0))
        bench.gateway.fault(Fault(FaultKind.CLOSE, code=4011, shard=0))
        await trio.sleep(6)
        crew.fleet.stop()
    told = caplog.records[-1].getMessage()
    assert told == "the platform could not be asked for a number of shards: no answer within 5 s"


async def test_where_the_platform_cannot_be_asked_they_end_it_all_the_same(
    bench: Bench, autojump_clock: VirtualClock
) -> None:
    """What it said before is no help; with a fixed URL it has said nothing."""
    bench.gateway.fault(Fault(FaultKind.REST, code=503, route="/gateway/bot", count=99))
    error = await fails_by_4011(Crew(bench, gateway_url="ws://gateway.test/websocket"), bench)
    assert error.remedy == "start the bot with more shards (GET /gateway/bot recommends a count)"


@pytest.mark.parametrize("recommended", [3, 2])
async def test_where_no_more_shards_are_recommended_a_higher_count_is_advised(
    nursery: trio.Nursery, autojump_clock: VirtualClock, caplog: pytest.LogCaptureFixture, recommended: int
) -> None:
    """The platform's recommendation has just been refused by its gateway: to ask for it again leads nowhere."""
    bench = Bench(nursery, SimulatorConfig(events=0, start=StartSettings(shards=recommended)))
    with caplog.at_level(logging.INFO, "qqgw_trio.connection.fleet"):
        error = await fails_by_4011(Crew(bench, shards=3), bench)
    assert error.message.endswith(f"; the bot runs with 3, the platform recommends {recommended}")
    assert error.remedy == (
        "start every process of the bot with more shards than the platform recommends, "
        "such as shards=6, which splits each shard in two"
    )
    assert error.code == 4011
    told = caplog.records[-1].getMessage()
    assert told.endswith(f"the platform recommends {recommended}: {error.remedy}")
