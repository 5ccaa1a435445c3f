"""How many shards the platform recommends, asked until it says."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from qqgw_proto.errors import GatewayError
from qqgw_trio.connection.counting import count_shards
from qqgw_trio.rest.api_errors import AccessRefused
from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.settings import SimulatorConfig, StartSettings
from support.crew import Crew
from support.rest_stub import Middle
from support.simulated import Bench

VirtualClock = trio.testing.MockClock
Told = list[tuple[int | None, float]]


@pytest.fixture
def bench(nursery: trio.Nursery) -> Bench:
    return Bench(nursery, SimulatorConfig(events=0, start=StartSettings(shards=7)))


async def counted(crew: Crew) -> tuple[int, Told]:
    told: Told = []

    def note(error: GatewayError, seconds: float) -> None:
        told.append((error.code, seconds))

    return await count_shards(crew.access, note, Middle()), told


async def test_the_platform_says_how_many(bench: Bench, autojump_clock: VirtualClock) -> None:
    assert await counted(Crew(bench, shards=0)) == (7, [])


async def test_while_it_cannot_it_is_asked_again_less_and_less_often(
    bench: Bench, autojump_clock: VirtualClock
) -> None:
    # The API of a crew repeats each call itself, three times in all.
    bench.gateway.fault(Fault(FaultKind.REST, code=503, route="/gateway/bot", count=3 * 8))
    count, told = await counted(Crew(bench, shards=0))
    assert count == 7
    assert [seconds for _, seconds in told] == [0.75, 1.5, 3.0, 6.0, 12.0, 22.5, 22.5, 22.5]


async def test_a_wait_that_the_platform_asks_for_is_kept(bench: Bench, autojump_clock: VirtualClock) -> None:
    bench.gateway.fault(Fault(FaultKind.REST, code=429, error=100017, route="/gateway/bot", seconds=300.0))
    count, told = await counted(Crew(bench, shards=0))
    assert (count, told) == (7, [(100017, 300.0)])
    assert trio.current_time() == 300.0


async def test_what_can_never_be_had_is_raised(bench: Bench, autojump_clock: VirtualClock) -> None:
    with pytest.raises(AccessRefused):
        await counted(Crew(bench, shards=0, secret="another"))
