"""Liveness is the age of the latest heartbeat ACK; readiness is a session."""

from __future__ import annotations

import math
from random import Random

import pytest
import trio
from trio.testing import MockClock

from qqgw_proto.client import ClientGateway
from qqgw_proto.config import ClientConfig, ShardConfig
from qqgw_proto.errors import ConfigurationError
from qqgw_proto.machine.states import ConnectionState
from qqgw_trio.connection.shard import Shard
from qqgw_trio.insight.health import MAX_AGE, Health, ShardHealth, judge
from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.storage.store import SessionKey
from qqgw_trio.telemetry.measured import Measured
from qqgw_trio.telemetry.metering import Meter
from support.crew import Crew
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


# --- waiting for a permit


class Watch:
    """A fleet at a simulated platform, in virtual time, and what is measured of its shards."""

    def __init__(self, nursery: trio.Nursery, shards: int) -> None:
        self.crew = Crew(Bench(nursery), shards=0)
        self.began = trio.current_time()
        self._pairs: list[tuple[ClientGateway, Measured]] = []
        for number in range(shards):
            measured = Measured()
            meter = Meter(self.crew.fleet, measured, None, trio.current_time)
            config = ClientConfig(2**31 - 1, ShardConfig(number, shards))
            gateway = meter.gateway = ClientGateway(config, Random(number), observer=meter.observe)
            self._pairs.append((gateway, measured))
            self.crew.fleet.add(Shard(gateway, meter, trio.current_time), SessionKey("1", number, shards, 1))

    def judge(self) -> Health:
        return judge(self._pairs, self.began, trio.current_time())


async def test_a_hundred_shards_that_start_one_after_the_other_are_alive_all_the_time(
    nursery: trio.Nursery, autojump_clock: MockClock
) -> None:
    """One IDENTIFY in 5 s (GWB:37): the last shard has its turn after 495 s, and its first ACK later still."""
    watch = Watch(nursery, 100)
    nursery.start_soon(watch.crew.run)
    states: set[str] = set()
    while not watch.judge().is_ready:
        await trio.sleep(5)
        health = watch.judge()
        assert health.is_alive
        states.add(health.shards[99].state)
    assert trio.current_time() - watch.began > 495
    assert states == {"PERMITTING", "READY"}
    for _ in range(12):
        await trio.sleep(5)
        assert watch.judge().is_alive
    assert watch.judge().shards[99].heartbeat_age is not None
    watch.crew.fleet.stop()


def test_what_follows_the_wait_for_a_permit_has_its_whole_time_before_it() -> None:
    measured = Measured(permit_wait=495.0)
    shard = idle_shard()
    assert [judge([(shard.gateway, measured)], 0.0, now).is_alive for now in (795.0, 795.5)] == [True, False]


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
