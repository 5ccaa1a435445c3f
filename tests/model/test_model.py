"""Every interleaving within small bounds, on the real classes: no invariant breaks, nothing is ever stuck.

Two slices of the bounds run here, side by side: one fault and one crash; two faults; each with 3 events and 2 sessions.
`make model` runs both together (two faults and one crash), which takes minutes. The recorded numbers keep the model
from quietly growing smaller.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

# Faults, crashes, the states that the model had when this was written, and the states of the client it cannot visit:
# it is a crash's budget that stops the client, too.
SLICES: tuple[tuple[int, int, int, list[str]], ...] = ((1, 1, 67_000, []), (2, 0, 75_000, ["CLOSING", "STOPPED"]))


def begin(faults: int, crashes: int) -> subprocess.Popen[str]:
    """A process of its own for each slice, not traced for coverage: both cores, and no slower than need be."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    environment["PYTHONPATH"] = f"{ROOT / 'src'}{os.pathsep}{ROOT / 'tests'}"
    command = [sys.executable, "-m", "model", str(faults), str(crashes)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def test_nothing_breaks_nothing_is_stuck_and_every_state_is_seen() -> None:
    running = [(begin(faults, crashes), recorded, unseen) for faults, crashes, recorded, unseen in SLICES]
    for process, recorded, unseen in running:
        told, _ = process.communicate()
        assert process.returncode == 0, told
        report = json.loads(told)
        print(told)  # noqa: T201 - states, edges, seconds
        assert report["states"] >= recorded
        assert report["never"] == unseen
