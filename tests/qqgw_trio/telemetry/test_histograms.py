"""How values are spread."""

from __future__ import annotations

import math

from qqgw_trio.telemetry.histograms import BOUNDS, MOST, Histogram, Recent


def of(*values: float) -> Histogram:
    made = Histogram()
    for value in values:
        made.observe(value)
    return made


def test_a_value_counts_in_the_bucket_whose_bound_it_does_not_exceed() -> None:
    made = of(0.0005, 0.0006, 60.0, 61.0)
    assert made.counts == [1, 1, *[0] * 13, 1, 1]
    assert (made.count, made.highest) == (4, 61.0)
    assert math.isclose(made.sum, 121.0011)


def test_a_value_below_0_counts_as_0() -> None:
    made = of(-5.0)
    assert (made.counts[0], made.sum, made.highest) == (1, 0.0, 0.0)


def test_the_cumulative_counts_end_with_infinity() -> None:
    told = of(0.003, 0.003, 100.0).cumulative()
    assert told[:4] == [(0.0005, 0), (0.001, 0), (0.0025, 0), (0.005, 2)]
    assert told[-2:] == [(60.0, 2), (math.inf, 3)]
    assert len(told) == len(BOUNDS) + 1


def test_a_quantile_is_a_bound_or_the_highest_value() -> None:
    made = of(*[0.002] * 98, 0.3, 90.0)
    assert made.quantile(0.5) == 0.0025
    assert made.quantile(0.99) == 0.5
    assert made.quantile(1.0) == 90.0
    assert of(0.002).quantile(0.5) == 0.002
    assert of(0.002).quantile(0.0) == 0.002
    assert of().quantile(0.5) is None


def test_histograms_add_up() -> None:
    whole = Histogram.total([of(0.002, 7.0), of(0.002)])
    assert whole.counts == of(0.002, 0.002, 7.0).counts
    assert (whole.highest, whole.sum) == (7.0, 7.004)
    assert Histogram.total([]).count == 0


def test_recent_keeps_the_latest() -> None:
    made = Recent()
    for number in range(MOST + 2):
        made.add(float(number))
    assert (len(made.values), made.values[0], made.values[-1]) == (MOST, 2.0, MOST + 1.0)


def test_a_quantile_of_recent_values_is_one_of_them() -> None:
    made = Recent([3.0, 1.0, 2.0])
    assert (made.quantile(0.0), made.quantile(0.5), made.quantile(0.99)) == (1.0, 2.0, 3.0)
    assert Recent().quantile(0.99) is None


def test_recent_values_add_up() -> None:
    assert Recent.total([Recent([1.0]), Recent([2.0, 3.0])]).quantile(1.0) == 3.0
