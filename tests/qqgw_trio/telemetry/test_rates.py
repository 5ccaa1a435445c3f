"""Growth within the last seconds."""

from __future__ import annotations

import math

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.telemetry.rates import Marks


def of(*marks: tuple[float, int]) -> Marks:
    made = Marks()
    for at, value in marks:
        made.note(at, value)
    return made


def test_nothing_was_noted_nothing_has_grown() -> None:
    assert Marks().rate(100.0, 60.0, 0.0, 5) == 0.0


def test_before_the_beginning_the_rate_is_0() -> None:
    assert of((10.0, 0)).rate(20.0, 60.0, None, 5) == 0.0
    assert of((10.0, 0)).rate(20.0, 60.0, 20.0, 5) == 0.0


def test_growth_within_the_window_counts_by_its_seconds() -> None:
    made = of(*((float(second), second * 10) for second in range(101)))
    assert made.rate(100.0, 10.0, 0.0, 1000) == 10.0
    assert made.rate(100.0, 60.0, 0.0, 1000) == 10.0


def test_a_young_bot_has_a_shorter_window() -> None:
    assert of((95.0, 0)).rate(100.0, 60.0, 95.0, 50) == 10.0


def test_what_grew_before_the_window_does_not_count() -> None:
    assert of((0.0, 0)).rate(100.0, 60.0, 0.0, 500) == 0.0
    assert of((0.0, 0), (90.0, 500)).rate(100.0, 10.0, 0.0, 530) == 3.0


def test_marks_are_a_second_apart_at_least() -> None:
    made = of((0.0, 0), (0.5, 7), (1.0, 9))
    assert made.next == 2.0
    assert made.grown(0.1, 20) == 11


def test_old_marks_go() -> None:
    made = of(*((float(second), second) for second in range(2000)))
    assert made.rate(2000.0, 300.0, 0.0, 2000) == 1.0
    assert made.grown(0.0, 2000) < 700


@pytest.mark.parametrize("window", [0.0, -1.0, 301.0, math.nan])
def test_a_window_that_cannot_be_looked_back_is_refused(window: float) -> None:
    with pytest.raises(ConfigurationError, match="the window must be above 0 and up to 300 s"):
        Marks().rate(0.0, window, 0.0, 0)
