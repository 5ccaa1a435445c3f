"""Doors of the tests' own, put in the place of `ByteWire`."""

from __future__ import annotations

import attrs

from qqgw_proto.config import WireConfig
from qqgw_proto.wire.events import WireEvent
from qqgw_proto.wire.websocket import WebSocketWire

__all__ = ["ByteByByte"]


class _ByteByByteWire(WebSocketWire):
    """Cuts what it is given into single bytes, and reports all that they made at the end."""

    def receive(self, data: bytes) -> list[WireEvent]:
        reported: list[WireEvent] = []
        for index in range(len(data)):
            reported += super().receive(data[index : index + 1])
        return reported


@attrs.frozen
class ByteByByte:
    """Makes such wires."""

    config: WireConfig = WireConfig()
    whole_messages: bool = attrs.field(default=False, init=False)

    def client(self) -> WebSocketWire:
        return _ByteByByteWire(self.config, client=True)

    def server(self) -> WebSocketWire:
        return _ByteByByteWire(self.config, client=False)
