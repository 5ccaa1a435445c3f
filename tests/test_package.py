"""What a user gets from the wheel: an empty environment, `pip install`, and the demo runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent

# Nothing of this test run may reach the new environment: it must find the package in the wheel, or not at all.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV", "VIRTUAL_"))}


def run(*command: str | Path, directory: Path) -> str:
    done = subprocess.run(command, cwd=directory, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", directory, ROOT, directory=directory)
    [built] = directory.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of programs of a new environment that holds the wheel and what it depends on."""
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment)
    found = environment / ("Scripts" if sys.platform == "win32" else "bin")
    # This run's own pip installs into it, and compiles nothing: most of what is installed, the demo never imports.
    pip = (sys.executable, "-m", "pip", "--python", found / "python", "install", "--no-input", "--no-compile")
    run(*pip, "--constraint", ROOT / "constraints.txt", wheel, directory=environment)
    return found


def test_the_wheel_holds_both_packages_their_type_markers_and_the_licence(wheel: Path) -> None:
    names = ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names} == {"qqgw_proto", "qqgw_trio", "qqgw-0.1.0.dist-info"}
    assert {
        "qqgw_proto/py.typed",
        "qqgw_trio/py.typed",
        "qqgw-0.1.0.dist-info/licenses/LICENSE",
    } <= set(names)


@pytest.mark.long
def test_the_demo_runs_from_an_empty_environment(programs: Path, tmp_path: Path) -> None:
    summary = json.loads(run(programs / "qqgw", "demo", "--json", directory=tmp_path).splitlines()[-1])
    assert summary["lost"] == 0
    assert summary["duplicated"] == 0
    assert summary["sent"] == summary["handled"] == 300
    assert summary["gaps"] == 0
    assert summary["identifies"] == 1
    assert summary["resumes"] >= 2
