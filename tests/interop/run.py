"""Other people's clients against `qqgw simulate`: READY, events, replies, and back again after close 4009.

    python tests/interop/run.py [client …]

Each client has an environment of its own under `build/interop` (see `environments.py`) and a script that runs it as its
users do and replies to every message. What it says counts for nothing: what the simulated platform saw is judged. One
line says what came of each. Ends with 1 when a client failed; one whose environment cannot be made, as where its
registry is out of reach, was not tried, and its line says so.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import attrs
import msgspec

HERE: Final = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent)]

from interop.environments import HOME, ROOT, Environment, Unavailable, environment  # noqa: E402 - the path comes first
from interop.ledger import Ledger, Platform, story  # noqa: E402

PATIENCE: Final = 60.0
REPLAY: Final = 5.0
PAUSE: Final = 0.1
QQGW: Final = "from qqgw_trio.cli import main; main(prog_name='qqgw')"


class Disappointed(Exception):
    """A client did not do what was waited for."""


@attrs.frozen
class Peer:
    """One client.

    Attributes:
        name: As on the command line.
        made_of: What its environment is made of, below `peers`.
        script: What is run in it, below `peers`.
        hears: The kind of message that it can hear.
        more: Further arguments of the script.
    """

    name: str
    made_of: str
    script: str
    hears: str = "group"
    more: tuple[str, ...] = ()


PEERS: Final = (
    Peer("qq-botpy", "botpy.txt", "botpy_client.py"),
    Peer("nonebot-adapter-qq-aiohttp", "nonebot.txt", "nonebot_client.py", more=("~aiohttp",)),
    Peer("nonebot-adapter-qq-httpx", "nonebot.txt", "nonebot_client.py", more=("~httpx+~websockets",)),
    Peer("qq-guild-bot", "guild_bot.json", "guild_bot_client.cjs", hears="channel"),
    Peer("qq-official-bot", "official_bot.json", "official_bot_client.cjs"),
)


class Told(msgspec.Struct):
    """The first line of `qqgw simulate`."""

    rest: str
    app_id: str
    secret: str


class Running:
    """A process that writes all that it says to a log."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process = process
        self._log = log

    def wait_for(self, what: str, came: Callable[[], bool]) -> None:
        """Returns once something has come.

        Raises:
            Disappointed: It did not come in time, or the process ended.
        """
        latest = time.monotonic() + PATIENCE
        while not came():
            code, log = self._process.poll(), os.path.relpath(self._log)
            if code is not None:
                raise Disappointed(f"it ended with {code} before {what}; what it said is in {log}")
            if time.monotonic() > latest:
                raise Disappointed(f"no {what} in {PATIENCE:.0f} s; what it said is in {log}")
            time.sleep(PAUSE)

    def first_line(self) -> bytes:
        """What it said first."""
        self.wait_for("its first line", lambda: b"\n" in self._log.read_bytes())
        return self._log.read_bytes().partition(b"\n")[0]


@contextmanager
def running(command: list[str], log: Path, place: Path, variables: dict[str, str]) -> Generator[Running]:
    """A process, ended when it is left."""
    with log.open("wb") as said:
        process = subprocess.Popen(
            command, stdout=said, stderr=subprocess.STDOUT, cwd=place, env={**os.environ, **variables}
        )
        try:
            yield Running(process, log)
        finally:
            process.kill()
            process.wait()


def meet(peer: Peer, where: Environment) -> str:
    """Lets a client live through it; says what it did.

    Raises:
        Disappointed: It did something else.
    """
    command = [sys.executable, "-c", QQGW, "simulate", "--events", "0"]
    with running(command, HOME / "platform.log", HOME, {"PYTHONPATH": str(ROOT / "src")}) as simulator:
        told = msgspec.json.decode(simulator.first_line(), type=Told)
        script = [str(HERE / "peers" / peer.script), told.rest, told.app_id, told.secret, *peer.more]
        with running([*where.command, *script], HOME / f"{peer.name}.log", where.place, where.variables) as client:
            return live(peer, client, Platform(told.rest))


def live(peer: Peer, client: Running, platform: Platform) -> str:
    """What a client has to live through.

    Raises:
        Disappointed: It did something else.
    """
    client.wait_for("IDENTIFY that gets READY", lambda: platform.ledger().is_in())
    first = platform.say(peer.hears, "before")
    client.wait_for("reply to a message", lambda: platform.ledger().answered(first))
    before = platform.ledger()
    if not platform.close(4009):
        raise Disappointed("it was not connected any more when close 4009 was due")
    meanwhile = platform.say(peer.hears, "meanwhile")
    client.wait_for("return after close 4009", lambda: platform.ledger().is_in(since=before))
    last = platform.say(peer.hears, "after")
    client.wait_for("reply to a message after its return", lambda: platform.ledger().answered(last))
    return story(before, settled(platform, before, meanwhile), meanwhile)


def settled(platform: Platform, before: Ledger, meanwhile: str) -> Ledger:
    """The ledger once a client that resumed has had the time to answer what was replayed to it."""
    latest = time.monotonic() + REPLAY
    while (seen := platform.ledger()).resumed(since=before) and not seen.answered(meanwhile):
        if time.monotonic() > latest:
            break
        time.sleep(PAUSE)
    return seen


def verdict(peer: Peer) -> tuple[str, bool]:
    """What came of a client, and whether it failed."""
    try:
        return meet(peer, environment(HERE / "peers" / peer.made_of)), False
    except Unavailable as why:
        return f"NOT TRIED, its environment cannot be made: {why}", False
    except Disappointed as why:
        return f"FAILED: {why}", True


def main() -> int:
    """The command line."""
    names = [peer.name for peer in PEERS]
    parser = argparse.ArgumentParser(description="Other people's clients against the simulated platform.")
    parser.add_argument("names", nargs="*", metavar="client", help=", ".join(names))
    options = parser.parse_args()
    unknown = set(options.names) - set(names)
    if unknown:
        parser.error(f"no such client: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    code = 0
    for peer in PEERS:
        if not options.names or peer.name in options.names:
            words, failed = verdict(peer)
            code = max(code, int(failed))
            print(f"{peer.name}: {words}", flush=True)  # noqa: T201
    return code


if __name__ == "__main__":
    sys.exit(main())
