"""A peer that sends back what it gets, on blocking sockets: what the Autobahn suite judges the WebSocket layer by.

The layer is `WebSocketWire` with its fast lane, as the gateways use it. They speak text only, so the wire neither tells
a binary message from a text nor sends one; `EchoWire` adds just that. The limits are those that the suite's largest
messages need.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

from wsproto import events as ws

from qqgw_proto.config import WireConfig
from qqgw_proto.wire.events import Closed, Failed, Ping, Rejected, Requested, Unreadable, WireEvent
from qqgw_proto.wire.url import GatewayUrl
from qqgw_proto.wire.websocket import WebSocketWire

__all__ = ["EchoServer", "converse", "talk"]

LIMITS = WireConfig(max_frame=2**25, max_message=2**25, max_fragments=2**20)
CHUNK = 64 * 1024
# "An endpoint MUST NOT send 1005" (RFC 6455 7.4.1): a close without a code is answered by a normal one.
NO_CODE, NORMAL = 1005, 1000


class Binary(bytes):
    """A message that came as binary."""

    __slots__ = ()


class EchoWire(WebSocketWire):
    """The wire, with binary messages kept apart."""

    def _collect(self, event: ws.TextMessage | ws.BytesMessage) -> list[WireEvent]:
        if isinstance(event, ws.TextMessage):
            return super()._collect(event)
        whole = bytes(self._message) + bytes(event.data) if event.message_finished else b""
        reported = super()._collect(event)
        return [Binary(whole) if isinstance(one, bytes | Unreadable) else one for one in reported]

    def echo(self, message: bytes) -> bytes:
        """The message back, of the kind that it was."""
        if isinstance(message, Binary):
            return self._send(ws.BytesMessage(bytes(message)))
        return self.text(message)


def _answer(wire: EchoWire, event: WireEvent) -> bytes:
    match event:
        case Requested():
            return wire.accept()
        case bytes():
            return wire.echo(event)
        case Ping():
            return wire.pong(event.payload)
        case Closed():
            return wire.close(NORMAL if event.code == NO_CODE else event.code, event.reason)
        case Failed():
            return wire.close(event.code, event.why[:100])
        case _:
            return b""


def converse(connection: socket.socket, wire: EchoWire) -> bytes:
    """Echoes until the connection is over; gives the first message."""
    first: bytes | None = None
    while data := connection.recv(CHUNK):
        for event in wire.receive(data):
            first = event if first is None and isinstance(event, bytes) else first
            connection.sendall(_answer(wire, event))
            if isinstance(event, Closed | Failed | Rejected):
                connection.shutdown(socket.SHUT_WR)
                return first or b""
    return first or b""


def talk(port: int, target: str) -> bytes:
    """A client: dials the suite's server, echoes what it is told, and gives the first message."""
    wire = EchoWire(LIMITS, client=True)
    first = b""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall(wire.open(GatewayUrl.parse(f"ws://127.0.0.1:{port}{target}"))[0])
        first = converse(connection, wire)
        while connection.recv(CHUNK):
            pass  # The server closes first (RFC 6455 7.1.1).
    return first


class EchoServer:
    """A server for the suite's client, a thread for each connection, until it is left."""

    def __enter__(self) -> int:
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()
        port: int = self._listener.getsockname()[1]
        return port

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # It was closed.
            threading.Thread(target=self._handle, args=(connection,), daemon=True).start()

    def _handle(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(60)
            with suppress(OSError):  # The suite ends connections in every way that there is.
                converse(connection, EchoWire(LIMITS, client=False))
