"""The stream of every benchmark: ten kinds of frame in turn, each event with a sequence number and ids of its own.

The kinds are those of `corpus.jsonl`, frames as the gateway writes them, 164 bytes to 4.2 kB. Ids differ from event to
event, as they do in life: otherwise whoever drops duplicates would drop nearly all.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

__all__ = ["EVENT_TYPES", "KINDS", "chunked", "frame_of", "payloads", "wire_bytes"]

_CORPUS = Path(__file__).with_name("corpus.jsonl")
_DIGITS = 9


def _template(line: str) -> str:
    """One frame with a place for its sequence number (\\1) and places for the last digits of its ids (\\0)."""
    frame = json.loads(line)
    data = line[line.index('"d":') + 4 : -1]
    own_id = frame["d"].get("id")
    if frame["t"].endswith("MESSAGE_CREATE") and own_id:
        key = json.dumps(own_id, ensure_ascii=False)
        data = data.replace(key, key[: -_DIGITS - 1] + "\0" + '"', 1)
    event_id = frame["id"][:-_DIGITS] + "\0"
    return f'{{"op":0,"s":\1,"t":"{frame["t"]}","id":"{event_id}","d":{data}}}'


def _split(template: str) -> tuple[bytes, list[bytes]]:
    head, rest = template.encode().split(b"\1")
    return head, rest.split(b"\0")


_LINES = _CORPUS.read_text("utf-8").splitlines()
_TEMPLATES = [_split(_template(line)) for line in _LINES]

EVENT_TYPES: tuple[str, ...] = tuple(json.loads(line)["t"] for line in _LINES)
"""The names of the kinds."""

KINDS = len(_TEMPLATES)
"""How many kinds of frame take turns."""


def payloads(count: int, first: int = 2) -> list[bytes]:
    """So many frames as JSON, numbered from `first` (READY has 1)."""
    made: list[bytes] = []
    for number in range(first, first + count):
        head, rest = _TEMPLATES[number % KINDS]
        made.append(b"%b%d%b" % (head, number, (b"%09d" % number).join(rest)))
    return made


def frame_of(payload: bytes) -> bytes:
    """A server's text frame."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    if size < 1 << 16:
        return struct.pack("!BBH", 0x81, 126, size) + payload
    return struct.pack("!BBQ", 0x81, 127, size) + payload


def wire_bytes(count: int, first: int = 2) -> bytes:
    """So many events as a gateway sends them."""
    return b"".join(map(frame_of, payloads(count, first)))


def chunked(data: bytes, size: int = 64 * 1024) -> list[bytes]:
    """As reads of a socket bring it."""
    return [data[at : at + size] for at in range(0, len(data), size)]
