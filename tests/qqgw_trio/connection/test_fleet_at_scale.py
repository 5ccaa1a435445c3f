"""Many shards in one process, on a simulated platform, in virtual time."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

import pytest
import trio
import trio.testing

from qqgw_proto.machine import effects as do
from qqgw_trio.simulator.settings import SimulatorConfig, StartSettings
from qqgw_trio.storage.store import MemorySessionStore
from support.crew import Crew
from support.simulated import Bench

VirtualClock = trio.testing.MockClock

HEARTBEAT = 45.0
"""What HELLO names."""


@pytest.fixture
def bench(nursery: trio.Nursery) -> Bench:
    # What goes beyond 250 in 5 s is refused by the platform.
    start = StartSettings(shards=1000, total=2000, max_concurrency=250, enforce_concurrency=True)
    return Bench(nursery, SimulatorConfig(events=0, start=start))


def most_within(seconds: float, times: Sequence[float]) -> int:
    """The most of them that lie in any such stretch, its end included."""
    ordered = sorted(times)
    return max(bisect_right(ordered, begin + seconds) - place for place, begin in enumerate(ordered))


async def all_ready(nursery: trio.Nursery, crew: Crew) -> None:
    nursery.start_soon(crew.run)
    await trio.sleep(5 * ((len(crew.fleet.shards) - 1) // 250))
    await trio.testing.wait_all_tasks_blocked()


@pytest.mark.long
@pytest.mark.no_cover
async def test_a_thousand_shards_identify_within_15_seconds_and_keep_their_heartbeats(
    bench: Bench, autojump_clock: VirtualClock
) -> None:
    crew = Crew(bench, shards=1000)
    async with trio.open_nursery() as nursery:
        await all_ready(nursery, crew)
        assert trio.current_time() == 15.0
        await trio.sleep(HEARTBEAT)
        assert crew.fleet.is_ready
        acknowledged = [shard.gateway.acknowledged_at for shard in crew.fleet.shards.values()]
        nursery.cancel_scope.cancel()
    times = [seen.at for seen in bench.ledger.identifies]
    assert Counter(times) == {0.0: 250, 5.0: 250, 10.0: 250, 15.0: 250}
    assert most_within(4.999, times) == 250
    assert bench.ledger.violations == []
    assert [seen for seen in bench.ledger.identifies if seen.refused] == []
    assert None not in acknowledged
    assert crew.noticed(do.Disconnected) == []
    assert crew.asked.count("/gateway/bot") == 1


@pytest.mark.no_cover
async def test_after_an_outage_of_all_the_shards_do_not_come_back_at_one_instant(
    bench: Bench, autojump_clock: VirtualClock
) -> None:
    crew = Crew(bench, shards=250)
    async with trio.open_nursery() as nursery:
        await all_ready(nursery, crew)
        await trio.sleep(60)
        bench.gateway.drop()
        began = trio.current_time()
        await all_ready_again(crew)
        nursery.cancel_scope.cancel()
    times = [seen.at - began for seen in bench.ledger.resumes]
    assert len(times) == 250
    assert most_within(0.999, times) == 50
    assert max(times) < 8.0
    assert crew.noticed(do.Gap) == []
    assert len(bench.ledger.identifies) == 250


async def all_ready_again(crew: Crew) -> None:
    await crew.until(lambda: len(crew.noticed(do.Resumed)) == len(crew.fleet.shards))


@pytest.mark.no_cover
async def test_nor_do_those_that_find_their_sessions_after_a_restart(
    bench: Bench, autojump_clock: VirtualClock
) -> None:
    store = MemorySessionStore()
    for _ in range(2):
        crew = Crew(bench, shards=120, store=store)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(crew.run)
            await crew.until(lambda: crew.fleet.is_ready)  # noqa: B023 - awaited here
            crew.fleet.stop()
    times = [seen.at for seen in bench.ledger.resumes]
    assert len(times) == 120
    assert most_within(0.999, times) == 50


async def test_so_many_shards_that_some_would_wait_too_long_come_back_faster(bench: Bench) -> None:
    # "Every waiting state has a deadline": 30 s for access; a shard that waits longer would begin anew.
    crew = Crew(bench, shards=3000)
    assert crew.fleet.recoveries_per_second == 200.0
