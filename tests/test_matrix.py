"""Which interpreters the matrix runs on, and what it says of the others."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import matrix


def test_of_each_minor_version_the_latest_patch_counts_and_old_ones_are_left_out() -> None:
    found = [
        ((3, 13, 0), Path("a")),
        ((3, 12, 1), Path("b")),
        ((3, 12, 10), Path("c")),
        ((3, 10, 13), Path("d")),
        ((3, 11, 7), Path("e")),
    ]
    assert matrix.latest(found) == {"3.11.7": Path("e"), "3.12.10": Path("c"), "3.13.0": Path("a")}


def test_an_interpreter_tells_its_version() -> None:
    assert matrix.version_of(Path(sys.executable)) == sys.version_info[:3]


def test_what_does_not_run_or_is_none_is_left_out(tmp_path: Path) -> None:
    shim = tmp_path / "python3.12"
    shim.write_text("#!/bin/sh\necho 'the version is not installed' >&2\nexit 127\n", "utf-8")
    shim.chmod(0o755)
    assert matrix.version_of(shim) is None
    assert matrix.version_of(tmp_path / "python3.99") is None


def test_path_and_pyenv_are_looked_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "bin/python3",
        "bin/python3-config",
        "versions/3.12.1/bin/python3.12",
        "versions/2.7.18/bin/python2.7",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    assert [str(path.relative_to(tmp_path)) for path in matrix.candidates()] == [
        "bin/python3",
        "versions/3.12.1/bin/python3.12",
    ]


def test_the_supported_versions_are_those_of_the_package() -> None:
    assert matrix.supported() == ["3.11", "3.12", "3.13"]


def is_3_12_1(_path: Path) -> tuple[int, ...]:
    return (3, 12, 1)


def fails(_version: str, _python: Path, _arguments: list[str]) -> str:
    return "FAILED (exit 1)"


def test_a_version_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runs: list[tuple[str, list[str]]] = []

    def run(version: str, _python: Path, arguments: list[str]) -> str:
        runs.append((version, arguments))
        return "passed"

    monkeypatch.setattr(matrix, "candidates", lambda: [Path("a")])
    monkeypatch.setattr(matrix, "version_of", is_3_12_1)
    monkeypatch.setattr(matrix, "verdict", run)
    assert matrix.main(["tests/x"]) == 0
    assert runs == [("3.12.1", ["tests/x"])]
    assert capsys.readouterr().out.split("\n")[1:-1] == [
        "CPython 3.12.1: passed",
        "CPython 3.11: not found, neither on PATH nor under pyenv",
        "CPython 3.13: not found, neither on PATH nor under pyenv",
    ]


@pytest.mark.parametrize("found", [[], [Path("a")]])
def test_nothing_found_or_a_failure_is_no_success(found: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matrix, "candidates", lambda: found)
    monkeypatch.setattr(matrix, "version_of", is_3_12_1)
    monkeypatch.setattr(matrix, "verdict", fails)
    assert matrix.main([]) == 1
