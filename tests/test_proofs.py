"""The pages that say which test proves what are held to the tests that there are."""

from __future__ import annotations

from pathlib import Path

import pytest

import proof as pages
from proof import CONFORMANCE, INVARIANTS, Proof, proofs

CHINESE = INVARIANTS.with_name("invariants.zh.md")
ROWS = proofs(INVARIANTS, r"I\d+")


def test_every_invariant_has_its_row_in_order() -> None:
    assert [row.id for row in ROWS] == [f"I{number}" for number in range(1, 15)]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_each_invariant_names_tests_that_exist_and_the_command_that_runs_them(row: Proof) -> None:
    assert row.tests
    assert pages.missing(row) == []
    assert row.cells[-1] == f"`make proof ID={row.id}`"


def test_the_chinese_page_names_the_same_tests_and_commands() -> None:
    chinese = proofs(CHINESE, r"I\d+")
    assert [(row.id, row.tests, row.cells[-1]) for row in chinese] == [
        (row.id, row.tests, row.cells[-1]) for row in ROWS
    ]


def test_the_command_runs_the_tests_of_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[list[str]] = []

    def run(arguments: list[str]) -> int:
        given.append(arguments)
        return 0

    monkeypatch.setattr(pytest, "main", run)
    assert pages.main(["I13"]) == 0
    [arguments] = given
    assert [one for one in arguments if "::" in one] == [str(pages.ROOT / test) for test in ROWS[12].tests]
    assert pages.main([]) == 0
    assert len(given[1]) > 30


def test_an_invariant_that_there_is_not_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert pages.main(["I15"]) == 2
    assert "no such invariant: I15; there are I1, I2" in capsys.readouterr().err


def test_a_test_that_does_not_exist_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("| I1 | x | `tests/test_proofs.py::test_no`, `tests/none.py::test_x` | y |\n", "utf-8")
    [row] = proofs(page, r"I\d+")
    assert pages.missing(row) == ["tests/test_proofs.py::test_no", "tests/none.py::test_x"]


# --- what a hostile peer may do

HOSTILE = proofs(CONFORMANCE, r"[WHM]\d+")


def test_every_row_of_conformance_is_there_in_order() -> None:
    assert [row.id for row in HOSTILE] == [
        *(f"W{number}" for number in range(1, 15)),
        *(f"H{number}" for number in range(1, 26)),
        *(f"M{number:02}" for number in range(1, 21)),
    ]


@pytest.mark.parametrize("row", HOSTILE, ids=str)
def test_each_row_of_conformance_names_tests_that_exist(row: Proof) -> None:
    assert row.tests
    assert pages.missing(row) == []
