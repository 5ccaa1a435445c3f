"""The core in memory: bytes in, `Deliver` out, and the receipts back; the fast lane on and off.

The floor is what no client in Python can do without: the same C decoder for each frame, cut beforehand, and the look at
its UTF-8. `wsproto + msgspec` is the plain way to write a client: wsproto's text to the decoder, no session at all.
"""

from __future__ import annotations

import msgspec
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import TextMessage

from benchmarks.gateways import cost
from benchmarks.measuring import Candidates, Scale, headline, interleaved, per_event, table
from benchmarks.stream import chunked, payloads, wire_bytes
from qqgw_proto.wire.frames import Dispatch

__all__ = ["decode_only", "run"]

_decode = msgspec.json.Decoder(Dispatch).decode


def decode_only(frames: list[bytes]) -> None:
    """The floor."""
    for frame in frames:
        if not frame.isascii():
            frame.decode()
        _decode(frame)


def wsproto_and_msgspec(chunks: list[bytes], events: int) -> None:
    """Frames and JSON, and nothing else."""
    connection, taken, parts = Connection(ConnectionType.CLIENT), 0, list[str]()
    for chunk in chunks:
        connection.receive_data(chunk)
        for event in connection.events():
            if isinstance(event, TextMessage):
                parts.append(event.data)
                if event.message_finished:
                    _decode("".join(parts))
                    parts.clear()
                    taken += 1
    if taken != events:
        raise AssertionError(f"{taken} of {events} events came")


def run(scale: Scale) -> None:
    """64 KiB chunks, the whole stream of kinds."""
    events = scale.of(20_000, 3_000)
    chunks, frames = chunked(wire_bytes(events)), payloads(events)
    candidates: Candidates = {
        "floor: decode and UTF-8 only": per_event(lambda: decode_only(frames), events),
        "core": cost(chunks, events),
        "core, settled": cost(chunks, events, settle=True),
        "core, lane off": cost(chunks, events, lane=False),
        "wsproto + msgspec": per_event(lambda: wsproto_and_msgspec(chunks, events), events),
    }
    headline("The core in memory, 64 KiB chunks")
    table(interleaved(candidates, scale.rounds), "us/event", ("floor: decode and UTF-8 only", "core"))
