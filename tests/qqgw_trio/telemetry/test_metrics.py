"""`GatewayMetrics` as values: the specification's, and more."""

from __future__ import annotations

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.machine.heartbeat import RoundTrip
from qqgw_trio.delivery.worker_config import Counters
from qqgw_trio.telemetry.metrics import GatewayMetrics, HeartbeatTimes


class Clock:
    """Shows what it is told to."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


# --- the specification's


def test_new_metrics_are_zero_and_know_of_no_connection() -> None:
    metrics = GatewayMetrics()
    assert (metrics.events_received, metrics.events_processed, metrics.reconnection_count) == (0, 0, 0)
    assert (metrics.last_heartbeat, metrics.connection_start) == (None, None)
    assert metrics.get_events_per_second() == 0.0
    assert metrics.shards == {}


def test_events_can_be_recorded_by_hand() -> None:
    metrics = GatewayMetrics()
    metrics.record_event_received()
    metrics.record_event_received()
    metrics.record_event_processed()
    assert (metrics.events_received, metrics.events_processed) == (2, 1)


def test_events_per_second_are_those_processed_by_the_seconds_since_the_connection_began(clock: Clock) -> None:
    metrics = GatewayMetrics(clock)
    for _ in range(30):
        metrics.record_event_processed()
    assert metrics.get_events_per_second() == 0.0
    metrics.measured.connection_start = 100.0
    assert metrics.get_events_per_second() == 0.0  # not a second has passed
    clock.now = 112.0
    assert metrics.get_events_per_second() == 2.5


# --- several shards


@pytest.fixture
def whole(clock: Clock) -> GatewayMetrics:
    shards = {0: GatewayMetrics(clock), 1: GatewayMetrics(clock)}
    for number, metrics in shards.items():
        measured = metrics.measured
        measured.own.attempts = number + 1
        measured.own.reconnections = 2
        measured.workers = lambda: Counters(received=10, handled=6, depth=4)
        measured.connection_start = 40.0 + number
        measured.last_heartbeat = 90.0 + number
        measured.marks.note(40.0, 0)
        measured.beat(RoundTrip().measured(0.1 + number))
        measured.event_latency.observe(0.002)
        measured.handler_time.observe(0.5)
        measured.tick_lateness.observe(3.0)
    return GatewayMetrics(clock, shards)


def test_the_whole_is_the_sum_of_its_shards(whole: GatewayMetrics) -> None:
    assert (whole.events_received, whole.events_processed, whole.queue_depth) == (20, 12, 8)
    assert (whole.reconnection_count, whole.counts.attempts) == (4, 3)
    assert [shard.counts.attempts for shard in whole.shards.values()] == [1, 2]
    assert (whole.event_latency.count, whole.handler_time.sum, whole.tick_lateness.highest) == (2, 1.0, 3.0)


def test_the_whole_began_with_its_first_shard_and_its_latest_heartbeat_is_the_latest_of_all(
    whole: GatewayMetrics,
) -> None:
    assert (whole.connection_start, whole.last_heartbeat) == (40.0, 91.0)
    # The age that matters is that of the shard which has waited longest.
    assert whole.heartbeat_age == 10.0
    assert whole.shards[1].heartbeat_age == 9.0
    assert GatewayMetrics().heartbeat_age is None


def test_what_is_recorded_at_the_whole_counts_too(whole: GatewayMetrics) -> None:
    whole.record_event_processed()
    assert whole.events_processed == 13


def test_heartbeat_times_of_several_shards(whole: GatewayMetrics) -> None:
    assert whole.heartbeat == HeartbeatTimes(latest=1.1, smoothed=0.6000000000000001, minimum=0.1, p99=1.1)
    assert whole.shards[0].heartbeat == HeartbeatTimes(0.1, 0.1, 0.1, 0.1)
    assert GatewayMetrics().heartbeat == HeartbeatTimes()


def test_the_rate_of_late_is_that_of_all_shards(whole: GatewayMetrics) -> None:
    # 6 events each, within the 60 s since 40, and within those since 41.
    assert whole.events_per_second() == pytest.approx(6 / 60 + 0 / 59)
    whole.shards[1].measured.marks.note(99.0, 0)
    assert whole.events_per_second(10) == pytest.approx(6 / 10)
    with pytest.raises(ConfigurationError):
        whole.events_per_second(0)
