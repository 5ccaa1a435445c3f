"""Which sequence numbers of one session are still open, as runs; the lower cursor of the loss contract (design 4).

A ledger covers every received number above `settled`: ascending, disjoint runs, each open (delivered, not yet settled)
or done. Neighbouring *consecutive* numbers of the same kind share a run, so a shard that settles in order keeps one run
however many events are under way; the cost of an operation grows with the number of runs, not of events. Numbers need
not be adjacent: a number that was never received stands in no run. Values are immutable.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import TypeAlias

import msgspec

__all__ = ["Ledger", "Run", "Span", "spans_of"]

Span: TypeAlias = tuple[int, int]
"""First and last number, both inclusive."""

Run: TypeAlias = tuple[int, int, bool]
"""First and last number, both inclusive, and whether they are open."""


def spans_of(numbers: Iterable[int]) -> list[Span]:
    """Joins ascending, distinct numbers into spans of consecutive ones."""
    spans: list[Span] = []
    for number in numbers:
        if spans and spans[-1][1] + 1 == number:
            spans[-1] = (spans[-1][0], number)
        else:
            spans.append((number, number))
    return spans


class Ledger(msgspec.Struct, frozen=True):
    """The numbers above the settled cursor.

    Attributes:
        settled: The highest received number below which nothing is open; 0 before the first.
        runs: All received numbers above it.
    """

    settled: int = 0
    runs: tuple[Run, ...] = ()

    @property
    def open_count(self) -> int:
        """How many numbers are open."""
        return sum(last - first + 1 for first, last, is_open in self.runs if is_open)

    @property
    def settled_above(self) -> tuple[Span, ...]:
        """What is settled above the cursor, as ascending spans."""
        return tuple((first, last) for first, last, is_open in self.runs if not is_open)

    def add(self, first: int, last: int, *, is_open: bool) -> Ledger:
        """Enters consecutive numbers, all above every number entered before."""
        return self.extended(((first, last, is_open),))

    def extended(self, runs: Iterable[Run]) -> Ledger:
        """Enters ascending runs, all above every number entered before; only the last one here may join them."""
        kept = self.runs[:-1]
        settled, tail = _normalised(self.settled, (*self.runs[-1:], *runs), at_the_bottom=not kept)
        return Ledger(settled, (*kept, *tail))

    def settle(self, numbers: Iterable[int]) -> Ledger:
        """Marks open numbers as done; those that are not open (settled before, never received) change nothing."""
        wanted = sorted(set(numbers))
        if not wanted or not self.runs or wanted[-1] <= self.settled:
            return self
        first, last, is_open = self.runs[0]
        if is_open and wanted[0] == first and wanted[-1] - first + 1 == len(wanted):
            # The usual case, events finished in the order received: the first run grows shorter, or nothing is open.
            if wanted[-1] < last:
                return Ledger(wanted[-1], ((wanted[-1] + 1, last, True), *self.runs[1:]))
            if len(self.runs) == 1:
                return Ledger(last)
        # Only the runs that the numbers lie in change, and those beside them may join: however many events are open.
        low = max(0, bisect_left(self.runs, wanted[0], key=_last) - 1)
        high = bisect_left(self.runs, wanted[-1] + 1, key=_first) + 1
        pieces: list[Run] = []
        for run in self.runs[low:high]:
            pieces.extend(_split(run, wanted) if run[2] else (run,))
        settled, middle = _normalised(self.settled, pieces, at_the_bottom=low == 0)
        while low == 0 and not middle and high < len(self.runs) and not self.runs[high][2]:
            settled = self.runs[high][1]
            high += 1
        return Ledger(settled, (*self.runs[:low], *middle, *self.runs[high:]))


_first: Callable[[Run], int] = itemgetter(0)
_last: Callable[[Run], int] = itemgetter(1)


def _split(run: Run, wanted: Sequence[int]) -> list[Run]:
    """Cuts the wanted numbers out of an open run."""
    first, last, _ = run
    low = bisect_left(wanted, first)
    high = bisect_left(wanted, last + 1, low)
    if high - low in (0, last - first + 1):  # None of them, or all: with many conversations most runs are short.
        return [(first, last, low == high)]
    pieces: list[Run] = []
    for hit_first, hit_last in spans_of(wanted[low:high]):
        if first < hit_first:
            pieces.append((first, hit_first - 1, True))
        pieces.append((hit_first, hit_last, False))
        first = hit_last + 1
    if first <= last:
        pieces.append((first, last, True))
    return pieces


def _normalised(settled: int, pieces: Iterable[Run], *, at_the_bottom: bool) -> tuple[int, list[Run]]:
    """Joins consecutive runs of the same kind; those done at the bottom raise the cursor instead."""
    runs: list[Run] = []
    for first, last, is_open in pieces:
        if at_the_bottom and not runs and not is_open:
            settled = last
        elif runs and runs[-1][2] == is_open and runs[-1][1] + 1 == first:
            runs[-1] = (runs[-1][0], last, is_open)
        else:
            runs.append((first, last, is_open))
    return settled, runs
