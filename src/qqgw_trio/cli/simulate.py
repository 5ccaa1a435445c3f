"""`qqgw simulate`."""

from __future__ import annotations

import sys
from typing import Any, Final

import click

from qqgw_proto.errors import GatewayError
from qqgw_trio.cli.one_line import EXIT_MISUSED, complain

__all__ = ["simulate"]

_SAY_HELP: Final = "Say exactly this; repeatable; KIND is group, c2c, channel, dm or button. No random events then."

_ORDERS: Final = """
While it runs, REST takes orders, without a token:

\b
POST /simulator/say     {"kind": "group", "author": "alice", "text": "/ping"}
POST /simulator/fault   {"kind": "close", "code": 4009}
GET  /simulator/ledger  all that was sent and received

An unknown kind of fault is answered with the list of those there are.
"""


@click.command(epilog=_ORDERS)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address of both servers.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Of the gateway; 0 = any.")
@click.option("--rest-port", default=0, type=click.IntRange(0, 65535), help="Of REST; 0 = any.")
@click.option("--rate", type=click.FloatRange(0.001, 100_000), help="Random events per second; 1 where not given.")
@click.option("--events", type=click.IntRange(0), help="So many random events; without end where not given.")
@click.option("--seed", default=0, show_default=True, help="Makes the same world again.")
@click.option("--shards", default=1, show_default=True, type=click.IntRange(1), help="How many it recommends.")
@click.option("--max-concurrency", default=1, show_default=True, type=click.IntRange(1), help="IDENTIFYs in 5 s.")
@click.option("--say", "lines", multiple=True, metavar="KIND:TEXT", help=_SAY_HELP)
def simulate(
    *,
    rate: float | None,
    events: int | None,
    shards: int,
    max_concurrency: int,
    lines: tuple[str, ...],
    **more: Any,
) -> None:
    """A local QQ platform: gateway and REST, on loopback."""
    from qqgw_trio.running.simulating import run_simulator  # noqa: PLC0415
    from qqgw_trio.simulator.settings import SimulatorConfig, StartSettings  # noqa: PLC0415

    if lines and rate is None and events is None:
        events = 0  # Who puts words into people's mouths wants to read the answers, not random chatter.
    start = StartSettings(shards=shards, max_concurrency=max_concurrency)
    try:
        run_simulator(SimulatorConfig(rate=rate or 1.0, events=events, start=start, **more), lines)
    except GatewayError as error:
        complain(str(error))
        sys.exit(EXIT_MISUSED)
