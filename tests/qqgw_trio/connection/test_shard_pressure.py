"""A shard whose events find no room: it stops reading, nothing else (design 6)."""

from __future__ import annotations

from math import inf

import attrs
import pytest
import trio
import trio.testing

from qqgw_proto.config import HeartbeatConfig, ServerConfig
from qqgw_proto.errors import (
    HeartbeatTimeout,
)
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.session import Snapshot
from qqgw_trio.simulator.faults import FaultKind
from qqgw_trio.simulator.ledger import judge
from qqgw_trio.simulator.settings import SimulatorConfig
from support.simulated import Bench
from support.surroundings import CONFIG, around_of, connected, handles_all

VirtualClock = trio.testing.MockClock


@pytest.fixture
def bench(nursery: trio.Nursery) -> Bench:
    return Bench(nursery)


# --- pressure


async def test_without_room_it_stops_reading_and_goes_on_beating(
    autojump_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    """Design 6: "the shell stops reading and goes on ticking and writing"."""
    # A server that takes 120 s of silence for death is content.
    bench = Bench(nursery, SimulatorConfig(events=0, server=ServerConfig(heartbeat_timeout=60.0)))
    around = await connected(nursery, around_of(bench))
    around.fill()
    await bench.gateway.emit(1, rate=inf)  # The chunk under way is still taken: "overshoot at most one chunk".
    await around.until(lambda: len(around.handled) == 1)
    ids = await bench.gateway.emit(50, rate=0.1)
    assert len(around.handled) == 1
    assert around.noticed(do.Disconnected) == 0
    around.empty()
    await around.until(lambda: set(ids) <= set(around.handled))
    assert around.noticed(do.Disconnected) == 0
    assert around.handled == bench.ledger.sent_ids
    around.shard.stop()


async def test_a_beat_outstanding_during_a_pause_is_not_missed(
    bench: Bench, autojump_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    config = attrs.evolve(CONFIG, heartbeat=HeartbeatConfig(timeout=60.0, max_missed=1))
    around = await connected(nursery, around_of(bench, config))
    around.fill()
    await bench.gateway.emit(1, rate=inf)
    await trio.sleep(600)  # Its ACKs lie unread.
    around.empty()
    await trio.sleep(600)
    assert around.noticed(do.Disconnected) == 0
    # Where none come any more, the verdict comes one fresh period after the pause.
    around.fill()
    await bench.gateway.emit(1, rate=inf)
    await trio.sleep(100)
    bench.gateway.fault(FaultKind.HALF_OPEN)
    await trio.sleep(100)
    assert around.noticed(do.Disconnected) == 0
    around.empty()
    await around.until_noticed(do.Disconnected, within=2 * 60.0)
    assert isinstance(around.last(do.Disconnected).cause, HeartbeatTimeout)
    around.shard.stop()


@pytest.mark.parametrize("later", [0.0, 1.5], ids=["before the next one reads", "while the next one waits"])
async def test_a_connection_lost_in_a_pause_leaves_the_pause_to_the_next(
    bench: Bench, autojump_clock: VirtualClock, nursery: trio.Nursery, later: float
) -> None:
    around = await connected(nursery, around_of(bench))
    around.fill()
    await bench.gateway.emit(1, rate=inf)
    await trio.sleep(1)
    around.shard.apply(around.shard.gateway.reconnect(around.shard.clock()))
    await trio.sleep(later)
    around.empty()
    await handles_all(bench, around, 20)
    assert judge(bench.ledger.sent_ids, around.handled).is_clean
    assert "reading is paused" not in around.shard.gateway.explain(around.shard.clock())
    around.shard.stop()


async def test_a_stop_without_room_is_as_polite_as_any(bench: Bench, autojump_clock: VirtualClock) -> None:
    """The answer to the close frame is read whatever lies before it."""
    around = around_of(bench)
    async with trio.open_nursery() as nursery:
        await connected(nursery, around)
        around.fill()
        await bench.gateway.emit(1, rate=inf)
        await around.until(lambda: len(around.handled) == 1)
        await bench.gateway.emit(20, rate=inf)
        began = trio.current_time()
        around.shard.stop()
    assert trio.current_time() - began < 1.0
    assert bench.ledger.connections[0].code == 4000
    # What came behind the stop is for the RESUME that may follow.
    assert len(around.handled) == 1
    assert around.saved[-1] == Snapshot(bench.platform.sessions.standing[0].session_id, 2)
