"""Which test gets where, and how long it takes: noted once, kept under `build/mutants`, so that each change of the
program is shown only to the tests that can see it, the quickest first.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import attrs

from mutants.collected import Collected, Test, seconds_of
from mutants.forking import Say

__all__ = ["ON_IMPORT", "Notes", "Reach", "noted", "varied"]

ON_IMPORT: Final = -1
"""Stands for a test's number where a place is come by before the first test."""


class Notes(Protocol):
    """Takes note of the places that are come by; lives in a fork, so nothing needs to be put back."""

    def begin(self) -> None:
        """Once, before the first test."""
        ...

    def test(self, number: int) -> None:
        """The next test begins."""
        ...

    def places(self) -> Mapping[str, Iterable[int]]:
        """Every place, with the numbers of the tests that came by."""
        ...


@attrs.frozen
class Reach:
    """What was noted.

    Attributes:
        seconds: Of the processor, by the test's name.
        places: The names of the tests that came by: of each test function the quickest example, then the others.
        imported: Places that are come by on import.
        failed: Tests that fail on the program as it is.
    """

    seconds: dict[str, float]
    places: dict[str, list[str]]
    imported: frozenset[str]
    failed: list[str]

    @classmethod
    def read(cls, path: Path) -> Reach:
        """What `noted` gave."""
        read: Any = json.loads(path.read_text("utf-8"))
        names, seconds = read["names"], dict(zip(read["names"], read["seconds"], strict=True))
        places = {
            place: varied(sorted((names[one] for one in numbers if one != ON_IMPORT), key=lambda name: seconds[name]))
            for place, numbers in read["places"].items()
        }
        imported = frozenset(place for place, numbers in read["places"].items() if ON_IMPORT in numbers)
        return cls(seconds, places, imported, read["failed"])

    def tests_at(self, places: Iterable[str], first: Iterable[str] = ()) -> list[str]:
        """Those that came by, at the earlier places first; of these, those named in `first` before all others."""
        there = dict.fromkeys(name for place in places for name in self.places.get(place, ()))
        return list(dict.fromkeys((*(name for name in first if name in there), *there)))


def varied(names: Iterable[str]) -> list[str]:
    """One of each test function, then the second of each that has more examples, and so on."""
    seen: Counter[str] = Counter()
    turns: list[tuple[int, str]] = []
    for name in names:
        function = name.partition("[")[0]
        turns.append((seen[function], name))
        seen[function] += 1
    return [name for _, name in sorted(turns, key=lambda turn: turn[0])]


def noted(plugin: Collected, tests: Sequence[Test], notes: Notes, say: Say) -> int:
    """Runs every test once, in this process, and says what `Reach.read` reads."""
    failed: list[str] = []
    seconds: list[float] = []
    plugin.failed = lambda test: failed.append(test.nodeid)
    notes.begin()
    for number, test in enumerate(tests):
        notes.test(number)
        seconds.append(round(seconds_of(test), 5))
    places = {place: sorted(set(numbers)) for place, numbers in notes.places().items()}
    names = [test.nodeid for test in tests]
    say(json.dumps({"names": names, "seconds": seconds, "failed": failed, "places": places}))
    return 0
