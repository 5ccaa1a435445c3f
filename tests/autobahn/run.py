"""Runs the Autobahn test suite against the WebSocket layer, as client and as server, and writes `docs/autobahn.md`.

    python tests/autobahn/run.py [client] [server] [--cases 1.* 7.3.1]

The suite exists for Python 2.7 only; a CPython 2.7 is looked for on PATH and among pyenv's versions, and an environment
with the suite made under `build/autobahn`. Compression is not offered, so its cases (12 and 13) are left out. Only
127.0.0.1 is listened on. Ends with 1 when a case is neither OK nor INFORMATIONAL, with 2 when the suite cannot be run.
The page is written only by a whole run.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parent.parent
sys.path[:0] = [str(ROOT / "src"), str(HERE.parent)]

from autobahn.echo import EchoServer, talk  # noqa: E402 - the paths come first

HOME: Final = ROOT / "build" / "autobahn"
PAGE: Final = ROOT / "docs" / "autobahn.md"
SUITE: Final = "autobahntestsuite==25.10.1"
AGENT: Final = "qqgw"
WITHOUT: Final = ["12.*", "13.*"]
GOOD: Final = ("OK", "INFORMATIONAL")

GROUPS: Final = {
    1: "framing",
    2: "pings and pongs",
    3: "reserved bits",
    4: "opcodes",
    5: "fragmentation",
    6: "UTF-8",
    7: "close handshake",
    9: "limits and performance",
    10: "auto-fragmentation",
}


def python_2() -> str | None:
    """A CPython 2.7."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for candidate in (shutil.which("python2.7"), *map(str, sorted(pyenv.glob("2.7.*/bin/python2.7")))):
        if candidate and not subprocess.run([candidate, "-c", ""], capture_output=True, check=False).returncode:
            return candidate
    return None


def suite() -> Path:
    """The interpreter of an environment with the suite in it.

    Raises:
        LookupError: There is no Python 2.7.
        subprocess.CalledProcessError: The suite could not be installed.
    """
    inside, stamp = HOME / "env" / "bin" / "python", HOME / "made.stamp"
    if stamp.exists():
        return inside
    python = python_2()
    if python is None:
        raise LookupError("no CPython 2.7 on PATH or under pyenv: the suite runs on nothing newer")
    shutil.rmtree(HOME, ignore_errors=True)
    tools = HOME / "tools"
    subprocess.run([python, "-m", "pip", "install", "-q", "--target", tools, "virtualenv==20.15.1"], check=True)
    subprocess.run(
        [python, "-m", "virtualenv", "-q", HOME / "env"], check=True, env={**os.environ, "PYTHONPATH": str(tools)}
    )
    install = [str(inside), "-m", "pip", "install", "-q"]
    subprocess.run([*install, "pip==20.3.4"], check=True)
    # One after the other: each of these is built with what came before it.
    for line in (HERE / "requirements.txt").read_text("utf-8").split():
        subprocess.run([*install, "--no-build-isolation", line], check=True)
    subprocess.run([*install, "--no-build-isolation", "--no-deps", SUITE], check=True)
    stamp.touch()
    return inside


@contextmanager
def wstest(python: Path, mode: str, spec: dict[str, object]) -> Generator[subprocess.Popen[bytes]]:
    """The suite at work on a specification."""
    path = HOME / f"{mode}.json"
    path.write_text(json.dumps(spec), "utf-8")
    command = [python, HERE / "wstest_on_loopback.py", "-m", mode, "-s", path, "-u", "0"]
    with (HOME / f"{mode}.log").open("wb") as log:
        process = subprocess.Popen(list(map(str, command)), stdout=log, stderr=log, cwd=HOME)
        try:
            yield process
        finally:
            process.terminate()
            process.wait()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def judged(name: str) -> dict[str, dict[str, Any]]:
    """The suite's verdicts by case."""
    found: dict[str, dict[str, dict[str, Any]]] = json.loads((HOME / name / "index.json").read_text("utf-8"))
    return found[AGENT]


def _cases(port: int) -> int:
    """How many cases there are, once the suite's server listens."""
    for _ in range(100):
        count = talk(port, "/getCaseCount")
        if count:
            return int(count)
        time.sleep(0.1)
    raise TimeoutError("the suite's server does not answer")


