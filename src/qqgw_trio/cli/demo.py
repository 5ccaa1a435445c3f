"""`qqgw demo`."""

from __future__ import annotations

import sys

import click

__all__ = ["demo"]


@click.command()
@click.option("--events", default=300, show_default=True, type=click.IntRange(57, 100_000), help="Events to send.")
@click.option("--seed", default=7, show_default=True, help="Makes the same world again.")
@click.option("--faults", is_flag=True, help="Every fault of the simulator, and SIGKILL of the bot (half a minute).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on the last line.")
def demo(events: int, seed: int, faults: bool, as_json: bool) -> None:
    """A bot against the embedded simulator, over real sockets, with two forced drops, or with every --faults."""
    # The other commands need neither simulator nor rich.
    from qqgw_trio.insight.terminal import show_demo, show_faults_demo  # noqa: PLC0415

    show = show_faults_demo if faults else show_demo
    sys.exit(show(events, seed, as_json=as_json))
