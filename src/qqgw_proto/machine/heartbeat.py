"""The heartbeat of one connection: when to beat, when to take the connection for dead, how long answers take.

Rules (design 6; `protocol.md` 3.3): the first beat comes after a random part of the interval, then one every interval,
through a replay too; a connection is dead at the earlier of a beat falling due with `max_missed` unacknowledged and the
oldest unacknowledged one being older than max(timeout, interval + 5 s); any ACK clears all; an answer to the server's
own op 1 never touches that count; nothing outstanding while reading is paused can be missed. Seconds. Immutable.
"""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec.structs import replace

from qqgw_proto.config import HeartbeatConfig

__all__ = ["DEFAULT_INTERVAL", "Heartbeat", "RoundTrip", "interval_of_hello"]

DEFAULT_INTERVAL: Final = 45.0
SHORTEST_INTERVAL: Final = 1.0
LONGEST_INTERVAL: Final = 600.0
ACK_SLACK: Final = 5.0
ANSWER_SPACING: Final = 1.0
RECENT: Final = 8


def interval_of_hello(milliseconds: object) -> float | None:
    """The interval in seconds, or None where HELLO's value cannot be one.

    NaN, text and anything outside 1,000 to 600,000 ms is refused; so is a bool, which counts as 0 or 1 ms.
    """
    if not isinstance(milliseconds, int | float):
        return None
    seconds = milliseconds / 1000 if 0 < milliseconds < 1e9 else 0.0
    return seconds if SHORTEST_INTERVAL <= seconds <= LONGEST_INTERVAL else None


class RoundTrip(msgspec.Struct, frozen=True):
    """Times from beat to ACK in seconds: latest, smoothed (RFC 6298's 1/8), least, and the most recent ones."""

    latest: float | None = None
    smoothed: float | None = None
    minimum: float | None = None
    recent: tuple[float, ...] = ()

    def measured(self, sample: float) -> RoundTrip:
        """With one more sample."""
        if self.smoothed is None or self.minimum is None:
            return RoundTrip(sample, sample, sample, (sample,))
        smoothed = self.smoothed + (sample - self.smoothed) / 8
        return RoundTrip(sample, smoothed, min(self.minimum, sample), (*self.recent[1 - RECENT :], sample))


class Heartbeat(msgspec.Struct, frozen=True):
    """Where the heartbeat of one connection stands.

    Attributes:
        interval: From beat to beat.
        limit: Age of the oldest unacknowledged beat that is too much; None = no limit.
        max_missed: Unacknowledged beats that are too many when the next falls due.
        due: When the next beat is due.
        missed: Beats sent and not acknowledged.
        oldest: When the oldest unacknowledged beat was sent.
        sent: When the latest beat was sent.
        acknowledged: When the latest ACK came.
        answered: When the server's op 1 was last answered.
        measuring: When the beat was sent that the next ACK must belong to; None = the next ACK cannot be timed.
        doubtful: Whether ACKs of earlier beats may still come, so that the next beat cannot be timed.
        round_trip: How long ACKs take.
    """

    interval: float
    limit: float | None
    max_missed: int
    due: float
    missed: int = 0
    oldest: float | None = None
    sent: float | None = None
    acknowledged: float | None = None
    answered: float | None = None
    measuring: float | None = None
    doubtful: bool = False
    round_trip: RoundTrip = RoundTrip()

    @classmethod
    def begin(cls, config: HeartbeatConfig, interval: float, now: float, chance: float) -> Heartbeat:
        """At HELLO. A setting may only shorten the interval that the server named."""
        interval = interval if config.interval is None else min(interval, config.interval)
        limit = None if config.timeout is None else max(config.timeout, interval + ACK_SLACK)
        return cls(interval, limit, config.max_missed, due=now + interval * chance)

    def overdue_at(self) -> float | None:
        """When the oldest unacknowledged beat becomes too old."""
        return None if self.limit is None or self.oldest is None else self.oldest + self.limit

    def beat(self, now: float) -> Heartbeat:
        """One beat is sent. A late one is not made up for: the next is due one interval from now."""
        # With two outstanding it is not known which of them an ACK answers.
        measuring = now if self.oldest is None and not self.doubtful else None
        oldest = now if self.oldest is None else self.oldest
        due, missed = now + self.interval, self.missed + 1
        return replace(self, due=due, missed=missed, oldest=oldest, sent=now, measuring=measuring, doubtful=False)

    def ack(self, now: float) -> Heartbeat:
        """Op 11 came: it clears all that is outstanding."""
        round_trip = self.round_trip if self.measuring is None else self.round_trip.measured(now - self.measuring)
        doubtful = self.doubtful or self.missed > 1
        return replace(
            self, missed=0, oldest=None, acknowledged=now, measuring=None, doubtful=doubtful, round_trip=round_trip
        )

    def may_answer(self, now: float) -> bool:
        """Whether the server's op 1 is answered: at most once a second."""
        return self.answered is None or now - self.answered >= ANSWER_SPACING

    def excused(self, now: float) -> Heartbeat:
        """Reading is or was paused: whatever is outstanding gets one fresh period, and is not timed."""
        if self.oldest is None:
            return self
        return replace(self, missed=0, oldest=now, measuring=None, doubtful=True)
