"""Limits by route: the longest one counts, and what is over is forgotten."""

from __future__ import annotations

import trio
from trio.testing import MockClock

from qqgw_trio.rest.route_limits import RouteLimits


async def test_a_route_is_closed_for_the_longest_time_asked_for(autojump_clock: MockClock) -> None:
    limits = RouteLimits()
    limits.close("GET /x", 9)
    limits.close("GET /x", 3)
    assert limits.wait_of("GET /x") == 9
    assert limits.wait_of("GET /y") <= 0
    await trio.sleep(9)
    assert limits.wait_of("GET /x") == 0


async def test_limits_that_are_over_are_forgotten_before_they_become_many(autojump_clock: MockClock) -> None:
    limits = RouteLimits()
    for number in range(2500):
        limits.close(f"GET /{number}", 40)
        await trio.sleep(1)
    assert len(limits) <= 1000
    assert limits.wait_of("GET /2499") == 39
