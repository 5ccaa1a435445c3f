"""One WebSocket connection that somebody else runs: whole messages and closes in, whole messages and closes out.

For hosts that own a WebSocket already, such as the drivers of bot frameworks. It has the shape of `WebSocketWire`;
there is no handshake, ping or close frame to make, because the host makes them.
"""

from __future__ import annotations

from qqgw_proto.config import WireConfig
from qqgw_proto.wire.events import Failed, Unreadable, Upgraded, WireEvent
from qqgw_proto.wire.url import GatewayUrl

__all__ = ["HostedWire"]

_TOO_BIG = 1009


class HostedWire:
    """One connection.

    Args:
        config: Only `max_message` matters here.
    """

    def __init__(self, config: WireConfig) -> None:
        self._config = config

    def receive(self, data: bytes) -> list[WireEvent]:
        """Takes one whole message, text as UTF-8."""
        if len(data) > self._config.max_message:
            return [Failed(_TOO_BIG, f"a message is longer than {self._config.max_message} bytes")]
        try:
            data.decode()
        except UnicodeDecodeError as error:
            return [Unreadable(f"a message is not UTF-8: {error.reason}")]
        return [data]

    def end(self) -> list[WireEvent]:
        """Nothing is ever half collected."""
        return []

    def open(self, url: GatewayUrl) -> tuple[bytes, list[WireEvent]]:
        """The host's WebSocket stands already."""
        return b"", [Upgraded()]

    def accept(self) -> bytes:
        """The host has accepted already."""
        return b""

    def text(self, payload: bytes) -> bytes:
        """One whole text message."""
        return payload

    def ping(self, payload: bytes) -> bytes:
        """The host pings by itself."""
        return b""

    def pong(self, payload: bytes) -> bytes:
        """The host answers pings by itself."""
        return b""

    def close(self, code: int, reason: str = "") -> bytes:
        """The host closes when told so by `CloseTransport`."""
        return b""
