"""Token and gateway URL of all shards, in virtual time: what ends the fleet, and what is asked for again."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from qqgw_proto.errors import ConfigurationError, GatewayError
from qqgw_proto.machine import effects as do
from qqgw_trio.rest.api_errors import AccessRefused, ApiError
from qqgw_trio.simulator.faults import Fault, FaultKind
from support.crew import Crew, ready
from support.simulated import Bench

VirtualClock = trio.testing.MockClock


@pytest.fixture
def bench(nursery: trio.Nursery) -> Bench:
    return Bench(nursery)


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
