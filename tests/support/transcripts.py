"""What a gateway sends behind its 101, as bytes, and the stage of the shard that is told it."""

from __future__ import annotations

from typing import Final

from support.stages import resumed
from support.wires import PING, TEXT, close_frame, frame

__all__ = ["TRANSCRIPTS"]


def text(*payloads: bytes) -> bytes:
    return b"".join(frame(TEXT, payload) for payload in payloads)


def some(seq: int | None) -> bytes:
    """An event as short as one can be."""
    return b'{"op":0,"t":"A"}' if seq is None else b'{"op":0,"s":%d,"t":"A"}' % seq


READY: Final = b'{"op":0,"s":1,"t":"READY","d":{"session_id":"S1"}}'
HELLO_1: Final = b'{"op":10,"d":{"heartbeat_interval":45000}}'

TRANSCRIPTS: Final[dict[str, tuple[str, bytes]]] = {
    "a first session": (
        "GREETING",
        text(HELLO_1, READY, some(2), some(3), some(None), b'{"op":11}', some(4), some(3), some(5))
        + frame(PING, b"a")
        + text(b'{"op":1}', b'{"op":1}', some(7), b'{"op":5}', b"{", some(8), b'{"op":7}', some(9)),
    ),
    "a replay": (
        "GREETING, to resume",
        text(HELLO_1, some(1), some(3), some(None), some(2), some(4), resumed(5), some(6), some(4), some(7))
        + text(b'{"op":9,"d":false}', some(8), b'{"op":7}')
        + close_frame(4903, b"why"),
    ),
    "a replay with a hole": ("GREETING, to resume", text(HELLO_1, some(3), some(6), some(7), resumed(10), some(13))),
    "events before READY": ("GREETING", text(some(2), some(3), HELLO_1, some(2), some(3), READY, some(2))),
    "a broken frame": ("GREETING", text(HELLO_1, READY, some(2)) + frame(TEXT, b"x", rsv=4) + text(some(3))),
    "a wanted end": ("GREETING", text(HELLO_1, READY, some(2)) + close_frame(1000)),
}
