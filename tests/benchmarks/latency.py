"""From the gateway's `send` to the handler at a paced 1,000 events a second: the delay, and the CPU time it takes."""

from __future__ import annotations

from typing import Final

from benchmarks.clients import Client, measured
from benchmarks.measuring import Scale, headline, table

__all__ = ["run"]

CLIENTS: Final = (
    Client("qqgw", ("benchmarks.shard_client", "paced"), ours=True),
    Client("aiohttp + msgspec", ("benchmarks.peers.aiohttp_msgspec", "paced")),
    Client("picows + msgspec", ("benchmarks.peers.picows_msgspec", "paced")),
    Client("blocking socket loop", ("benchmarks.peers.raw_socket", "paced")),
)


def run(scale: Scale) -> None:
    """Median and 99th percentile of each round."""
    events = scale.of(3_000, 300)
    found = measured(CLIENTS, "paced", events, scale.rounds)
    peers = [name for name in found["us"] if name != "qqgw"]
    for kind, title in (("p50", "median delay"), ("p99", "99th percentile"), ("us", "CPU time per event")):
        headline(f"1,000 events a second: {title}")
        table(found[kind], "us", peers)
