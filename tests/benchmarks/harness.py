"""What every measured client is inside its process; needs nothing but the standard library, whatever the environment.

A client process reads orders from its standard input, one line each: URL and number of events. It connects, begins to
count at READY, and answers each order with one line of JSON. All candidates live through the whole run and get their
turns in it, so that none is measured at another time than the others.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

__all__ = ["IDENTIFY", "Meter", "PacedMeter", "serve"]

IDENTIFY = '{"op":2,"d":{"token":"QQBot t","intents":1,"shard":[0,1],"properties":{}}}'
"""What the peers that know no QQ gateway say after the handshake."""


class Meter:
    """CPU time of this process from READY to the last of so many events; the kernel's on its behalf is in it.

    Args:
        events: How many will come.
        finish: Called at the last.
    """

    def __init__(self, events: int, finish: Callable[[], None]) -> None:
        self.left = events
        self.events = events
        self.finish = finish
        self._began = 0.0
        self._ended = 0.0

    def begin(self) -> None:
        """READY came."""
        self._began = time.process_time()

    def handle(self, _event: object) -> None:
        """The handler: every candidate calls it for every event."""
        self.left -= 1
        if not self.left:
            self._ended = time.process_time()
            self.finish()

    def take(self, event_id: str) -> None:
        """The handler of a paced run, which wants to know when the event was sent."""
        self.handle(event_id)

    def answer(self) -> dict[str, float]:
        """What the order's line is answered with."""
        if self.left or not self._began:
            raise AssertionError(f"{self.left} of {self.events} events did not come")
        return {"us": (self._ended - self._began) / self.events * 1e6}


class PacedMeter(Meter):
    """The same for a paced run: the outer `id` of each event says when it was sent, on the system's monotonic clock."""

    def __init__(self, events: int, finish: Callable[[], None]) -> None:
        super().__init__(events, finish)
        self._delays: list[int] = []

    def take(self, event_id: str) -> None:
        """Notes how long the event was under way."""
        self._delays.append(time.monotonic_ns() - int(event_id))
        self.handle(event_id)

    def answer(self) -> dict[str, float]:
        """CPU time, median and 99th percentile of the delays in microseconds."""
        delays = sorted(self._delays)
        p50, p99 = delays[len(delays) // 2], delays[len(delays) * 99 // 100]
        return {**super().answer(), "p50": p50 / 1e3, "p99": p99 / 1e3}


def serve(measure: Callable[[str, int], dict[str, float]]) -> None:
    """Obeys orders until the standard input ends."""
    for line in sys.stdin:
        url, count = line.split()
        sys.stdout.write(json.dumps(measure(url, int(count))) + "\n")
        sys.stdout.flush()
