"""Where other people's clients are installed, and what is said when they cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from interop.environments import Unavailable, environment


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / "client.json"
    path.write_text("{}", "utf-8")
    return path


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def put(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    path.chmod(0o755)


def test_without_node_it_is_unavailable(package: Path, bin_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="node and npm are not on PATH"):
        environment(package, tmp_path / "home")


def test_an_installer_that_fails_is_named_and_what_it_said_is_kept(
    package: Path, bin_folder: Path, tmp_path: Path
) -> None:
    put(bin_folder / "node", "")
    put(bin_folder / "npm", "echo 'out of reach'; exit 7")
    with pytest.raises(Unavailable, match=r"npm ended with 7; what it said is in .*client\.install\.log"):
        environment(package, tmp_path / "home")
    assert (tmp_path / "home" / "client.install.log").read_text("utf-8") == "out of reach\n"


def test_a_second_run_installs_nothing_unless_the_file_has_changed(
    package: Path, bin_folder: Path, tmp_path: Path
) -> None:
    put(bin_folder / "node", "")
    put(bin_folder / "npm", f'echo run >> "{tmp_path}/runs"')
    environment(package, tmp_path / "home")
    environment(package, tmp_path / "home")
    package.write_text('{"private": true}', "utf-8")
    made = environment(package, tmp_path / "home")
    assert (tmp_path / "runs").read_text("utf-8") == "run\nrun\n"
    assert made.command == (str(bin_folder / "node"), "--require", str(tmp_path / "lead_home.cjs"))
    assert made.variables == {"NODE_PATH": str(tmp_path / "home" / "client" / "node_modules")}
    assert (made.place / "package.json").read_text("utf-8") == '{"private": true}'


def test_one_that_failed_is_made_anew(package: Path, bin_folder: Path, tmp_path: Path) -> None:
    put(bin_folder / "node", "")
    put(bin_folder / "npm", "exit 1")
    with pytest.raises(Unavailable):
        environment(package, tmp_path / "home")
    put(bin_folder / "npm", "exit 0")
    assert environment(package, tmp_path / "home").place == tmp_path / "home" / "client"
