"""A gateway's wire that tells binary messages from text: the real gateway expects text, the core reads both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from wsproto import events as ws

from qqgw_proto.config import WireConfig
from qqgw_proto.wire.doors import ByteWire
from qqgw_proto.wire.events import WireEvent
from qqgw_proto.wire.websocket import WebSocketWire

__all__ = ["TextOnly"]

_BINARY: Final = "a binary message: the gateway expects text"


class _TextOnlyWire(WebSocketWire):
    __slots__ = ("_tell",)

    def __init__(self, config: WireConfig, tell: Callable[[str], None]) -> None:
        super().__init__(config, client=False)
        self._tell = tell

    def _collect(self, event: ws.TextMessage | ws.BytesMessage) -> list[WireEvent]:
        if isinstance(event, ws.BytesMessage) and event.message_finished:
            self._tell(_BINARY)
        return super()._collect(event)


class TextOnly(ByteWire, frozen=True, kw_only=True):
    """A door like `ByteWire`; a binary message is read all the same, so that its sender can be told more.

    Args:
        tell: Called with what is wrong, once for each binary message.
    """

    tell: Callable[[str], None]

    def server(self) -> WebSocketWire:
        """Tells of binary messages."""
        return _TextOnlyWire(self.config, self.tell)
