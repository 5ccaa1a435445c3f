"""Every interleaving of 2 faults and 1 crash, with 3 events and 2 sessions, on the real classes: no invariant breaks,
nothing is ever stuck, every state of the client is seen.

The same as `make model`. The recorded number keeps the model from quietly growing smaller.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
RECORDED = 360_000
"""Distinct states, rounded down, when this was written."""


@pytest.mark.long
def test_nothing_breaks_nothing_is_stuck_and_every_state_is_seen() -> None:
    # A process of its own, not traced for coverage: that would cost several times as much.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    environment["PYTHONPATH"] = f"{ROOT / 'src'}{os.pathsep}{ROOT / 'tests'}"
    command = [sys.executable, "-m", "model", "2", "1"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr)  # noqa: T201 - states, edges, seconds
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert report["never"] == []
    assert report["states"] >= RECORDED
