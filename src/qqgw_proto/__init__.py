"""qqgw_proto: the QQ bot gateway protocol as a pure state machine. No I/O, no clock, no threads, no global randomness.

Start with `ClientGateway`; its docstring states the calling rules. `ServerGateway` is the other end of a connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from qqgw_proto.client import ClientGateway, SessionInfo
from qqgw_proto.config import (
    ClientConfig,
    Deadlines,
    HeartbeatConfig,
    ReconnectConfig,
    ServerConfig,
    ShardConfig,
    WireConfig,
)
from qqgw_proto.machine.close_codes import CLOSE_CODES, CloseAction, CloseCode
from qqgw_proto.machine.session import Snapshot, Ticket
from qqgw_proto.machine.states import ConnectionState
from qqgw_proto.wire.doors import ByteWire, MessageWire
from qqgw_proto.wire.frames import Dispatch

if TYPE_CHECKING:
    from qqgw_proto.server import ServerGateway
else:

    def __getattr__(name: str) -> object:
        """Loads the other end of a connection where it is asked for: a bot has none."""
        if name == "ServerGateway":
            from qqgw_proto.server import ServerGateway  # noqa: PLC0415

            return ServerGateway
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})


__all__ = [
    "CLOSE_CODES",
    "ByteWire",
    "ClientConfig",
    "ClientGateway",
    "CloseAction",
    "CloseCode",
    "ConnectionState",
    "Deadlines",
    "Dispatch",
    "HeartbeatConfig",
    "MessageWire",
    "ReconnectConfig",
    "ServerConfig",
    "ServerGateway",
    "SessionInfo",
    "ShardConfig",
    "Snapshot",
    "Ticket",
    "WireConfig",
]
