"""Which routes the server asked to leave alone, and for how long: "429 honoured per route".

A route is a method and a path without its query. What is over is forgotten, so the memory stays bounded by the limits
that a server can impose at one time.
"""

from __future__ import annotations

import trio

__all__ = ["RouteLimits"]

_MANY = 1000


class RouteLimits:
    """The limits in force. Times are seconds of trio's clock."""

    def __init__(self) -> None:
        self._closed_until: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._closed_until)

    def close(self, route: str, seconds: float) -> None:
        """Leave a route alone for that long, or for as long as it was to be left alone anyway."""
        now = trio.current_time()
        if len(self._closed_until) >= _MANY:
            self._closed_until = {name: until for name, until in self._closed_until.items() if until > now}
        self._closed_until[route] = max(now + seconds, self._closed_until.get(route, now))

    def wait_of(self, route: str) -> float:
        """Seconds until the route may be used; 0 or less if it may be now."""
        return self._closed_until.get(route, 0.0) - trio.current_time()
