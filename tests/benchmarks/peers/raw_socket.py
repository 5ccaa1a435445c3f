"""What no client can go below: a blocking socket read into one buffer; `raw` looks at nothing.

Mode `paced` cuts and decodes the frames, one by one, in the simplest loop that can: the floor of the delay.
"""

from __future__ import annotations

import socket
import sys
from urllib.parse import urlsplit

import msgspec

from benchmarks.harness import Meter, PacedMeter, serve
from benchmarks.peers.envelope import decode_envelope
from benchmarks.stream import wire_bytes

SIZE = 64 * 1024


def connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    connection = socket.create_connection((parts.hostname, parts.port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(
        b"GET %b HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n" % parts.path.encode()
    )
    received = b""
    while b'"op":10' not in received:
        received += connection.recv(SIZE)
    connection.sendall(b"\x81\x80\0\0\0\0")
    while b'"READY"' not in received:
        received += connection.recv(SIZE)
    return connection


def raw(url: str, count: int) -> dict[str, float]:
    left, buffer = len(wire_bytes(count)), bytearray(SIZE)
    meter = Meter(count, lambda: None)
    with connect(url) as connection:
        meter.begin()
        while left > 0:
            left -= connection.recv_into(buffer)
        meter.left = 1
        meter.handle(None)
    return meter.answer()


def decoded(url: str, count: int) -> dict[str, float]:
    """Reads like `raw`, and lets the C decoder look at as many frames, cut beforehand: a loop of C calls."""
    from benchmarks.stream import payloads  # noqa: PLC0415 - only here

    frames = payloads(count)
    left, buffer = len(wire_bytes(count)), bytearray(SIZE)
    meter = Meter(count, lambda: None)
    with connect(url) as connection:
        meter.begin()
        while left > 0:
            left -= connection.recv_into(buffer)
        for frame in frames:
            meter.handle(decode_envelope(frame))
    return meter.answer()


def paced(url: str, count: int) -> dict[str, float]:
    meter = PacedMeter(count, lambda: None)
    with connect(url) as connection:
        meter.begin()
        while meter.left:
            data, at = connection.recv(SIZE), 0
            while at < len(data):
                size = data[at + 2] << 8 | data[at + 3]
                meter.take(msgspec.json.decode(data[at + 4 : at + 4 + size], type=dict)["id"])
                at += 4 + size
    return meter.answer()


if __name__ == "__main__":
    serve({"raw": raw, "decoded": decoded, "paced": paced}[sys.argv[1]])
