"""`python tests/model/run_bugs.py`: each one-line bug of `bugs/` is applied to a copy of the sources and must be found.

A bug counts as found when the exploration breaks, with a trace of at most 25 moves; the smallest bounds that show it
are tried first.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
LONGEST = 25
BOUNDS = (("1", "0"), ("0", "1"), ("1", "1"))


def explored(sources: Path, bounds: tuple[str, str]) -> str:
    """What the exploration of a copy says; empty where all is well."""
    environment = {"PYTHONPATH": f"{sources}:{ROOT / 'tests'}", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-m", "model", *bounds],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def find(patch: Path) -> tuple[bool, str]:
    """Applies one bug and looks for it."""
    with tempfile.TemporaryDirectory() as folder:
        sources = Path(folder) / "src"
        shutil.copytree(ROOT / "src" / "qqgw_proto", sources / "qqgw_proto")
        subprocess.run(["patch", "-s", "-p1", "-i", str(patch)], cwd=folder, check=True)
        for bounds in BOUNDS:
            told = explored(sources, bounds)
            if told:
                lines = told.strip().splitlines()
                moves = lines[-1].count(" -> ")
                return 0 < moves <= LONGEST, f"{moves} moves: {lines[0]}\n    {lines[-1].strip()}"
    return False, "NOT FOUND"


def main() -> int:
    """Goes through all bugs."""
    missed = 0
    for patch in sorted((HERE / "bugs").glob("*.patch")):
        found, told = find(patch)
        missed += not found
        print(f"{'found ' if found else 'MISSED'} {patch.stem}\n    {told}", flush=True)  # noqa: T201
    print(f"{missed} missed")  # noqa: T201
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
