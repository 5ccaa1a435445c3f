"""Target `handshake`: what answers or opens a WebSocket handshake, as bytes, into a shard and into a gateway's end.

Byte 0 chooses the end (bit 0), byte 1 the cuts. Each further byte below the number of `PIECES` adds that piece; any
other is followed by a length and so many bytes as they are. `{ACCEPT}` becomes the right accept key. Oracles: nothing
is raised (I12); another chunking gives the same effects (I14); a shard that is refused knows status and a bounded piece
of the body and holds no token (I11); an end without an answer has a deadline (I6).
"""

from __future__ import annotations

import random
import re

from fuzz.menu import TOKEN, URL
from fuzz.source import Source, pieces
from fuzz.trace import Trace
from fuzz.wire import accept_key
from qqgw_proto import ByteWire, ClientConfig, ClientGateway, ConnectionState, ServerGateway, WireConfig
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.server_effects import ServerEffect, ServerWrite
from qqgw_proto.machine.server_inputs import ServerState

__all__ = ["PIECES", "fuzz_handshake"]

_HEAD = re.compile(rb".*?\n\r?\n", re.DOTALL)
LIMITS = WireConfig(max_handshake=1000, max_rejection_body=40)
PIECES = (
    b"HTTP/1.1 101 Switching Protocols\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n",
    b"HTTP/1.1 401 Unauthorized\r\n",
    b"HTTP/1.1 429 Too Many Requests\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n",
    b"HTTP/1.0 503 No\r\n",
    b"Upgrade: websocket\r\n",
    b"Connection: Upgrade\r\n",
    b"Sec-WebSocket-Accept: {ACCEPT}\r\n",
    b"Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n",
    b"Sec-WebSocket-Extensions: permessage-deflate\r\n",
    b"Sec-WebSocket-Protocol: chat\r\n",
    b"Content-Length: 7\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Retry-After: 3\r\n",
    b" folded\r\n",
    b"X-Long: " + b"x" * 300 + b"\r\n",
    b"\r\n",
    b"\n",
    b"5\r\nhello\r\n0\r\n\r\n",
    b'\x81\x1c{"op":10,"d":{"heartbeat_i',
    b'\x81\x2a{"op":10,"d":{"heartbeat_interval":45000}}',
    b"\x16\x03\x01\x02\x00\x01",
    b"GET /websocket HTTP/1.1\r\nHost: 127.0.0.1\r\n",
    b"POST / HTTP/1.1\r\n",
    b"Sec-WebSocket-Version: 13\r\n",
    b"Sec-WebSocket-Version: 8\r\n",
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    b"Sec-WebSocket-Key: short\r\n",
    b"X-\xff: \x00\r\n",
)


def fuzz_handshake(data: bytes) -> None:
    """One input."""
    source = Source(data)
    client, seed = source.byte() & 1, source.byte()
    stream = _stream(source)
    play = _shard if client else _gateway
    assert play(stream, None) == play(stream, seed), "I14"


def _stream(source: Source) -> bytes:
    made = b""
    while source.left:
        chosen = source.byte()
        made += PIECES[chosen] if chosen < len(PIECES) else source.take(source.byte())
    return made


def _shard(stream: bytes, seed: int | None) -> list[object]:
    gateway = ClientGateway(ClientConfig(intents=1), random.Random(1), wire=ByteWire(LIMITS))
    gateway.start(0.0)
    gateway.permit_granted(1, 0.0)
    gateway.access_granted(2, URL, TOKEN, 0.0)
    [request] = [effect.data for effect in gateway.opened(3, 0.0) if isinstance(effect, do.Write)]
    key = accept_key(request)
    trace = Trace(TOKEN)
    stream = stream.replace(b"{ACCEPT}", key)
    for piece in [stream] if seed is None else pieces(stream, seed):
        for effect in gateway.receive_data(3, piece, 1.0) if piece else ():
            trace.add(effect, 1.0)
    assert gateway.deadline is not None or gateway.state is ConnectionState.READY, "I6"
    assert len(gateway.explain(1.0)) < 1000
    # The key is another one in every run, and a refusal may repeat it.
    told = [line.replace(key.decode(), "") if isinstance(line, str) else line for line in trace.joined()]
    return [gateway.state] if b"{ACCEPT}" not in stream and key in stream else [gateway.state, *told]


def _gateway(stream: bytes, seed: int | None) -> list[object]:
    gateway = ServerGateway(wire=ByteWire(LIMITS))
    gateway.start(0.0)
    # A client that speaks before the 101 breaks RFC 6455 4.1: what it says is lost, or not, by how it was cut.
    head = _HEAD.match(stream)
    stream = stream if head is None else head[0]
    effects: list[ServerEffect] = []
    for piece in [stream] if seed is None else pieces(stream, seed):
        effects += gateway.receive_data(piece, 1.0) if piece else []
    assert gateway.deadline is not None or gateway.state is ServerState.CLOSED, "I6"
    written = b"".join(effect.data for effect in effects if isinstance(effect, ServerWrite))
    return [gateway.state, written, *(effect for effect in effects if not isinstance(effect, ServerWrite))]
