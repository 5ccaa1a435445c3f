"""How the cost of an event grows: with its size, and with the number of chunks it comes in."""

from __future__ import annotations

from benchmarks.core import decode_only
from benchmarks.gateways import cost
from benchmarks.measuring import Candidates, Figures, Scale, headline, interleaved, per_event, table
from benchmarks.stream import chunked, frame_of, wire_bytes

__all__ = ["run"]

SIZES = (200, 1_000, 10_000, 100_000, 1 << 20)
CHUNKS = (1 << 16, 1 << 14, 1 << 12, 1460, 256, 16)
_TEXT = "今天的天气真不错 nice "


def sized(size: int, count: int) -> list[bytes]:
    """Events of one size, half of it Chinese."""
    head = b'{"op":0,"s":%d,"t":"GROUP_AT_MESSAGE_CREATE","id":"GROUP_AT_MESSAGE_CREATE:%d","d":{"content":"'
    text = (_TEXT * (size // len(_TEXT.encode()) + 1)).encode()[: max(0, size - len(head) - 10)]
    content = text.decode("utf-8", "ignore").encode()
    return [head % (number, number) + content + b'"}}' for number in range(2, count + 2)]


def _one_size(size: int, scale: Scale) -> Figures:
    count = max(8, scale.of(4_000_000, 400_000) // size)
    frames = sized(size, count)
    chunks = chunked(b"".join(map(frame_of, frames)))
    candidates: Candidates = {
        "core": cost(chunks, count),
        "lane off": cost(chunks, count, lane=False),
        "floor": per_event(lambda: decode_only(frames), count),
    }
    return interleaved(candidates, scale.rounds)


def _one_chunking(size: int, events: int, scale: Scale) -> Figures:
    chunks = chunked(wire_bytes(events), size)
    candidates: Candidates = {
        "core": cost(chunks, events),
        "lane off": cost(chunks, events, lane=False),
    }
    return interleaved(candidates, scale.rounds)


def run(scale: Scale) -> None:
    """Sizes in chunks of 64 KiB, then the usual stream in ever smaller chunks."""
    for size in SIZES:
        headline(f"Events of {size:,} bytes")
        table(_one_size(size, scale), "us/event", ("floor", "core"))
    for size in CHUNKS:
        headline(f"Chunks of {size:,} bytes")
        table(
            _one_chunking(size, scale.of(2_000, 300) if size > 100 else scale.of(200, 30), scale), "us/event", ("core",)
        )
