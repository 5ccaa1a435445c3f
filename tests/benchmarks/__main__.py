"""`make bench`: all benchmarks, or those named; `--quick` to see that they run."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from typing import Final

from benchmarks import core, depth, idle, importing, latency, loopback, memory, metrics_cost, replay, shapes
from benchmarks.measuring import Scale, say

BENCHMARKS: Final[Mapping[str, Callable[[Scale], None]]] = {
    "core": core.run,
    "loopback": loopback.run,
    "latency": latency.run,
    "idle": idle.run,
    "metrics": metrics_cost.run,
    "replay": replay.run,
    "shapes": shapes.run,
    "depth": depth.run,
    "importing": importing.run,
    "memory": memory.run,
    "ten-million": memory.run_long,
}
ONLY_IF_NAMED: Final = ("ten-million",)

OURS = ("attrs", "msgspec", "trio", "wsproto")


def main(arguments: list[str]) -> None:
    """Runs them in their order."""
    quick = "--quick" in arguments
    names = [argument for argument in arguments if argument != "--quick"] or [
        name for name in BENCHMARKS if name not in ONLY_IF_NAMED
    ]
    scale = Scale(rounds=1 if quick else 7, quick=quick)
    versions = ", ".join(f"{name} {version(name)}" for name in OURS)
    say(f"Python {platform.python_version()}, {versions}; {platform.machine()}, {os.cpu_count()} CPUs")
    say(f"load before: {os.getloadavg()[0]:.1f}")
    for name in names:
        began = time.monotonic()
        BENCHMARKS[name](scale)
        say(f"\n({name}: {time.monotonic() - began:.0f} s, load {os.getloadavg()[0]:.1f})")


if __name__ == "__main__":
    main(sys.argv[1:])
