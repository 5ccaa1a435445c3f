"""What lies unread while a shard has no room is no silence of the gateway, neither in the pause nor right after it."""

from __future__ import annotations

from math import inf

import attrs
import pytest
import trio
import trio.testing

from qqgw_proto.config import Deadlines, HeartbeatConfig
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.states import ConnectionState as S
from qqgw_trio.simulator.ledger import judge
from support.simulated import Bench
from support.surroundings import CONFIG, Around, around_of, connected, handles_all

VirtualClock = trio.testing.MockClock


@pytest.fixture
def bench(nursery: trio.Nursery) -> Bench:
    return Bench(nursery)


async def full(bench: Bench, around: Around) -> None:
    """No room is left, and reading has stopped."""
    around.fill()
    await bench.gateway.emit(1, rate=inf)
    await trio.sleep(1)


async def test_a_connection_begun_without_room_is_not_dialed_again_and_again(
    bench: Bench, autojump_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    around = await connected(nursery, around_of(bench))
    await full(bench, around)
    around.shard.apply(around.shard.gateway.reconnect(around.shard.clock()))
    await trio.sleep(45)  # Each wait for the answer to a handshake is 10 s.
    assert around.shard.gateway.state is S.UPGRADING
    assert len(bench.ledger.connections) == 2
    around.empty()
    await handles_all(bench, around, 20)
    assert judge(bench.ledger.sent_ids, around.handled).is_clean
    assert len(bench.ledger.connections) == 2
    assert around.noticed(do.Gap) == 0
    around.shard.stop()


@pytest.mark.parametrize("pause", [0.5, 60.0, 300.0])
async def test_the_first_tick_after_a_pause_takes_nothing_for_silence(
    bench: Bench, autojump_clock: VirtualClock, nursery: trio.Nursery, pause: float
) -> None:
    """The shard says that it reads before it has read: with beats due at that very moment nothing is missed."""
    brisk = HeartbeatConfig(interval=1.0, timeout=1.0, max_missed=1)
    around = await connected(nursery, around_of(bench, attrs.evolve(CONFIG, heartbeat=brisk, deadlines=Deadlines())))
    for _ in range(2):
        await full(bench, around)
        await trio.sleep(pause)
        deadline = around.shard.gateway.deadline
        assert deadline is not None
        await trio.sleep_until(deadline)
        around.empty()
        await trio.sleep(3)
    assert around.noticed(do.Disconnected) == 0
    around.shard.stop()
