"""Every client on a TCP connection of this machine, in one run on the same stream: CPU time per event."""

from __future__ import annotations

from typing import Final

from benchmarks.clients import PEERS, Client, measured
from benchmarks.measuring import Scale, headline, table

__all__ = ["run"]

OURS: Final = (
    Client("qqgw, raw", ("benchmarks.shard_client", "raw"), ours=True),
    Client("qqgw, typed to a handler", ("benchmarks.shard_client", "typed"), ours=True),
    Client("qqgw, through Bot", ("benchmarks.bot_client",), ours=True),
)
REFERENCES: Final = tuple(client.name for client in OURS)


def run(scale: Scale) -> None:
    """As fast as events are taken."""
    events = scale.of(scale.events, 5_000)
    figures = measured((*OURS, *PEERS), "full", events, scale.rounds)["us"]
    headline(f"Loopback, {events:,} events at full speed")
    table(figures, "us/event", REFERENCES)
