"""Liveness is the age of the latest heartbeat ACK; readiness is a session."""

from __future__ import annotations

import math
from random import Random

import pytest
import trio
from trio.testing import MockClock

from qqgw_proto.client import ClientGateway
from qqgw_proto.errors import ConfigurationError
from qqgw_proto.machine.states import ConnectionState
from qqgw_trio.health import MAX_AGE, Health, ShardHealth, judge
from qqgw_trio.measured import Measured
from qqgw_trio.metering import Meter
from qqgw_trio.shard import Shard
from qqgw_trio.simulator.faults import Fault, FaultKind
from support.handling import idle_shard
from support.simulated import Bench
from support.surroundings import CONFIG, around_of


class Watched:
    """A shard at a simulated platform, in virtual time."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self.bench = Bench(nursery)
        self.measured = Measured()
        around = around_of(self.bench)
        meter = Meter(around, self.measured, None, trio.current_time)
        self.gateway = meter.gateway = ClientGateway(CONFIG, Random(1), observer=meter.observe)
        self.began = trio.current_time()
        nursery.start_soon(Shard(self.gateway, meter, trio.current_time).run)

    def judge(self, max_age: float = MAX_AGE) -> Health:
        return judge([(self.gateway, self.measured)], self.began, trio.current_time(), max_age)


async def test_d17_a_quiet_bot_is_a_healthy_one(nursery: trio.Nursery, autojump_clock: MockClock) -> None:
    """D17: health was judged by the last event, and quiet bots were restarted every 30 minutes."""
    watched = Watched(nursery)
    for _ in range(3 * 60):
        await trio.sleep(60)
        health = watched.judge()
        assert health.is_alive
        assert health.is_ready
    assert watched.measured.own.reconnections == 0
    assert watched.measured.own.attempts == 1


async def test_a_shard_that_only_reconnects_is_alive_though_not_ready(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    watched = Watched(nursery)
    await trio.sleep(100)
    watched.bench.gateway.fault(Fault(FaultKind.REFUSE_UPGRADES, count=1000))
    watched.bench.gateway.drop()
    await trio.sleep(100)
    health = watched.judge()
    assert (health.is_alive, health.is_ready) == (True, False)
    await trio.sleep(300)
    assert not watched.judge().is_alive


async def test_silence_is_told_when_the_shard_does_not_mend_it_in_time(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    watched = Watched(nursery)
    await trio.sleep(100)
    [shard] = watched.judge(20.0).shards
    # Three intervals are granted at least.
    assert (shard.max_age, shard.is_alive) == (135.0, True)
    assert shard.heartbeat_age is not None
    assert shard.heartbeat_age < 46.0


async def test_before_the_first_ack_there_is_no_age_and_the_time_since_the_start_counts(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    watched = Watched(nursery)
    await trio.sleep(1)
    [shard] = watched.judge().shards
    assert shard == ShardHealth(0, "READY", is_alive=True, is_ready=True, heartbeat_age=None, max_age=300.0)


def test_a_start_that_leads_nowhere_is_dead_in_time() -> None:
    shard = idle_shard()
    ages = [judge([(shard.gateway, Measured())], 10.0, now).shards[0] for now in (310.0, 310.5)]
    assert [(age.is_alive, age.heartbeat_age) for age in ages] == [(True, None), (False, None)]


def test_a_failed_shard_is_dead_at_once_and_a_bot_that_has_no_other_too() -> None:
    shard = idle_shard()
    shard.gateway.life.state = ConnectionState.FAILED
    health = judge([(shard.gateway, Measured())], 0.0, 1.0)
    [judged] = health.shards
    assert (judged.is_alive, judged.is_ready, judged.state) == (False, False, "FAILED")
    assert (health.is_alive, health.is_ready, health.failed) == (False, False, (0,))


def test_a_shard_that_has_failed_for_good_is_told_but_no_reason_to_restart_the_others() -> None:
    """With `on_failure = "go on"` a restart would fail with the same shard, again and again."""
    well = ShardHealth(0, "READY", is_alive=True, is_ready=True, heartbeat_age=1.0, max_age=300.0)
    failed = ShardHealth(1, "FAILED", is_alive=False, is_ready=False, heartbeat_age=999.0, max_age=300.0)
    silent = ShardHealth(2, "WAITING", is_alive=False, is_ready=False, heartbeat_age=999.0, max_age=300.0)
    health = Health((well, failed))
    assert (health.is_alive, health.is_ready, health.failed) == (True, False, (1,))
    assert not Health((well, failed, silent)).is_alive
    assert not Health((failed, failed)).is_alive


def test_one_dead_shard_is_a_dead_bot_and_none_is_not_ready() -> None:
    well = ShardHealth(0, "READY", is_alive=True, is_ready=True, heartbeat_age=1.0, max_age=300.0)
    ill = ShardHealth(1, "WAITING", is_alive=False, is_ready=False, heartbeat_age=999.0, max_age=300.0)
    assert (Health((well,)).is_alive, Health((well,)).is_ready) == (True, True)
    assert (Health((well, ill)).is_alive, Health((well, ill)).is_ready) == (False, False)
    assert (Health(()).is_alive, Health(()).is_ready) == (True, False)


@pytest.mark.parametrize("max_age", [-1, math.nan])
def test_an_age_that_is_none_is_refused(max_age: float) -> None:
    with pytest.raises(ConfigurationError, match="max_age must be a number of seconds from 0"):
        judge([], 0.0, 0.0, max_age)
