"""Reads along on a transport what a client writes: the frames in their order, whichever door it uses."""

from __future__ import annotations

from typing import Any

import msgspec

from qqgw_proto.config import WireConfig
from qqgw_proto.wire.events import Requested
from qqgw_proto.wire.websocket import WebSocketWire

__all__ = ["Tap"]


class Tap:
    """One transport.

    Args:
        whole_messages: Whether a write is one whole message.
    """

    def __init__(self, *, whole_messages: bool) -> None:
        self._wire = None if whole_messages else WebSocketWire(WireConfig(), client=False)
        self.frames: list[dict[str, Any]] = []

    def take(self, data: bytes) -> list[dict[str, Any]]:
        """The frames that are complete with this write."""
        if self._wire is None:
            return [msgspec.json.decode(data)]
        found: list[dict[str, Any]] = []
        for event in self._wire.receive(data):
            if isinstance(event, Requested):
                self._wire.accept()
            elif isinstance(event, bytes):
                found.append(msgspec.json.decode(event))
        return found
