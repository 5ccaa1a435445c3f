"""Changes the code of the core, one small thing at a time, and sees whether its tests find each.

    python tests/mutants/code_changes.py                         every change of every module
    python tests/mutants/code_changes.py --only machine/ledger   those of one

What can be changed stands in `operators.py`; the tables have scripts of their own. A change inside a function is put
into the function that exists and shown to the tests that come by its line. What is done on import is shown to tests
that are imported anew (`anew.py`). Ends with 1 when fewer than 95 in 100 were found; those that `no_difference` lists
are not tried.
"""

from __future__ import annotations

import argparse
import ast
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import attrs
import coverage

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

from mutants.anew import Anew  # noqa: E402 - the paths come first
from mutants.book import Book, Verdict  # noqa: E402
from mutants.collected import Collected, Test, settle_memory, with_tests  # noqa: E402
from mutants.forking import Say, in_a_fork  # noqa: E402
from mutants.installing import install_functions, known_functions  # noqa: E402
from mutants.no_difference import no_difference  # noqa: E402
from mutants.operators import Spot, spots_of  # noqa: E402
from mutants.reach import ON_IMPORT, Reach, noted  # noqa: E402
from mutants.running import TESTS, UNMADE, Warm, chosen, judge_all, options, reach_path, say, sum_up  # noqa: E402

SOURCES: Final = ROOT / "src" / "qqgw_proto"
OTHERS: Final = ("machine/table.py", "machine/server_table.py", "testing/")
"""The tables have their own scripts; what is shipped for the tests of others is no part of a gateway."""
BAR: Final = 95.0
QUICK: Final = 0.1
"""Seconds, as measured with coverage; slower tests of the module itself come no earlier than others."""


@attrs.frozen(eq=False)
class CodeChange:
    """One change of one module."""

    path: Path
    spot: Spot
    number: int
    tree: ast.Module
    source: str

    def __str__(self) -> str:
        return f"{self.module}:{self.spot.line} {self.spot.function}: {self.what}"

    @property
    def what(self) -> str:
        """What is changed into what; numbered where a line has the same more than once."""
        return f"{self.spot} #{self.number}" if self.number else str(self.spot)

    @property
    def why_same(self) -> str:
        """Why no test can find it."""
        return no_difference(self.module, self.source.splitlines()[self.spot.line - 1].strip(), self.what)

    @property
    def module(self) -> str:
        """Path below the package."""
        return self.path.relative_to(SOURCES).as_posix()

    @property
    def places(self) -> tuple[str, ...]:
        """Its line, its statement; its function."""
        module, spot = self.module, self.spot
        return f"{module}:{spot.line}", f"{module}:{spot.statement}", f"{module} {spot.function}"

    @property
    def mirrored(self) -> str:
        """How the names of its module's own tests begin."""
        return f"tests/qqgw_proto/{self.module.removesuffix('.py').replace('__init__', '')}".replace(
            f"/{self.path.stem}", f"/test_{self.path.stem}"
        )

    def install(self) -> None:
        """Into the functions that exist."""
        self.spot.make()
        install_functions(self.path, self.source, self.tree)


def changes_of(path: Path) -> list[CodeChange]:
    """Every change of a module."""
    source = path.read_text("utf-8")
    tree = ast.parse(source)
    seen: Counter[tuple[int, str]] = Counter()
    made: list[CodeChange] = []
    for spot in spots_of(tree):
        key = (spot.line, str(spot))
        made.append(CodeChange(path, spot, seen[key], tree, source))
        seen[key] += 1
    return made


def every_change() -> list[CodeChange]:
    """Of all modules, but those that `OTHERS` names."""
    paths = sorted(SOURCES.rglob("*.py"))
    ours = [path for path in paths if not path.relative_to(SOURCES).as_posix().startswith(OTHERS)]
    return [change for path in ours for change in changes_of(path)]


