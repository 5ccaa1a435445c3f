"""Judges many changes of a program, one after the other, each in a fork of one process that has all tests collected."""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Final, Generic, Protocol, TypeAlias, TypeVar

import attrs

from mutants.book import KEPT, Book, Verdict, judges, program
from mutants.collected import FOUND, Collected, Test, first_failure, settle_memory, with_tests
from mutants.forking import Answer, Say, in_a_fork
from mutants.installing import CannotInstall
from mutants.reach import Notes, Reach, noted

__all__ = [
    "TESTS",
    "UNMADE",
    "Change",
    "Judged",
    "Warm",
    "chosen",
    "judge_all",
    "judge_with",
    "options",
    "put",
    "put_everywhere",
    "reach_path",
    "say",
    "sum_up",
    "verdict_of",
]

TESTS: Final = ("tests/qqgw_proto",)
CANNOT: Final = 71
"""Exit code of a fork in which the change could not be made."""
UNMADE: Final = "it cannot be made here"
Judged: TypeAlias = tuple[bool, str]
"""Whether a change was found, and by what."""


class Change(Protocol):
    """One change; `str` names it, the same in every run."""

    @property
    def places(self) -> Sequence[str]:
        """Where a test must come by to see it, the more telling first; the last names what changes it belongs with."""
        ...

    def install(self) -> None:
        """Makes the change in this process."""
        ...


C = TypeVar("C", bound=Change)


def options(what: str) -> argparse.ArgumentParser:
    """The options that every script of this folder has."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--count", type=int, help="so many changes, chosen by the seed (all)")
    parser.add_argument("--seed", type=int, default=1, help="chooses changes and targets (1)")
    parser.add_argument("--minutes", type=float, default=600.0, help="no further change is begun after these (600)")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds of tests that see a change (60)")
    parser.add_argument("--only", default="", help="changes with this in their name")
    parser.add_argument("--fresh", action="store_true", help="judge again what was judged")
    return parser


def chosen(changes: Sequence[C], arguments: argparse.Namespace) -> list[C]:
    """Those that the options ask for."""
    asked = [change for change in changes if arguments.only in str(change)]
    count = arguments.count or len(asked)
    return random.Random(arguments.seed).sample(asked, count) if count < len(asked) else asked


@attrs.define
class Warm(Generic[C]):
    """Shows a change to collected tests, in a fork.

    Attributes:
        plugin: Collected them.
        tests: By their names.
        reach: Where they get.
        early: Names of tests that are asked before others that get there too.
        patience: Seconds of tests, as measured, that one change is shown to.
    """

    plugin: Collected
    tests: dict[str, Test]
    reach: Reach
    early: Callable[[C], Iterable[str]] | None = None
    patience: float = 1e9
    _finders: dict[str, dict[str, None]] = attrs.field(factory=lambda: defaultdict(dict))

    def judge(self, change: C) -> Judged:
        """The tests that found its neighbours first."""
        finders = self._finders[change.places[-1]]
        early = self.early(change) if self.early is not None else ()
        names = self._shown(self.reach.tests_at(change.places, (*reversed(finders), *early)))

        def show(tell: Say) -> int:
            try:
                change.install()
            except CannotInstall:
                return CANNOT
            tests = [self.tests[name] for name in names]
            return first_failure(self.plugin, tests, lambda test: self.reach.seconds[test.nodeid], tell)

        found, by = verdict_of(in_a_fork(show), len(names))
        if found:
            finders.pop(by, None)
            finders[by] = None
        return found, by

    def _shown(self, names: Iterable[str]) -> list[str]:
        left, shown = self.patience, list[str]()
        for name in names:
            left -= self.reach.seconds[name]
            if left < 0 and shown:
                break
            shown.append(name)
        return shown


def verdict_of(answer: Answer, asked: int) -> Judged:
    """What the end of a fork says."""
    if answer.code == CANNOT:
        return False, UNMADE
    if answer.code == 0:
        return False, f"{asked} tests saw it"
    by = answer.said.rpartition("\n")[2]
    return True, by if answer.code == FOUND else f"{by} (ended by {answer.code})"


def judge_all(changes: Sequence[C], judge: Callable[[C], Judged], book: Book, minutes: float) -> None:
    """Judges what the book does not know; a line for each."""
    begun = time.monotonic()
    left = [change for change in changes if str(change) not in book.verdicts]
    say(f"{book.path.stem}: {len(changes)} changes, {len(left)} not judged yet")
    for number, change in enumerate(left, 1):
        if time.monotonic() > begun + 60 * minutes:
            break
        found, by = judge(change)
        book.keep(str(change), by, found=found)
        say(f"{number:5} of {len(left)}  {'found    ' if found else 'NOT FOUND'}  {change}  <- {by}")


def judge_with(name: str, notes: Notes, changes: Sequence[C], arguments: argparse.Namespace) -> int:
    """Collects the tests, notes once where they get, and judges; 0 where each change was found."""
    book = Book.opened(f"{name}-{arguments.seed}", arguments.patience, fresh=arguments.fresh)
    asked = chosen(changes, arguments)

    def work(tests: Sequence[Test]) -> int:
        path = reach_path(name)
        if not path.exists():
            answer = in_a_fork(lambda tell: noted(plugin, tests, notes, tell))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(answer.said, "utf-8")
        reach = Reach.read(path)
        if reach.failed:
            say(f"fails on the program as it is: {', '.join(reach.failed)}")
            return 2
        settle_memory()
        warm = Warm[C](plugin, {test.nodeid: test for test in tests}, reach, patience=arguments.patience)
        judge_all(asked, warm.judge, book, arguments.minutes)
        return sum_up(name, [book.verdicts.get(str(change)) for change in asked])

    plugin = Collected(work)
    return with_tests(plugin, TESTS)


def reach_path(name: str) -> Path:
    """Where it is kept which tests get where."""
    return KEPT / f"{name}-reach-{program()}-{judges()}.json"


def sum_up(name: str, verdicts: Sequence[Verdict | None], bar: float = 100.0) -> int:
    """The survivors and the figures; 0 where all are judged and so many in a hundred were found."""
    judged = [verdict for verdict in verdicts if verdict is not None]
    missed = [verdict for verdict in judged if not verdict.found]
    for verdict in missed:
        say(f"NOT FOUND: {verdict.change} ({verdict.by})")
    found, left = len(judged) - len(missed), len(verdicts) - len(judged)
    share = 100 * found / max(len(judged), 1)
    say(f"{name}: {found} of {len(judged)} changes found ({share:.1f} %), {left} not judged")
    return 1 if share < bar or left else 0


def put(module: ModuleType, name: str, value: object) -> None:
    """Replaces what a module knows under a name."""
    vars(module)[name] = value


def put_everywhere(old: object, new: object) -> None:
    """Replaces a value in every module that knows it, under whatever name."""
    for module in list(sys.modules.values()):
        for name, value in list(getattr(module, "__dict__", {}).items()):
            if value is old:
                put(module, name, new)


def say(line: str) -> None:
    """One line, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
