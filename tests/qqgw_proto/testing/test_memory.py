"""A shard on a scripted gateway, in memory: every scenario ends as it should, whatever the chunks."""

from __future__ import annotations

import pytest

from qqgw_proto import ClientConfig, ReconnectConfig, ServerConfig, Snapshot
from qqgw_proto.errors import ConfigurationError, DeadlineExceeded
from qqgw_proto.machine import effects as do
from qqgw_proto.testing import SCENARIOS, Close, MemoryShard, Reset, Silence, VirtualClock, Visit

# What the gateway hears in each scenario, the sequence numbers delivered, and how often something was lost for good.
STORIES: dict[str, tuple[list[str], list[int], int]] = {
    "well-behaved": (["IDENTIFY"], [], 0),
    "dropped": (["IDENTIFY", "RESUME session-1 from 3"], [2, 3, 4, 5], 0),
    "ended without a close frame": (["IDENTIFY", "RESUME session-1 from 3"], [2, 3, 4, 5], 0),
    "half a frame, then dropped": (["IDENTIFY", "RESUME session-1 from 3"], [2, 3, 4, 5], 0),
    "session timed out, 4009": (["IDENTIFY", "close 4009", "RESUME session-1 from 3"], [2, 3, 4, 5], 0),
    "invalid session id, 4006": (["IDENTIFY", "close 4006", "IDENTIFY"], [2, 3], 1),
    "asked to reconnect, op 7": (["IDENTIFY", "RESUME session-1 from 3"], [2, 3, 4, 5], 0),
    "invalid session, op 9": (["IDENTIFY", "close 4903", "IDENTIFY"], [2, 3], 1),
    "doubtful session, op 9 d true": (["IDENTIFY", "close 4009", "RESUME session-1 from 3"], [2, 3], 0),
    "no HELLO": (["IDENTIFY"], [], 0),
    "slow replay": (["IDENTIFY", "RESUME session-1 from 2"], [2, 3, 4, 5, 6, 7], 0),
    "RESUME refused": (["IDENTIFY", "RESUME session-1 from 2", "close 4006", "IDENTIFY"], [2], 1),
    "upgrade refused, 503": (["IDENTIFY"], [], 0),
    "nonsense in between": (["IDENTIFY"], [2], 0),
}


@pytest.mark.parametrize("chunk_size", [None, 1, 7])
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_ends_as_it_should(name: str, chunk_size: int | None) -> None:
    heard, delivered, gaps = STORIES[name]
    shard = MemoryShard(*SCENARIOS[name], chunk_size=chunk_size)
    shard.start()
    shard.run(120.0)
    shard.stop()
    assert shard.gateway.heard == [*heard, "close 4000"]
    assert [event.s for event in shard.events] == delivered
    assert shard.count(do.Gap) == gaps
    assert shard.count(do.Violated) == (name == "nonsense in between")
    assert shard.gateway.violations == []
    assert shard.count(do.Stopped) == 1


def test_events_happen_on_command_and_reach_a_shard_that_is_away_by_a_resume() -> None:
    shard = MemoryShard()
    shard.start()
    shard.happen(2)
    shard.strike(Reset())
    shard.happen()
    assert [event.s for event in shard.events] == [2, 3]
    shard.run_until(lambda: shard.count(do.Resumed) == 1)
    assert [event.s for event in shard.events] == [2, 3, 4]
    assert shard.saved == Snapshot("session-1", 3)


def test_a_silent_gateway_is_left_once_heartbeats_are_missed() -> None:
    shard = MemoryShard(Visit(fault=Silence()), server=ServerConfig(heartbeat_interval=10.0))
    shard.start()
    shard.happen()
    shard.run(60.0)
    assert shard.gateway.heard == ["IDENTIFY", "RESUME session-1 from 1"]
    assert shard.gateway.beats[0] == 3


def test_what_does_not_happen_in_time_is_told_with_what_the_shard_waits_for() -> None:
    shard = MemoryShard(Visit(refuse=503), config=ClientConfig(1, reconnect=ReconnectConfig(max_retry_after=1)))
    shard.start()
    with pytest.raises(DeadlineExceeded, match=r"this did not happen in 0\.5 s; shard 0/1 waits before"):
        shard.run_until(lambda: shard.count(do.Ready) == 1, within=0.5)


def test_nothing_is_settled_where_the_test_says_so_and_time_is_the_tests() -> None:
    clock = VirtualClock(0.0)
    shard = MemoryShard(Visit(events=1), clock=clock, settles=False)
    shard.start(Snapshot("an old one", 7))
    shard.run_until(lambda: shard.count(do.Ready) == 1)
    shard.run(1.0)
    shard.stop()
    assert shard.gateway.heard == ["RESUME an old one from 7", "close 4006", "IDENTIFY", "close 4000"]
    assert shard.saved == Snapshot("session-1", 1)
    assert clock() < 30.0


def test_a_shard_that_has_ended_has_nothing_to_wait_for() -> None:
    shard = MemoryShard(Visit(instead=Close(4914)))
    shard.start()
    shard.run(10.0)
    assert shard.count(do.Failed) == 1
    assert shard.clock() == 1010.0


def test_a_bot_that_is_restarted_meets_the_same_gateway() -> None:
    first = MemoryShard(Visit(events=2))
    first.start()
    first.stop()
    second = MemoryShard(gateway=first.gateway, clock=first.clock)
    second.gateway.happen(second.clock())
    second.start(first.saved)
    second.run(1.0)
    assert second.gateway.heard == ["IDENTIFY", "close 4000", "RESUME session-1 from 3"]
    assert second.count(do.Resumed) == 1


def test_a_gateway_that_is_given_has_its_own_visits_and_settings() -> None:
    gateway = MemoryShard().gateway
    with pytest.raises(ConfigurationError, match="has its own visits"):
        MemoryShard(Visit(), gateway=gateway)
    with pytest.raises(ConfigurationError, match="has its own visits"):
        MemoryShard(server=ServerConfig(), gateway=gateway)


def test_an_event_of_any_kind_is_delivered_at_once() -> None:
    shard = MemoryShard()
    shard.start()
    shard.emit("GUILD_CREATE", {"id": "g"})
    assert [(event.t, event.s) for event in shard.events] == [("GUILD_CREATE", 2)]
