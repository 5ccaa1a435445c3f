"""`GatewayMetrics`: how a shard, or a bot, is doing, as values.

`bot.metrics` sums all shards of the process, `bot.metrics.shards[0]` is one of them. `bot.metrics` stays the same
object for as long as the bot exists, and begins at zero whenever the bot is started. Everything is worked out when it
is asked for, so a metric that nobody reads costs nothing. Instants are seconds of `clock`. `metric_table` has the same
as a table for programs, `prometheus` as text.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

import msgspec

from qqgw_trio.connection.clock import Clock
from qqgw_trio.telemetry.counts import Counts
from qqgw_trio.telemetry.histograms import Histogram, Recent
from qqgw_trio.telemetry.measured import Measured

__all__ = ["GatewayMetrics", "HeartbeatTimes"]

_NO_SHARDS: Mapping[int, GatewayMetrics] = MappingProxyType({})


class HeartbeatTimes(msgspec.Struct, frozen=True):
    """From heartbeat to ACK, in seconds; None before the first.

    Attributes:
        latest: Of the newest one; of several shards the longest.
        smoothed: As TCP smooths it (RFC 6298); of several shards the mean.
        minimum: Of all.
        p99: Of the latest hundred or so of each shard.
    """

    latest: float | None = None
    smoothed: float | None = None
    minimum: float | None = None
    p99: float | None = None


class GatewayMetrics:
    """Counters and times of one shard, or the sum over several.

    Args:
        clock: Seconds, monotonic.
        shards: By shard id the metrics that these are the sum of.
    """

    def __init__(self, clock: Clock = time.monotonic, shards: Mapping[int, GatewayMetrics] = _NO_SHARDS) -> None:
        self.clock = clock
        self.measured = Measured()
        self._shards = shards

    # --- the specification's

    @property
    def events_received(self) -> int:
        """Events received, READY and RESUMED among them, repetitions too."""
        return self.counts.received

    @property
    def events_processed(self) -> int:
        """Events done with: their handlers have returned, or nobody wanted them."""
        return sum(part.processed for part in self._parts)

    @property
    def reconnection_count(self) -> int:
        """How often a session was reached again after a connection had ended."""
        return self.counts.reconnections

    @property
    def last_heartbeat(self) -> float | None:
        """When the latest heartbeat ACK came, on whatever connection; None before the first.

        Liveness is its age, never that of an event: a quiet bot is a healthy one.
        """
        return max(_told(part.last_heartbeat for part in self._parts), default=None)

    @property
    def connection_start(self) -> float | None:
        """When the first connection stood; None before. A reconnect does not move it, as it resets no counter."""
        return min(_told(part.connection_start for part in self._parts), default=None)

    def record_event_received(self) -> None:
        """Counts an event that did not come through the bot."""
        self.measured.own.received += 1

    def record_event_processed(self) -> None:
        """Counts an event as done with that did not come through the bot."""
        self.measured.own.processed += 1

    def get_events_per_second(self) -> float:
        """Events processed by the seconds since `connection_start`; 0.0 before."""
        start = self.connection_start
        seconds = 0.0 if start is None else self.clock() - start
        return self.events_processed / seconds if seconds > 0 else 0.0

    # --- and more

    @property
    def shards(self) -> Mapping[int, GatewayMetrics]:
        """The shards by id; none below the metrics of one shard."""
        return self._shards

    @property
    def counts(self) -> Counts:
        """Everything that is counted, in a copy."""
        return Counts.total(part.counts for part in self._parts)

    @property
    def queue_depth(self) -> int:
        """Events that wait for a handler or are being handled."""
        return sum(part.workers().depth for part in self._parts)

    @property
    def heartbeat(self) -> HeartbeatTimes:
        """How long heartbeat ACKs take."""
        trips = [part.round_trip for part in self._parts]
        smoothed = _told(trip.smoothed for trip in trips)
        return HeartbeatTimes(
            max(_told(trip.latest for trip in trips), default=None),
            sum(smoothed) / len(smoothed) if smoothed else None,
            min(_told(part.quickest for part in self._parts), default=None),
            Recent.total(part.round_trips for part in self._parts).quantile(0.99),
        )

    @property
    def heartbeat_age(self) -> float | None:
        """Seconds since `last_heartbeat`; of several shards the longest."""
        oldest = min(_told(part.last_heartbeat for part in self._parts), default=None)
        return None if oldest is None else self.clock() - oldest

    @property
    def event_latency(self) -> Histogram:
        """From the read of an event to the start of its handler; of samples."""
        return self._histogram(lambda part: part.event_latency)

    @property
    def handler_time(self) -> Histogram:
        """How long an event's handlers took together; of samples."""
        return self._histogram(lambda part: part.handler_time)

    @property
    def tick_lateness(self) -> Histogram:
        """How late the shard's deadlines were looked at: what a blocked event loop or a suspend does to it."""
        return self._histogram(lambda part: part.tick_lateness)

    def events_per_second(self, window: float = 60) -> float:
        """Events processed per second in the last seconds.

        Args:
            window: Seconds to look back, up to 300; fewer where the first connection is younger.

        Raises:
            ConfigurationError: The window is not above 0, or too long.
        """
        now = self.clock()
        return sum(part.marks.rate(now, window, part.connection_start, part.processed) for part in self._parts)

    @property
    def _parts(self) -> list[Measured]:
        return [self.measured, *(shard.measured for shard in self._shards.values())]

    def _histogram(self, choose: Callable[[Measured], Histogram]) -> Histogram:
        return Histogram.total(map(choose, self._parts))


def _told(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]
