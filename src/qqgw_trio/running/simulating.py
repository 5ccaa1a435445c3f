"""`qqgw simulate`: the simulated platform for other programs; a JSON line first, then the chat.

The first line of stdout is one JSON object with `rest`, `token_url`, `gateway`, `app_id` and `secret`. What is
said by order (`--say`, `POST /simulator/say`) and what bots answer follows as chat lines; what one has beside text is
named, as in `Tea? [keyboard]`. Ctrl-C ends it.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Sequence

import click
import msgspec
import trio

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.simulator.settings import SimulatorConfig
from qqgw_trio.simulator.simulator import Simulator
from qqgw_trio.simulator.world import SAYABLE

__all__ = ["parse_line", "run_simulator"]


def parse_line(line: str) -> tuple[str, str]:
    """Takes `KIND:TEXT` apart.

    Raises:
        ConfigurationError: There is no such kind.
    """
    kind, colon, text = line.partition(":")
    if not colon or kind not in SAYABLE:
        remedy = f"write {':, '.join(SAYABLE)}: and a text"
        raise ConfigurationError(f"--say {line!r} cannot be said", remedy=remedy)
    return kind, text


def run_simulator(config: SimulatorConfig, lines: Sequence[str]) -> None:
    """Runs until Ctrl-C or SIGTERM.

    Raises:
        ConfigurationError: A line cannot be said, or a port is taken.
    """
    trio.run(_simulate, config, [parse_line(line) for line in lines])


async def _simulate(config: SimulatorConfig, lines: Sequence[tuple[str, str]]) -> None:
    def print_reply(kind: str, target: str, _text: str) -> None:
        _print(f"[{kind}] bot -> {target}: {simulator.ledger.replies[-1].line}")

    simulator = Simulator(config, on_reply=print_reply, on_say=_print_said)
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with simulator:
            click.echo(msgspec.json.encode(simulator.describe()).decode())
            for kind, text in lines:
                simulator.say(kind, "visitor", text)
            async for _ in signals:
                return


def _print_said(kind: str, author: str, text: str) -> None:
    _print(f"[{kind}] {author}: {text}")


def _print(line: str) -> None:
    # Whoever has closed the pipe after the first line still wants the platform, but not the chat.
    with contextlib.suppress(BrokenPipeError):
        click.echo(line)
