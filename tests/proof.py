"""Which tests prove what, as `docs/invariants.md` and `docs/conformance.md` say it; run as a script, it runs them.

    python tests/proof.py I1 I14     the tests of these rows
    python tests/proof.py            those of all invariants

A row of such a page begins with an id and names its tests in code type, as `tests/….py::test_…`.
"""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from pathlib import Path
from typing import Final

import attrs
import pytest

ROOT: Final = Path(__file__).resolve().parent.parent
INVARIANTS: Final = ROOT / "docs" / "invariants.md"
CONFORMANCE: Final = ROOT / "docs" / "conformance.md"

_TEST: Final = re.compile(r"`(tests/[\w/]+\.py::test_\w+)`")


@attrs.frozen
class Proof:
    """One row: its id, its cells as they stand, and the tests that it names."""

    id: str
    cells: tuple[str, ...]
    tests: tuple[str, ...]

    def __str__(self) -> str:
        return self.id


def proofs(page: Path, form: str) -> list[Proof]:
    """The rows of a page whose first cell has a form, in their order."""
    found: list[Proof] = []
    for line in page.read_text("utf-8").splitlines():
        cells = tuple(cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1])
        if cells and re.fullmatch(form, cells[0]):
            found.append(Proof(cells[0], cells, tuple(_TEST.findall(line))))
    return found


@cache
def names_of_tests(file: str) -> frozenset[str]:
    """The test functions of a file; none where there is no such file."""
    path = ROOT / file
    if not path.is_file():
        return frozenset()
    functions = (node for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    return frozenset(node.name for node in functions if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def missing(proof: Proof) -> list[str]:
    """The tests that a row names and that do not exist."""
    parts = ((test, *test.split("::")) for test in proof.tests)
    return [test for test, file, name in parts if name not in names_of_tests(file)]


def main(arguments: list[str]) -> int:
    """Runs the tests of the rows that were named, or of all."""
    rows = {proof.id: proof for proof in proofs(INVARIANTS, r"I\d+")}
    unknown = [name for name in arguments if name not in rows]
    if unknown:
        print(f"no such invariant: {', '.join(unknown)}; there are {', '.join(rows)}", file=sys.stderr)  # noqa: T201
        return 2
    chosen = [rows[name] for name in arguments] or list(rows.values())
    tests = dict.fromkeys(test for proof in chosen for test in proof.tests)
    return int(pytest.main(["--rootdir", str(ROOT), *(str(ROOT / test) for test in tests)]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
