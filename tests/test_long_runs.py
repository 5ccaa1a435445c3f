"""The long runs of the core alone, each in a process of its own that is not measured: coverage would double them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("long_runs.py")


def said(*arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    command = [sys.executable, str(SCRIPT), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("part", ["1/2", "2/2"])
def test_m13_every_flip_of_a_byte_leads_to_another_attempt_and_raises_nothing(part: str) -> None:
    assert said("flips", "--part", part) == "17595 flips\n"  # half of 138 bytes, 255 others for each


def test_m17_a_million_events_through_one_core_leave_nothing_behind() -> None:
    assert said("events").startswith("1000000 events; ")


def test_a_mebibyte_in_chunks_of_one_byte_is_work_that_ends() -> None:
    assert said("bytes") == "1048615 bytes of an event, 100000 frames, 1048576 bytes of a header\n"
