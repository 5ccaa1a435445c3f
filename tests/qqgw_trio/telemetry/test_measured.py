"""What is kept of one shard."""

from __future__ import annotations

from qqgw_proto.machine.heartbeat import RoundTrip
from qqgw_trio.delivery.worker_config import Counters
from qqgw_trio.telemetry.counts import Counts
from qqgw_trio.telemetry.measured import LATEST, Measured


def test_the_counts_are_the_shards_own_and_the_workers() -> None:
    workers = Counters(received=20, handled=5, ignored=4, duplicated=3, failed=2, dropped=1, depth=5, errors=7)
    measured = Measured(own=Counts(received=1, processed=1, duplicated=2, attempts=3), workers=lambda: workers)
    counts = measured.counts
    # Two repetitions were dropped before the workers saw them.
    assert counts.received == 1 + 20 + 2
    assert (counts.processed, measured.processed) == (1 + 5 + 4, 10)
    assert (counts.duplicated, counts.failed, counts.dropped, counts.errors) == (5, 2, 1, 7)
    assert counts.attempts == 3
    # Whatever was received is done with, or waits.
    done = counts.processed + counts.duplicated + counts.failed + counts.dropped
    assert counts.received == done + workers.depth
    assert measured.own == Counts(received=1, processed=1, duplicated=2, attempts=3)


def test_each_round_trip_counts_once() -> None:
    measured = Measured()
    first = RoundTrip().measured(0.2)
    measured.beat(first)
    measured.beat(first)  # an ACK of which nobody knows what it answers
    measured.beat(first.measured(0.1))
    measured.beat(RoundTrip())  # the first ACK of another connection is such a one
    assert list(measured.round_trips.values) == [0.2, 0.1]
    assert (measured.quickest, measured.round_trip.latest) == (0.1, 0.1)
    measured.beat(RoundTrip().measured(0.3))
    assert measured.quickest == 0.1


def test_the_latest_causes_are_remembered() -> None:
    measured = Measured()
    for number in range(LATEST + 1):
        measured.remember(float(number), str(number))
    assert [cause for _, cause in measured.causes] == ["1", "2", "3", "4", "5"]
