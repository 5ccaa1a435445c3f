"""100,000 events after a RESUME: in memory, and from a socket to a shard's handler."""

from __future__ import annotations

from benchmarks.clients import Client, measured
from benchmarks.gateways import RESUMED, cost
from benchmarks.measuring import Candidates, Scale, headline, interleaved, table
from benchmarks.stream import chunked, frame_of, wire_bytes

__all__ = ["run"]


def run(scale: Scale) -> None:
    """In memory against the same events in READY; from a socket from `Shard.run` to the last event, dial included."""
    events = scale.of(100_000, 5_000)
    chunks = chunked(wire_bytes(events))
    ended = [*chunks, frame_of(RESUMED)]
    candidates: Candidates = {
        "in READY": cost(chunks, events, settle=True),
        "replayed": cost(ended, events, settle=True, replay=True),
    }
    headline(f"A replay of {events:,} events in memory, settled")
    table(interleaved(candidates, scale.rounds), "us/event", ("in READY",))
    client = Client("replayed", ("benchmarks.shard_client", "replay"), ours=True)
    headline(f"A replay of {events:,} events from a socket, settled")
    table(measured([client], "replay", events, scale.rounds)["us"], "us/event")