def as_client(python: Path, cases: list[str]) -> dict[str, dict[str, Any]]:
    """Our client against the suite's server."""
    port = free_port()
    spec: dict[str, object] = {"url": f"ws://127.0.0.1:{port}", "outdir": str(HOME / "client")}
    with wstest(python, "fuzzingserver", {**spec, "cases": cases, "exclude-cases": WITHOUT, "exclude-agent-cases": {}}):
        count = _cases(port)
        for number in range(1, count + 1):
            talk(port, f"/runCase?case={number}&agent={AGENT}")
            if number % 50 == 0:
                print(f"client: case {number} of {count}", flush=True, file=sys.stderr)  # noqa: T201
        talk(port, f"/updateReports?agent={AGENT}")
    return judged("client")


def as_server(python: Path, cases: list[str]) -> dict[str, dict[str, Any]]:
    """Our server against the suite's client."""
    with EchoServer() as port:
        servers = [{"url": f"ws://127.0.0.1:{port}", "agent": AGENT}]
        spec: dict[str, object] = {"servers": servers, "outdir": str(HOME / "server")}
        spec = {**spec, "cases": cases, "exclude-cases": WITHOUT, "exclude-agent-cases": {}}
        with wstest(python, "fuzzingclient", spec) as process:
            process.wait()
    return judged("server")


def tally(cases: Iterable[dict[str, Any]]) -> str:
    """How often each verdict was given, the usual ones first."""
    counts = Counter(max((case["behavior"], case["behaviorClose"]), key=_badness) for case in cases)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in sorted(counts, key=_badness)) or "none"


def _badness(verdict: str) -> int:
    order = (
        "OK",
        "INFORMATIONAL",
        "NON-STRICT",
        "UNIMPLEMENTED",
        "WRONG CODE",
        "UNCLEAN",
        "FAILED BY CLIENT",
        "FAILED",
    )
    return order.index(verdict) if verdict in order else len(order)


def bad(cases: dict[str, dict[str, Any]]) -> list[str]:
    """The cases that are neither OK nor informational."""
    return [
        f"{name}: {case['behavior']}, close {case['behaviorClose']}"
        for name, case in cases.items()
        if case["behavior"] not in GOOD or case["behaviorClose"] not in GOOD
    ]


def page(results: dict[str, dict[str, dict[str, Any]]]) -> str:
    """The table for the documentation."""
    lines = [
        "# Autobahn",
        "",
        "The WebSocket layer (`WebSocketWire`, fast lane on) against the Autobahn test suite, as a client and as a",
        f"server. `make autobahn` ran `{SUITE}` and wrote this page; compression is not offered, so the suite's",
        "cases 12 and 13 do not apply. Verdicts on behaviour and on the close are counted together, the worse one.",
        "",
        "| cases | what | " + " | ".join(f"as {name}" for name in results) + " |",
        "| --- | --- | " + " | ".join("---" for _ in results) + " |",
    ]
    for number, what in GROUPS.items():
        cells = (
            tally(case for name, case in cases.items() if name.startswith(f"{number}.")) for cases in results.values()
        )
        lines.append(f"| {number} | {what} | " + " | ".join(cells) + " |")
    totals = " | ".join(f"{tally(cases.values())}" for cases in results.values())
    lines += [f"| all | {len(next(iter(results.values())))} cases | {totals} |", ""]
    lines += _informational(results)
    return "\n".join(lines) + "\n"


def _informational(results: dict[str, dict[str, dict[str, Any]]]) -> list[str]:
    named = {name for cases in results.values() for name, case in cases.items() if case["behavior"] == "INFORMATIONAL"}
    told = ", ".join(sorted(named, key=lambda name: [int(part) for part in name.split(".")]))
    return [f"INFORMATIONAL are cases in which RFC 6455 leaves the behaviour open: {told}."] if named else []


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="The Autobahn test suite against the WebSocket layer.")
    parser.add_argument("ends", nargs="*", choices=("client", "server", []), help="which end (both)")
    parser.add_argument("--cases", nargs="+", default=["*"], help="as the suite names them, e.g. 1.* 7.3.1 (all)")
    options = parser.parse_args()
    try:
        python = suite()
    except (LookupError, subprocess.CalledProcessError) as error:
        print(f"the suite cannot be installed: {error}", file=sys.stderr)  # noqa: T201
        return 2
    ends = {"client": as_client, "server": as_server}
    results = {name: run(python, options.cases) for name, run in ends.items() if name in (options.ends or ends)}
    for name, cases in results.items():
        print(f"\nas {name}: {len(cases)} cases: {tally(cases.values())}")  # noqa: T201
        print("\n".join(bad(cases)), end="")  # noqa: T201
    if options.cases == ["*"] and len(results) == len(ends):
        PAGE.write_text(page(results), "utf-8")
    return 1 if any(bad(cases) for cases in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
