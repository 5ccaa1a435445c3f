"""The verdicts on disk, under `build/mutants`: a run that was stopped goes on where it was.

"Found" holds as long as the program and the test that found it are the same; "not found" as long as no file is another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import attrs

from mutants.collected import ROOT

__all__ = ["KEPT", "Book", "Verdict", "judges", "program"]

KEPT: Final = ROOT / "build" / "mutants"
PROGRAM: Final = ("src/qqgw_proto",)
JUDGES: Final = ("tests/qqgw_proto", "tests/support", "tests/mutants")


@attrs.frozen
class Verdict:
    """What came of a change.

    Attributes:
        change: Its name.
        found: Whether a test failed, or hung.
        by: The test; how many saw it in vain where none failed.
        proof: Digest of what the verdict rests on.
    """

    change: str
    found: bool
    by: str
    proof: str


def _digest(paths: Iterable[Path]) -> str:
    """Of files, and of all Python files below folders."""
    found = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*.py")) if path.is_dir() else (path,):
            found.update(file.read_bytes())
    return found.hexdigest()[:16]


def program() -> str:
    """Digest of the program as it stands."""
    return _digest(ROOT / folder for folder in PROGRAM)


def judges() -> str:
    """Digest of the tests."""
    return _digest(ROOT / folder for folder in JUDGES)


@attrs.define
class Book:
    """The verdicts of one script.

    Attributes:
        path: One JSON array a line.
        patience: How long a change was shown to tests before it was not found.
    """

    path: Path
    patience: float
    program: str = attrs.field(factory=program)
    judges: str = attrs.field(factory=judges)
    verdicts: dict[str, Verdict] = attrs.field(factory=dict[str, Verdict])

    @classmethod
    def opened(cls, name: str, patience: float, *, fresh: bool = False) -> Book:
        """With those that still hold; with none where they are to be judged again."""
        book = cls(KEPT / f"{name}.jsonl", patience)
        if fresh:
            book.path.unlink(missing_ok=True)
        lines = book.path.read_text("utf-8").splitlines() if book.path.exists() else []
        for verdict in (Verdict(*json.loads(line)) for line in lines):
            if verdict.proof == book._proof(verdict.by, found=verdict.found):
                book.verdicts[verdict.change] = verdict
        return book

    def keep(self, change: str, by: str, *, found: bool) -> Verdict:
        """Writes one."""
        verdict = Verdict(change, found, by, self._proof(by, found=found))
        self.verdicts[change] = verdict
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(attrs.astuple(verdict)) + "\n")
        return verdict

    def _proof(self, by: str, *, found: bool) -> str:
        test = ROOT / by.partition("::")[0]
        return f"{self.program}-{_digest([test]) if found and test.is_file() else f'{self.judges}-{self.patience:g}'}"
