"""What it costs to import a package: CPU time of a fresh interpreter, less that of one that imports nothing.

Every interpreter finds all modules compiled, as in a place where packages are installed: each import is made once
before the first is measured, and what it compiles is kept in a folder of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial

from benchmarks.clients import peers_python
from benchmarks.measuring import Candidates, Scale, headline, interleaved, table

__all__ = ["run"]

_MEASURE = "import time; began = time.process_time(); import {}; print((time.process_time() - began) * 1e3)"

OURS = {
    "qqgw_proto": "qqgw_proto",
    "qqgw_trio": "qqgw_trio",
    "qqgw_trio, and what its start loads": "qqgw_trio, qqgw_proto.wire.websocket, httpx2",
}
"""Modules by what is said of them. wsproto and the HTTP client are loaded when a bot begins to connect."""


def _import(environment: dict[str, str], python: str, modules: str) -> float:
    command = [python, "-c", _MEASURE.format(modules)]
    return float(subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout)


def run(scale: Scale) -> None:
    """Ours, and of the peers those that are whole clients."""
    peers = peers_python()
    with tempfile.TemporaryDirectory() as compiled:
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = compiled

        def measured(python: str, modules: str) -> Callable[[], float]:
            _import(environment, python, modules)
            return partial(_import, environment, python, modules)

        candidates: Candidates = {name: measured(sys.executable, modules) for name, modules in OURS.items()}
        if peers is not None:
            candidates = {**candidates, "qq-botpy": measured(peers, "botpy"), "hikari": measured(peers, "hikari")}
        headline("Importing")
        table(interleaved(candidates, scale.rounds), "ms", list(candidates)[len(OURS) :])
