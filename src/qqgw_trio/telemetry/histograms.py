"""How values are spread: histograms for times that are measured often, the latest few for those measured seldom.

All values are seconds. A `Histogram` costs one search among a dozen bounds for each value and never grows; a `Recent`
keeps the values themselves, at most `MOST`.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from typing import Final

__all__ = ["BOUNDS", "Histogram", "Recent"]

BOUNDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds of the buckets; one more is above them all."""

MOST: Final = 128
"""Values that a `Recent` keeps."""


class Histogram:
    """Counts values by bucket.

    Attributes:
        sum: Of all values.
        highest: Of all values; 0 before the first.
    """

    __slots__ = ("_counts", "highest", "sum")

    def __init__(self) -> None:
        self._counts: list[int] = []
        self.sum = 0.0
        self.highest = 0.0

    @classmethod
    def total(cls, parts: Iterable[Histogram]) -> Histogram:
        """All values of several."""
        whole = cls()
        for part in parts:
            whole._counts = [mine + other for mine, other in zip(whole.counts, part.counts, strict=True)]
            whole.sum += part.sum
            whole.highest = max(whole.highest, part.highest)
        return whole

    @property
    def counts(self) -> list[int]:
        """For each of `BOUNDS` the values up to it and above the one before; last those above all."""
        return self._counts or [0] * (len(BOUNDS) + 1)

    @property
    def count(self) -> int:
        """How many values there were."""
        return sum(self._counts)

    def observe(self, value: float) -> None:
        """Takes one value; one below 0, of a clock that was set back, counts as 0."""
        value = max(value, 0.0)
        if not self._counts:
            self._counts = self.counts  # Most shards of a large bot are idle: nothing is kept for them.
        self._counts[bisect_left(BOUNDS, value)] += 1
        self.sum += value
        self.highest = max(self.highest, value)

    def quantile(self, share: float) -> float | None:
        """The smallest bound (or the highest value) that this share of the values does not exceed.

        Args:
            share: From 0 to 1; 0.99 for p99.

        Returns:
            None before the first value.
        """
        left = max(math.ceil(share * self.count), 1)
        if not self.count:
            return None
        for bound, count in zip(BOUNDS, self.counts, strict=False):
            left -= count
            if left <= 0:
                return min(bound, self.highest)
        return self.highest

    def cumulative(self) -> list[tuple[float, int]]:
        """For each bound, infinity last, how many values are not above it."""
        told: list[tuple[float, int]] = []
        below = 0
        for bound, count in zip((*BOUNDS, math.inf), self.counts, strict=True):
            below += count
            told.append((bound, below))
        return told


class Recent:
    """The latest values, the newest last."""

    __slots__ = ("values",)

    def __init__(self, values: Iterable[float] = ()) -> None:
        self.values = array("d", values)

    @classmethod
    def total(cls, parts: Iterable[Recent]) -> Recent:
        """The values of several."""
        return cls(value for part in parts for value in part.values)

    def add(self, value: float) -> None:
        """Takes one value; the oldest goes where there are too many."""
        self.values.append(value)
        if len(self.values) > MOST:
            del self.values[0]

    def quantile(self, share: float) -> float | None:
        """The smallest value that this share of the values does not exceed; None if there are no values."""
        ordered = sorted(self.values)
        return ordered[max(math.ceil(share * len(ordered)), 1) - 1] if ordered else None
