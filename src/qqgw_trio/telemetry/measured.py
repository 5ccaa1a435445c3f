"""What is kept of one shard while it runs, for its metrics: written by `metering`, read by `metrics`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from qqgw_proto.machine.heartbeat import RoundTrip
from qqgw_trio.delivery.worker_config import Counters
from qqgw_trio.telemetry.counts import Counts
from qqgw_trio.telemetry.histograms import Histogram, Recent
from qqgw_trio.telemetry.rates import Marks

__all__ = ["Measured"]

LATEST: Final = 5
"""Causes that are remembered."""


class Measured(msgspec.Struct):
    """Numbers and instants; instants are seconds of the shard's clock.

    Attributes:
        own: What was counted of the shard itself.
        workers: What its events have come to.
        marks: How many events were done with, and when.
        round_trip: Heartbeats of the latest connection that had any.
        round_trips: Heartbeats of all connections, the latest hundred or so.
        quickest: The shortest of all round trips.
        event_latency: From the read of an event to the start of its handler; samples.
        handler_time: How long handlers took; samples.
        tick_lateness: How late deadlines were looked at.
        connection_start: When the first connection stood.
        last_heartbeat: When the latest ACK came.
        permit_asked: When the permit that the shard waits for was asked for; None while it waits for none.
        permit_wait: Seconds that it has waited for permits since the latest ACK.
        connected_at: When the present session was reached; None while there is none.
        causes: When connections and attempts ended, and why; the latest few.
    """

    own: Counts = msgspec.field(default_factory=Counts)
    workers: Callable[[], Counters] = Counters
    marks: Marks = msgspec.field(default_factory=Marks)
    round_trip: RoundTrip = RoundTrip()
    round_trips: Recent = msgspec.field(default_factory=Recent)
    quickest: float | None = None
    event_latency: Histogram = msgspec.field(default_factory=Histogram)
    handler_time: Histogram = msgspec.field(default_factory=Histogram)
    tick_lateness: Histogram = msgspec.field(default_factory=Histogram)
    connection_start: float | None = None
    last_heartbeat: float | None = None
    permit_asked: float | None = None
    permit_wait: float = 0.0
    connected_at: float | None = None
    causes: tuple[tuple[float, str], ...] = ()

    @property
    def processed(self) -> int:
        """Events done with."""
        workers = self.workers()
        return self.own.processed + workers.handled + workers.ignored

    @property
    def counts(self) -> Counts:
        """Everything that is counted, in a copy."""
        workers, counts = self.workers(), Counts.total((self.own,))
        # What the core drops as a repetition never reaches the workers.
        counts.received += workers.received + counts.duplicated
        counts.processed += workers.handled + workers.ignored
        counts.duplicated += workers.duplicated
        counts.failed += workers.failed
        counts.dropped += workers.dropped
        counts.errors += workers.errors
        return counts

    def remember(self, now: float, cause: str) -> None:
        """A connection or an attempt has ended."""
        self.causes = (*self.causes[1 - LATEST :], (now, cause))

    def ask_permit(self, now: float) -> None:
        """A permit is asked for; where the gate stays silent, several times."""
        self.permit_asked = now if self.permit_asked is None else self.permit_asked

    def get_permit(self, now: float) -> None:
        """It is granted."""
        self.permit_wait += 0.0 if self.permit_asked is None else now - self.permit_asked
        self.permit_asked = None

    def beat(self, round_trip: RoundTrip) -> None:
        """An ACK has come; where it is not known which beat it answers, the round trip is the one before."""
        latest = round_trip.latest
        if round_trip is not self.round_trip and latest is not None:
            self.round_trip = round_trip
            self.round_trips.add(latest)
            self.quickest = latest if self.quickest is None else min(self.quickest, latest)
