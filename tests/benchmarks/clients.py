"""Processes that benchmarks give orders to: the gateway, and the measured clients, each in its own environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final, cast

import attrs

from benchmarks.measuring import Figures, in_turn, say

__all__ = ["PEERS", "Client", "clients", "gateway", "measured", "peers_python"]

_PEERS: Final = "BENCH_PEERS"
"""The environment variable in which `make bench` names the peers' interpreter."""


@attrs.frozen
class Client:
    """A client to be measured.

    Attributes:
        name: As in the report.
        command: Module and its arguments.
        ours: Whether it runs in this environment, not in the peers'.
    """

    name: str
    command: tuple[str, ...]
    ours: bool = False


PEERS: Final = (
    Client("qq-botpy", ("benchmarks.peers.botpy_client",)),
    Client("websockets + orjson", ("benchmarks.peers.websockets_orjson",)),
    Client("hikari's receive path", ("benchmarks.peers.hikari_shard",)),
    Client("aiohttp + msgspec, raw", ("benchmarks.peers.aiohttp_msgspec", "raw")),
    Client("picows + msgspec, raw", ("benchmarks.peers.picows_msgspec", "raw")),
    Client("aiohttp + msgspec, typed", ("benchmarks.peers.aiohttp_msgspec", "typed")),
    Client("picows + msgspec, typed", ("benchmarks.peers.picows_msgspec", "typed")),
    Client("bare loop: recv + C decoder", ("benchmarks.peers.raw_socket", "decoded")),
    Client("bare loop: recv only", ("benchmarks.peers.raw_socket", "raw")),
)
"""Everyone else, at full speed."""


def peers_python() -> str | None:
    """The interpreter of the peers' environment; None where there is none."""
    path = os.environ.get(_PEERS)
    if path and Path(path).exists():
        return path
    say("The peers' environment is missing (`make bench` makes it): measured without them.\n")
    return None


class _Process:
    """One process that answers each line with a line."""

    def __init__(self, python: str, command: Sequence[str]) -> None:
        self._name = " ".join(command)
        self._process = subprocess.Popen(
            [python, "-m", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, order: str) -> dict[str, float]:
        """Gives an order and waits for its answer."""
        commands, answers = _pipes(self._process)
        commands.write(order + "\n")
        commands.flush()
        answer = answers.readline()
        if not answer:
            raise AssertionError(f"{self._name} ended without an answer")
        return cast("dict[str, float]", json.loads(answer))

    def end(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.communicate()


def _pipes(process: subprocess.Popen[str]) -> tuple[IO[str], IO[str]]:
    if process.stdin is None or process.stdout is None:
        raise AssertionError("the process was made with pipes")
    return process.stdin, process.stdout


@contextmanager
def gateway(*arguments: str) -> Generator[int]:
    """The gateway; its port."""
    command = [sys.executable, "-m", "benchmarks.gateway", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout is None:
            raise AssertionError("the process was made with a pipe")
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


@contextmanager
def clients(wanted: Sequence[Client]) -> Generator[Mapping[str, _Process]]:
    """Processes of all that can be had here, by name."""
    python = peers_python() if any(not client.ours for client in wanted) else None
    with ExitStack() as stack:
        processes: dict[str, _Process] = {}
        for client in wanted:
            interpreter = sys.executable if client.ours else python
            if interpreter is not None:
                processes[client.name] = process = _Process(interpreter, client.command)
                stack.callback(process.end)
        yield processes


def measured(wanted: Sequence[Client], path: str, events: int, rounds: int) -> dict[str, Figures]:
    """Gives each client its turn in each round; the figures by kind ("us", "p50", …), then by client."""
    found: dict[str, Figures] = {}
    with gateway() as port, clients(wanted) as processes:
        order = f"ws://127.0.0.1:{port}/{path}/{events} {events}"
        for process in processes.values():
            process.ask(order)  # imports, caches, the gateway's own stream
        for turn in range(rounds):
            for name in in_turn(processes, turn):
                for kind, figure in processes[name].ask(order).items():
                    found.setdefault(kind, {name: [] for name in processes})[name].append(figure)
    return found
