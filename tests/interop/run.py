"""Other people's clients against `qqgw simulate`: READY, events, and back again after close 4009.

    python tests/interop/run.py [qq-botpy]

Each client has an environment of its own under `build/interop`, with the versions of its requirements file and nothing
of ours, and a script that runs it as its users do. One line says what came of each; ends with 1 when one failed, with 2
when its environment could not be made.
"""

from __future__ import annotations

import argparse
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.request import Request, urlopen

import attrs

HERE: Final = Path(__file__).resolve().parent
ROOT: Final = HERE.parent.parent
HOME: Final = ROOT / "build" / "interop"
PATIENCE: Final = 60.0
QQGW: Final = "from qqgw_trio.cli import main; main(prog_name='qqgw')"


class Disappointed(Exception):
    """A client did not do what was waited for."""


@attrs.frozen
class Peer:
    """One client: its name, and what is run in its environment."""

    name: str
    requirements: str
    script: str


PEERS: Final = (Peer("qq-botpy", "peers/botpy.txt", "peers/botpy_client.py"),)


class Lines:
    """What a process says, line by line as it comes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.seen: list[str] = []
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, args=(process,), daemon=True).start()

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def until(self, wanted: Callable[[str], bool], what: str) -> str:
        """The first line that is wanted.

        Raises:
            Disappointed: It did not come in time, or the process ended.
        """
        while True:
            try:
                line = self._lines.get(timeout=PATIENCE)
            except queue.Empty:
                raise Disappointed(f"no {what} in {PATIENCE:.0f} s; last lines: {self.seen[-5:]}") from None
            if line is None:
                raise Disappointed(f"it ended before {what}; last lines: {self.seen[-5:]}")
            self.seen.append(line)
            if wanted(line):
                return line


@contextmanager
def running(command: list[str], log: str, **more: str) -> Generator[Lines]:
    """A process, ended when it is left; its stderr goes to a log."""
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / log).open("w") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, cwd=HOME, env={**os.environ, **more}
        )
        try:
            yield Lines(process)
        finally:
            process.terminate()
            process.wait()


def order(rest: str, what: str, **body: object) -> None:
    """An order to the simulated platform."""
    request = Request(f"{rest}/simulator/{what}", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=10) as answer:
        answer.read()


def environment(peer: Peer) -> str:
    """The interpreter of the client's own environment.

    Raises:
        subprocess.CalledProcessError: It could not be made.
    """
    place, requirements = HOME / peer.name, HERE / peer.requirements
    inside, stamp = place / "bin" / "python", place / "made.stamp"
    if not stamp.exists() or stamp.stat().st_mtime < requirements.stat().st_mtime:
        subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
        subprocess.run([inside, "-m", "pip", "install", "--quiet", "--requirement", requirements], check=True)
        stamp.touch()
    return str(inside)


def meet(peer: Peer, python: str) -> str:
    """Lets a client live through it; says what it did.

    Raises:
        Disappointed: It did something else.
    """
    platform = [sys.executable, "-c", QQGW, "simulate", "--events", "0"]
    with running(platform, "platform.log", PYTHONPATH=str(ROOT / "src")) as said:
        told = json.loads(said.until(lambda line: line.startswith("{"), "address"))
        rest: str = told["rest"]
        command = [python, str(HERE / peer.script), rest, told["app_id"], told["secret"]]
        with running(command, f"{peer.name}.log") as client:
            client.until(lambda line: line == "ready", "READY")
            order(rest, "say", kind="group", author="alice", text="before")
            client.until(lambda line: line.startswith("event") and "before" in line, "event")
            order(rest, "fault", kind="close", code=4009)
            # Said while the client is away: only who resumes hears it.
            order(rest, "say", kind="group", author="alice", text="meanwhile")
            back = client.until(lambda line: line in ("ready", "resumed") or "meanwhile" in line, "return")
            order(rest, "say", kind="group", author="alice", text="after")
            client.until(lambda line: line.startswith("event") and "after" in line, "event after 4009")
            how = "IDENTIFY" if back == "ready" else "RESUME"
            heard = any("meanwhile" in line for line in client.seen)
    return f"READY, events, back by {how}, {'nothing' if heard else 'one event'} missed"


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Other people's clients against the simulated platform.")
    parser.add_argument("names", nargs="*", metavar="client", help=", ".join(peer.name for peer in PEERS))
    options = parser.parse_args()
    code = 0
    for peer in PEERS:
        if options.names and peer.name not in options.names:
            continue
        try:
            words = meet(peer, environment(peer))
        except subprocess.CalledProcessError as error:
            words, code = f"its environment could not be made: {error}", 2
        except Disappointed as error:
            words, code = f"FAILED: {error}", max(code, 1)
        print(f"{peer.name}: {words}", flush=True)  # noqa: T201
    return code


if __name__ == "__main__":
    sys.exit(main())
