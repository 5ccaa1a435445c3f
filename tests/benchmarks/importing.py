"""What it costs to import a package: CPU time of a fresh interpreter, less that of one that imports nothing."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.clients import peers_python
from benchmarks.measuring import Candidates, Scale, headline, interleaved, table

__all__ = ["run"]

_MEASURE = "import time; began = time.process_time(); import {}; print((time.process_time() - began) * 1e3)"


def _import(python: str, package: str) -> float:
    done = subprocess.run([python, "-c", _MEASURE.format(package)], stdout=subprocess.PIPE, text=True, check=True)
    return float(done.stdout)


def run(scale: Scale) -> None:
    """Ours, and of the peers those that are whole clients."""
    candidates: Candidates = {
        "qqgw_proto": lambda: _import(sys.executable, "qqgw_proto"),
        "qqgw_trio": lambda: _import(sys.executable, "qqgw_trio"),
    }
    peers = peers_python()
    if peers is not None:
        candidates = {
            **candidates,
            "qq-botpy": lambda: _import(peers, "botpy"),
            "hikari": lambda: _import(peers, "hikari"),
        }
    headline("Importing")
    table(interleaved(candidates, scale.rounds), "ms", list(candidates)[2:])
