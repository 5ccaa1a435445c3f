"""Bytes of the other end of a WebSocket, made by hand: answers to a handshake, frames of a server."""

from __future__ import annotations

import base64
import hashlib
import struct

from qqgw_proto.config import WireConfig
from qqgw_proto.wire.events import Upgraded
from qqgw_proto.wire.url import GatewayUrl
from qqgw_proto.wire.websocket import WebSocketWire

URL = GatewayUrl.parse("ws://127.0.0.1:8080/websocket/")

TEXT, BINARY, CLOSE, PING, PONG, CONTINUATION = 0x1, 0x2, 0x8, 0x9, 0xA, 0x0


def accept_key(handshake: bytes) -> bytes:
    """What the 101 must carry: the key and the GUID through SHA-1, in base 64 (RFC 6455 4.2.2)."""
    key = next(line[19:] for line in handshake.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key: "))
    return base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())


def answer(accept: bytes, *more: bytes) -> bytes:
    """A right 101, with more header lines."""
    lines = (
        b"HTTP/1.1 101 Switching Protocols",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Accept: " + accept,
        *more,
    )
    return b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def asking(config: WireConfig | None = None) -> tuple[WebSocketWire, bytes]:
    """A client whose handshake is out, and the accept key that it waits for."""
    wire = WebSocketWire(config or WireConfig(), client=True)
    handshake, _ = wire.open(URL)
    return wire, accept_key(handshake)


def upgraded(config: WireConfig | None = None) -> WebSocketWire:
    """A client after the 101."""
    wire, accept = asking(config)
    assert wire.receive(answer(accept)) == [Upgraded()]
    return wire


def serving(config: WireConfig | None = None) -> WebSocketWire:
    """A server after the 101."""
    wire = WebSocketWire(config or WireConfig(), client=False)
    handshake, _ = WebSocketWire(WireConfig(), client=True).open(URL)
    wire.receive(handshake)
    wire.accept()
    return wire


def frame(opcode: int, payload: bytes = b"", *, final: bool = True, rsv: int = 0, mask: bytes = b"") -> bytes:
    """One frame as RFC 6455 5.2 draws it; a server's is not masked."""
    length = len(payload)
    short, more = (
        (length, b"")
        if length < 126
        else (126, struct.pack("!H", length))
        if length < 2**16
        else (127, struct.pack("!Q", length))
    )
    head = bytes([final << 7 | rsv << 4 | opcode, (0x80 if mask else 0) | short]) + more + mask
    return head + (bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)) if mask else payload)


def close_frame(code: int, reason: bytes = b"") -> bytes:
    """A close frame with any code, the forbidden ones included."""
    return frame(CLOSE, struct.pack("!H", code) + reason)
