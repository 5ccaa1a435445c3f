"""Which clock a shard lives by, and how long it may sleep by another."""

from __future__ import annotations

import math
import time

import pytest
import trio
import trio.testing

from qqgw_trio.connection.clock import is_real_time, look_again_at, shard_clock


async def test_in_virtual_time_it_is_the_virtual_clock(autojump_clock: trio.testing.MockClock) -> None:
    clock = shard_clock()
    assert not is_real_time()
    assert clock() == 0.0
    await trio.sleep(86_400)
    assert clock() == 86_400.0


async def test_in_earnest_it_is_one_that_runs_on_through_a_suspend(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def clock_gettime(clock: int) -> float:
        asked.append(clock)
        return 7.0

    # Not every system has it.
    monkeypatch.setattr(time, "CLOCK_BOOTTIME", 77, raising=False)
    monkeypatch.setattr(time, "clock_gettime", clock_gettime)
    assert is_real_time()
    assert shard_clock()() == 7.0
    assert asked == [77]


async def test_where_there_is_none_it_is_trios(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(time, "CLOCK_BOOTTIME", raising=False)
    assert shard_clock() is trio.current_time


@pytest.mark.parametrize(
    ("instant", "expected"),
    [(None, math.inf), (107.0, 107.0), (5000.0, 5000.0), (90.0, 90.0)],
)
async def test_trios_own_alarm_is_to_be_trusted(
    autojump_clock: trio.testing.MockClock, instant: float | None, expected: float
) -> None:
    await trio.sleep(100)
    assert look_again_at(instant, trio.current_time) == expected


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (None, math.inf),
        (1003.0, 103.0),
        (1005.0, 105.0),
        # trio's clock may stand still for hours meanwhile: no nap is longer than 5 s.
        (1005.5, 105.0),
        (9000.0, 105.0),
        (900.0, 100.0),
    ],
)
async def test_another_clock_is_looked_at_every_few_seconds(
    autojump_clock: trio.testing.MockClock, instant: float | None, expected: float
) -> None:
    await trio.sleep(100)
    assert look_again_at(instant, lambda: 1000.0) == expected
