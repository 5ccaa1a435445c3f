"""`qqgw demo`."""

from __future__ import annotations

import sys

import click

__all__ = ["demo"]


@click.command()
@click.option("--events", default=300, show_default=True, type=click.IntRange(57, 100_000), help="Events to send.")
@click.option("--seed", default=7, show_default=True, help="Makes the same world again.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on the last line.")
def demo(events: int, seed: int, as_json: bool) -> None:
    """A bot against the embedded simulator, over real sockets, with two forced drops."""
    from qqgw_trio.terminal import show_demo  # noqa: PLC0415 - the other commands need neither simulator nor rich

    sys.exit(show_demo(events, seed, as_json=as_json))
