"""Runs the tests on every CPython >= 3.11 that this machine has, each in an environment of its own.

    python tests/matrix.py [arguments of pytest]

Looks on PATH and among pyenv's versions. Of several patch releases the latest counts. Environments stand under
`build/matrix` and are made anew when `pyproject.toml` or `constraints.txt` is newer. The last lines say for each
version whether its tests passed, and which of the supported ones was not found. Ends with 1 when a test failed or no
interpreter was found. Needs nothing but the standard library.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "build" / "matrix"
WHAT_AN_ENVIRONMENT_IS_MADE_OF = (ROOT / "pyproject.toml", ROOT / "constraints.txt")
OLDEST = (3, 11)

_TELL = "import json, platform, sys; print(json.dumps([platform.python_implementation(), *sys.version_info[:4]]))"


def candidates() -> list[Path]:
    """Files that may be interpreters, from PATH and from pyenv."""
    folders = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    folders += sorted(pyenv.glob("*/bin"))
    names = re.compile(r"python3(\.\d+)?")
    return [path for folder in folders if folder.is_dir() for path in folder.iterdir() if names.fullmatch(path.name)]


def version_of(python: Path) -> tuple[int, ...] | None:
    """The version of a released CPython; None of anything else."""
    try:
        done = subprocess.run([python, "-c", _TELL], capture_output=True, text=True, timeout=30, check=False)
        implementation, *version, level = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None  # A version manager's shim says that its version is not installed.
    return tuple(version) if (implementation, level) == ("CPython", "final") else None


def latest(found: Iterable[tuple[tuple[int, ...], Path]]) -> dict[str, Path]:
    """For each minor version from the oldest on the interpreter of the highest patch release, oldest first."""
    best: dict[tuple[int, ...], tuple[tuple[int, ...], Path]] = {}
    for version, python in found:
        minor = version[:2]
        if minor >= OLDEST and (minor not in best or version > best[minor][0]):
            best[minor] = (version, python)
    return {".".join(map(str, version)): python for _, (version, python) in sorted(best.items())}


def supported() -> list[str]:
    """The minor versions that `pyproject.toml` names."""
    classifiers = WHAT_AN_ENVIRONMENT_IS_MADE_OF[0].read_text("utf-8")
    return re.findall(r'"Programming Language :: Python :: (3\.\d+)"', classifiers)


def environment(version: str, python: Path) -> Path:
    """The interpreter of an environment with the project and its tests' needs in it.

    Raises:
        subprocess.CalledProcessError: It could not be made.
    """
    place = HOME / version
    stamp, inside = place / "made.stamp", place / "bin" / "python"
    newest = max(path.stat().st_mtime for path in WHAT_AN_ENVIRONMENT_IS_MADE_OF)
    if not stamp.exists() or stamp.stat().st_mtime < newest:
        subprocess.run([python, "-m", "venv", "--clear", place], check=True)
        install = [str(inside), "-m", "pip", "install", "--quiet", "--constraint", str(ROOT / "constraints.txt")]
        subprocess.run([*install, "--editable", f"{ROOT}[dev]"], check=True)
        stamp.touch()
    return inside


def verdict(version: str, python: Path, arguments: list[str]) -> str:
    """Runs the tests on one interpreter."""
    say(f"== CPython {version} ({python})")
    try:
        inside = environment(version, python)
    except subprocess.CalledProcessError as error:
        return f"no environment could be made (exit {error.returncode})"
    options = ["-m", "pytest", "--numprocesses=auto", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run([inside, *options], cwd=ROOT, check=False)
    return "passed" if done.returncode == 0 else f"FAILED (exit {done.returncode})"


def say(line: str) -> None:
    """One line, at once."""
    print(line, flush=True)  # noqa: T201


def main(arguments: list[str]) -> int:
    """The command line; the arguments are pytest's."""
    told = ((version_of(path), path) for path in candidates())
    found = latest((version, path) for version, path in told if version is not None)
    verdicts = {version: verdict(version, python, arguments) for version, python in found.items()}
    say("")
    for version, words in verdicts.items():
        say(f"CPython {version}: {words}")
    for minor in supported():
        if not any(version.startswith(f"{minor}.") for version in found):
            say(f"CPython {minor}: not found, neither on PATH nor under pyenv")
    return 0 if verdicts and all(words == "passed" for words in verdicts.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
