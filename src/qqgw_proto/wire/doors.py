"""The two doors of the core: `ByteWire` speaks bytes, `MessageWire` whole WebSocket messages and closes.

A door is handed to `ClientGateway(wire=…)` or `ServerGateway(wire=…)` and makes a fresh wire for every connection. Any
object with these methods will do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from qqgw_proto.config import WireConfig
from qqgw_proto.wire.events import WireEvent
from qqgw_proto.wire.messages import HostedWire
from qqgw_proto.wire.url import GatewayUrl

if TYPE_CHECKING:
    from qqgw_proto.wire.websocket import WebSocketWire

__all__ = ["ByteWire", "Door", "MessageWire", "Wire"]


class Wire(Protocol):
    """One connection, as the gateways use it; see `WebSocketWire` for what each method does."""

    def receive(self, data: bytes) -> list[WireEvent]:
        """Takes one chunk, or one whole message."""
        ...

    def end(self) -> list[WireEvent]:
        """No more comes: what was still being collected."""
        ...

    def open(self, url: GatewayUrl) -> tuple[bytes, list[WireEvent]]:
        """The client's handshake."""
        ...

    def accept(self) -> bytes:
        """The server's answer to it."""
        ...

    def text(self, payload: bytes) -> bytes:
        """One text message."""
        ...

    def ping(self, payload: bytes) -> bytes:
        """A ping."""
        ...

    def pong(self, payload: bytes) -> bytes:
        """The answer to one."""
        ...

    def close(self, code: int, reason: str = "") -> bytes:
        """A close frame."""
        ...


class Door(Protocol):
    """Makes wires."""

    @property
    def whole_messages(self) -> bool:
        """Whether the host owns the WebSocket."""
        ...

    def client(self) -> Wire:
        """A wire for a connection that we dialed."""
        ...

    def server(self) -> Wire:
        """A wire for a connection that we accepted."""
        ...


class ByteWire(msgspec.Struct, frozen=True):
    """Bytes of a TCP or TLS stream."""

    config: WireConfig = WireConfig()
    whole_messages = False

    def client(self) -> WebSocketWire:
        """A wire for a connection that we dialed."""
        return self._wire(client=True)

    def server(self) -> WebSocketWire:
        """A wire for a connection that we accepted."""
        return self._wire(client=False)

    def _wire(self, *, client: bool) -> WebSocketWire:
        from qqgw_proto.wire.websocket import WebSocketWire  # noqa: PLC0415 - wsproto, which no `MessageWire` needs

        return WebSocketWire(self.config, client=client)


class MessageWire(msgspec.Struct, frozen=True):
    """Whole messages of a WebSocket that the host owns."""

    config: WireConfig = WireConfig()
    whole_messages = True

    def client(self) -> HostedWire:
        """A wire for a connection that the host dialed."""
        return HostedWire(self.config)

    def server(self) -> HostedWire:
        """A wire for a connection that the host accepted."""
        return HostedWire(self.config)
