"""Shows a change to tests that are imported with it: for what a module does when it is imported.

This process must not have imported the core. The tests of the changed module itself come first, with those of whatever
found its neighbours; then all that are quick.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Final, Protocol

import attrs

from mutants.collected import FOUND, ROOT, Collected, Test, first_failure, with_tests
from mutants.forking import Say, in_a_fork
from mutants.installing import Importing
from mutants.operators import Spot
from mutants.reach import Reach, varied
from mutants.running import TESTS, Judged, verdict_of

__all__ = ["Anew"]

NOT_COLLECTED: Final = 3
GENERAL: Final = tuple(f"tests/qqgw_proto/{name}.py" for name in ("test_values", "test_words", "events/test_empty"))
"""What is asked of every class, event and error."""
QUICK: Final = 0.05
"""Seconds; slower tests are not asked, but those of the module itself."""


class ModuleChange(Protocol):
    """A change that can be imported."""

    @property
    def path(self) -> Path:
        """Of its file."""
        ...

    @property
    def spot(self) -> Spot:
        """What is changed."""
        ...

    @property
    def tree(self) -> ast.Module:
        """The module's syntax, in which it is changed."""
        ...

    @property
    def module(self) -> str:
        """Path below the package."""
        ...

    @property
    def mirrored(self) -> str:
        """How the names of its module's own tests begin."""
        ...


@attrs.define
class Anew:
    """Judges by importing all anew.

    Attributes:
        reach: Which tests get to which lines.
        patience: Seconds of tests that one change is shown to.
        stages: How many are gone through.
    """

    reach: Reach
    patience: float
    stages: int = 3
    _finders: dict[str, dict[str, None]] = attrs.field(factory=lambda: defaultdict(dict))
    _latest: list[str] = attrs.field(factory=list[str])

    def is_sound(self) -> bool:
        """Whether nothing is found where nothing is changed."""
        return self._shown(None, TESTS, slowest=QUICK)[0] is False

    def judge(self, change: ModuleChange) -> Judged:
        """In three forks at most: the module's own tests, those of its neighbours, all."""
        finders = self._finders[change.module]
        own = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob(f"{change.mirrored}*.py"))
        early = list(dict.fromkeys((*GENERAL, *reversed(finders), *own, *self._latest)))[:8]
        around = ROOT.joinpath(*TESTS, change.module).parent.glob("test_*.py")
        stages = ((early, 1.0), (sorted(path.relative_to(ROOT).as_posix() for path in around), QUICK), (TESTS, QUICK))
        found, by = False, ""
        for files, slowest in stages[: self.stages]:
            found, by = self._shown(change, files, slowest) if files and not found else (found, by)
        file, is_test, _ = by.partition("::")
        if found and is_test:
            finders.pop(file, None)
            finders[file] = None
            self._latest = [file]
        return found, by

    def _shown(self, change: ModuleChange | None, files: Sequence[str], slowest: float) -> Judged:
        def seconds(test: Test) -> float:
            return self.reach.seconds.get(test.nodeid, 0.0)

        def show(tell: Say) -> int:
            def work(tests: Sequence[Test]) -> int:
                quick = {test.nodeid: test for test in sorted(tests, key=seconds) if seconds(test) <= slowest}
                asked = [quick[name] for name in varied(quick)]
                sums = accumulate(seconds(test) for test in asked)
                shown = [test for test, total in zip(asked, sums, strict=True) if total <= self.patience]
                return first_failure(plugin, shown, seconds, tell)

            plugin = Collected(work)
            plugin.failed = lambda _: None
            tell(f"\nimporting for {files[0]}")
            if change is not None:
                _import_changed(change)
            code = with_tests(plugin, files)
            return FOUND if code == NOT_COLLECTED else code

        return verdict_of(in_a_fork(show), len(self.reach.seconds))


def _import_changed(change: ModuleChange) -> None:
    change.spot.make()
    tree = ast.fix_missing_locations(change.tree)
    name = f"qqgw_proto.{change.module.removesuffix('.py').replace('/', '.')}".removesuffix(".__init__")
    code = compile(tree, str(change.path), "exec", dont_inherit=True)
    Importing(name, change.path, code).install()
