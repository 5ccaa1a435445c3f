"""Environments of other people's clients: each under `build/interop`, with exactly the versions that its file names.

A `.txt` file is a requirements file, and its environment a virtual one; a `.json` file is a `package.json`, and its
environment a folder with `node_modules`. Nothing of ours is in them. What the installers said stands beside them; they
ask the registries that this machine is configured for. A second run installs nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import attrs

__all__ = ["HOME", "ROOT", "Environment", "Unavailable", "environment"]

ROOT: Final = Path(__file__).resolve().parent.parent.parent
HOME: Final = ROOT / "build" / "interop"

_PIP: Final = ("-m", "pip", "install", "--disable-pip-version-check", "--retries", "1", "--requirement", "made_of.txt")
_NPM: Final = ("install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1")
_PATIENCE: Final = 600.0


class Unavailable(Exception):
    """An environment cannot be made here; the words say why."""


@attrs.frozen
class Environment:
    """What a client's script is run with.

    Attributes:
        place: Where it stands.
        command: The interpreter, and what stands before the script.
        variables: What the process is told besides.
    """

    place: Path
    command: tuple[str, ...]
    variables: dict[str, str]


def environment(made_of: Path, home: Path = HOME) -> Environment:
    """The environment that a requirements file or a `package.json` asks for, made where it is missing.

    Raises:
        Unavailable: It cannot be made: no interpreter for it, or the installer failed.
    """
    place = home / made_of.stem
    if made_of.suffix == ".txt":
        python = str(place / "bin" / "python")
        _make(place, made_of, "made_of.txt", (sys.executable, "-m", "venv", "."), (python, *_PIP))
        return Environment(place, (python,), {"PYTHONPATH": ""})
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise Unavailable("node and npm are not on PATH")
    _make(place, made_of, "package.json", (npm, *_NPM))
    preload = str(made_of.parent / "lead_home.cjs")
    return Environment(place, (node, "--require", preload), {"NODE_PATH": str(place / "node_modules")})


def _make(place: Path, made_of: Path, bears: str, *commands: tuple[str, ...]) -> None:
    """Runs the commands in a folder that holds nothing but the file, unless this was done with the very same file."""
    wanted, stamp = made_of.read_text("utf-8"), place / "made.stamp"
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    (place / bears).write_text(wanted, "utf-8")
    with place.with_suffix(".install.log").open("w", encoding="utf-8") as log:
        for command in commands:
            _run(command, place, log.name, log.fileno())
    stamp.write_text(wanted, "utf-8")


def _run(command: tuple[str, ...], place: Path, log: str, said: int) -> None:
    name, where = Path(command[0]).name, os.path.relpath(log)
    try:
        subprocess.run(command, cwd=place, stdout=said, stderr=said, check=True, timeout=_PATIENCE)
    except subprocess.CalledProcessError as error:
        raise Unavailable(f"{name} ended with {error.returncode}; what it said is in {where}") from None
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{name} had not ended after {_PATIENCE:.0f} s; what it said is in {where}") from None