@attrs.define
class Lines:
    """Which test runs which line."""

    measured: coverage.Coverage

    @classmethod
    def begun(cls) -> Lines:
        """Before the core is imported."""
        measured = coverage.Coverage(data_file=None, config_file=False, include=[f"{SOURCES}/*"])
        measured.start()
        return cls(measured)

    def begin(self) -> None:
        """It has."""

    def test(self, number: int) -> None:
        """The next one runs."""
        self.measured.switch_context(str(number))

    def places(self) -> Mapping[str, Iterable[int]]:
        """Every line that is run."""
        self.measured.stop()
        data = self.measured.get_data()
        return {
            f"{Path(file).relative_to(SOURCES).as_posix()}:{line}": [int(test or ON_IMPORT) for test in tests]
            for file in data.measured_files()
            for line, tests in data.contexts_by_lineno(file).items()
        }


def note_reach(path: Path) -> None:
    """Runs all tests once, with coverage, in a fork."""

    def work(tell: Say) -> int:
        lines = Lines.begun()
        plugin = Collected(lambda tests: noted(plugin, tests, lines, tell))
        return with_tests(plugin, TESTS)

    answer = in_a_fork(work)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(answer.said, "utf-8")


def judge_inside(asked: Sequence[CodeChange], reach: Reach, arguments: argparse.Namespace) -> None:
    """Shows what is changed inside functions to the tests that come by, in a fork that has them all."""

    def own(change: CodeChange) -> list[str]:
        names = [name for name in reach.tests_at(change.places) if name.startswith(change.mirrored)]
        return [name for name in names if reach.seconds[name] <= QUICK]

    def work(tests: Sequence[Test]) -> int:
        book = Book.opened("code-inside", arguments.patience)
        known_functions()
        settle_memory()
        warm = Warm[CodeChange](plugin, {test.nodeid: test for test in tests}, reach, own, arguments.patience)
        judge_all(asked, warm.judge, book, arguments.minutes)
        return 0

    plugin = Collected(work)
    in_a_fork(lambda _: with_tests(plugin, TESTS), alone=False)


def judge_anew(asked: Sequence[CodeChange], reach: Reach, arguments: argparse.Namespace) -> None:
    """Shows what is done on import, and could not be found from inside, to tests that are imported with it."""
    book, anew = Book.opened("code-anew", arguments.patience), Anew(reach, arguments.patience)
    if not anew.is_sound():
        raise SystemExit("fails on the program as it is, imported anew")
    judge_all(asked, anew.judge, book, arguments.minutes)


def needs_import(change: CodeChange, reach: Reach, verdict: Verdict | None) -> bool:
    """Whether it makes a difference on import, or may."""
    if not change.spot.inner:
        return True
    if verdict is None or verdict.found:
        return False
    return verdict.by == UNMADE or not reach.imported.isdisjoint(change.places)


def judge(asked: Sequence[CodeChange], arguments: argparse.Namespace) -> list[Verdict | None]:
    """Both ways; the verdict of each."""
    path = reach_path("code")
    if not path.exists():
        note_reach(path)
    reach = Reach.read(path)
    if reach.failed:
        raise SystemExit(f"fails on the program as it is: {', '.join(reach.failed)}")
    judge_inside([change for change in asked if change.spot.inner], reach, arguments)
    inside = Book.opened("code-inside", arguments.patience).verdicts
    judge_anew([one for one in asked if needs_import(one, reach, inside.get(str(one)))], reach, arguments)
    anew = Book.opened("code-anew", arguments.patience).verdicts
    return [anew.get(str(change), inside.get(str(change))) for change in asked]


def main() -> int:
    """The command line."""
    arguments = options("Changes the core's code and runs its tests on each change.").parse_args()
    for name in ("code-inside", "code-anew"):
        Book.opened(name, arguments.patience, fresh=arguments.fresh)
    everything = every_change()
    possible = [change for change in everything if not change.why_same]
    say(f"{len(everything)} changes, {len(everything) - len(possible)} of them make no difference: they are not tried")
    return sum_up("code", judge(chosen(possible, arguments), arguments), BAR)


if __name__ == "__main__":
    sys.exit(main())
