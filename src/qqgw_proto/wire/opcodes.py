"""The ops of the gateway protocol (`protocol.md` section 2.2; EE:36-47)."""

from __future__ import annotations

from enum import IntEnum, unique

__all__ = ["Opcode"]


@unique
class Opcode(IntEnum):
    """One number per kind of frame; 3, 4, 5 and 8 are unused gaps."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    RESUME = 6
    RECONNECT = 7
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11
    HTTP_CALLBACK_ACK = 12
    HTTP_CALLBACK_VALIDATION = 13
