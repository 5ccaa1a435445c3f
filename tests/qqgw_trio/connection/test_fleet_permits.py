"""Permits of all shards, in virtual time: each comes back, and they keep the platform's distance."""

from __future__ import annotations

from itertools import pairwise

import pytest
import trio
import trio.testing

from qqgw_proto.machine import effects as do
from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.settings import SessionSettings, SimulatorConfig
from support.crew import Crew, ready
from support.simulated import Bench

VirtualClock = trio.testing.MockClock


@pytest.fixture
def bench(nursery: trio.Nursery) -> Bench:
    return Bench(nursery)


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
