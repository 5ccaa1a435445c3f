"""Target `wire`: bytes of a peer into `WebSocketWire`, from either end, before and behind the handshake.

Byte 0 chooses: bit 0 the end, bit 1 whether the handshake is done, bit 2 small limits. Byte 1 chooses the cuts. The
rest is what the peer sends; the first `{ACCEPT}` becomes the right accept key. Oracles: nothing is raised (I12);
another chunking gives the same events (I14); with and without the fast lane the same messages and the same close code
come (I13); no message is longer or in more fragments than allowed, and no more comes out than went in.
"""

from __future__ import annotations

import base64
import hashlib

import attrs

from fuzz.source import Source, pieces
from qqgw_proto.config import WireConfig
from qqgw_proto.wire.events import Closed, Failed, Rejected, Requested, Unreadable, WireEvent
from qqgw_proto.wire.url import GatewayUrl
from qqgw_proto.wire.websocket import WebSocketWire

__all__ = ["accept_key", "fuzz_wire"]

URL = GatewayUrl.parse("ws://127.0.0.1:8080/websocket")
ACCEPTED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
REQUEST = (
    b"GET /websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
SMALL = WireConfig(max_handshake=400, max_frame=130, max_message=200, max_fragments=4, max_rejection_body=40)
MARK = b"Sec-WebSocket-Accept: {ACCEPT}"
# A text that is too long and no UTF-8 breaks two rules at once: either may be named.
_OF_TEXT = (1007, 1009)
_TEXT_BROKEN = Failed(1009, "too long, or no UTF-8")


def accept_key(request: bytes) -> bytes:
    """The answer to a handshake's nonce (RFC 6455 4.2.2)."""
    nonce = request.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
    return base64.b64encode(hashlib.sha1(nonce + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())


def fuzz_wire(data: bytes) -> None:
    """One input."""
    source = Source(data)
    flags, seed = source.byte(), source.byte()
    client, upgraded, small = bool(flags & 1), bool(flags & 2), bool(flags & 4)
    stream = source.take(source.left)
    config = SMALL if small else WireConfig()
    whole = _run(config, stream, client=client, upgraded=upgraded, seed=None)
    assert whole == _run(config, stream, client=client, upgraded=upgraded, seed=seed), "I14"
    if client:
        slow = attrs.evolve(config, fast_lane=False)
        _compare(whole, _run(slow, stream, client=True, upgraded=upgraded, seed=None))
    if client and upgraded:
        arrived = sum(isinstance(event, (bytes, Unreadable)) for event in whole)
        assert all(count <= config.max_fragments for count in _fragments(stream)[:arrived]), "I12: too many fragments"
    messages = _messages(whole)
    assert sum(map(len, messages)) <= len(stream) + 1000
    assert all(len(message) <= config.max_message for message in messages)


def _run(config: WireConfig, stream: bytes, *, client: bool, upgraded: bool, seed: int | None) -> list[WireEvent]:
    wire = WebSocketWire(config, client=client)
    events: list[WireEvent] = []
    key = accept_key(wire.open(URL)[0]) if client else b""
    if upgraded:
        events += wire.receive(ACCEPTED + key + b"\r\n\r\n" if client else REQUEST)
        if not client:
            wire.accept()
    if not upgraded:
        stream = stream.replace(MARK, MARK.replace(b"{ACCEPT}", key), 1)
    for piece in [stream] if seed is None else pieces(stream, seed):
        events += wire.receive(piece)
        if not client and not upgraded and any(isinstance(event, Requested) for event in events):
            # A client that speaks before the 101 breaks RFC 6455 4.1; what it says is lost in wsproto.
            return [event for event in events if isinstance(event, Requested)]
    events += wire.end()
    _end_is_the_end(events)
    return [_comparable(event, stream) for event in events]


def _comparable(event: WireEvent, stream: bytes) -> WireEvent:
    if isinstance(event, Failed) and event.code in _OF_TEXT:
        return _TEXT_BROKEN
    if isinstance(event, Rejected) and b"Sec-WebSocket-Accept" in stream:
        return attrs.evolve(event, body="")  # The key is another one in every run.
    return event


def _end_is_the_end(events: list[WireEvent]) -> None:
    ends = [index for index, event in enumerate(events) if isinstance(event, (Closed, Failed, Rejected))]
    assert ends in ([], [len(events) - 1]), f"something came behind the end: {events}"


def _messages(events: list[WireEvent]) -> list[bytes]:
    return [event for event in events if isinstance(event, bytes)]


def _fragments(stream: bytes) -> list[int]:
    """Of how many frames each message of a server is, as far as the stream can be cut into frames."""
    counts: list[int] = []
    position, frames = 0, 0
    while position + 1 < len(stream):
        first, length = stream[position], stream[position + 1] & 0x7F
        extra = {126: 2, 127: 8}.get(length, 0)
        position += 2 + extra
        position += int.from_bytes(stream[position - extra : position], "big") if extra else length
        if not first & 0x08:  # a control frame is no fragment
            frames += 1
            if first & 0x80:
                counts.append(frames)
                frames = 0
    return counts


def _compare(fast: list[WireEvent], slow: list[WireEvent]) -> None:
    """I13: where an error is seen may differ only inside one incomplete frame."""
    assert _messages(fast) == _messages(slow), "I13"
    ends = [events[-1] if events else None for events in (fast, slow)]
    failed = [isinstance(end, Failed) for end in ends]
    if failed == [True, True] or not any(failed):
        assert len({getattr(end, "code", None) for end in ends}) == 1, "I13"
