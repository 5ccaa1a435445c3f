"""Candidates measured in turn, in one run: medians, and ratios taken round by round.

A machine's speed drifts and others work on it. What runs within the same second drifts together, so a ratio is the
median of the rounds' ratios, not the ratio of two medians; the order of a round is turned round every second time.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

import attrs

__all__ = [
    "Candidates",
    "Figures",
    "Scale",
    "cpu_seconds",
    "headline",
    "in_turn",
    "interleaved",
    "per_event",
    "say",
    "table",
]

Candidates: TypeAlias = Mapping[str, Callable[[], float]]
"""By name what gives one figure of one round."""

Figures: TypeAlias = dict[str, list[float]]
"""By name the figures of all rounds."""


@attrs.frozen
class Scale:
    """How much is measured.

    Attributes:
        rounds: How often each candidate has its turn.
        events: Events of a usual round.
        quick: Whether it is only to be seen that everything runs.
    """

    rounds: int = 7
    events: int = 30_000
    quick: bool = False

    def of(self, usual: int, quick: int) -> int:
        """One number or the other."""
        return quick if self.quick else usual


def interleaved(candidates: Candidates, rounds: int) -> Figures:
    """Gives every candidate its turn in each round."""
    figures: Figures = {name: [] for name in candidates}
    for turn in range(rounds):
        for name in in_turn(candidates, turn):
            figures[name].append(candidates[name]())
    return figures


def in_turn(names: Iterable[str], turn: int) -> list[str]:
    """The names, in every second turn the other way round."""
    order = list(names)
    return order if turn % 2 == 0 else order[::-1]


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU time of this process for one call, the kernel's on its behalf included."""
    began = time.process_time()
    work()
    return time.process_time() - began


def per_event(work: Callable[[], object], events: int) -> Callable[[], float]:
    """CPU microseconds per event of one call."""
    return lambda: cpu_seconds(work) / events * 1e6


def ratio(figures: Sequence[float], reference: Sequence[float]) -> float:
    """How many times the reference this is, round by round."""
    return statistics.median(figure / other for figure, other in zip(figures, reference, strict=True))


def table(figures: Figures, unit: str, references: Sequence[str] = ()) -> None:
    """Prints a table: median, least, and how many times each reference's figure it is."""
    columns = [unit, "least", *(f"times {name}" for name in references)]
    rows = [["", *columns]]
    for name, values in figures.items():
        times = [f"{ratio(values, figures[reference]):.2f}" for reference in references]
        rows.append([name, f"{statistics.median(values):.2f}", f"{min(values):.2f}", *times])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        say(f"| {' | '.join(cells)} |")
        if number == 0:
            say(f"|{'|'.join(['-' * (widths[0] + 2), *('-' * (width + 1) + ':' for width in widths[1:])])}|")


def headline(title: str) -> None:
    """Begins a section of the report."""
    say(f"\n## {title}\n")


def say(line: str) -> None:
    """Prints one line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
