"""The columns of the client's table: one for every kind of thing that can happen to a shard."""

from __future__ import annotations

from enum import IntEnum, unique
from typing import Final

__all__ = ["CALLS", "Kind"]


@unique
class Kind(IntEnum):
    """The columns of the table."""

    # The owner.
    START = 0
    STOP = 1
    RECONNECT = 2
    ACCESS_GRANTED = 3
    ACCESS_DENIED = 4
    ACCESS_REFUSED = 5
    PERMIT_GRANTED = 6
    PERMIT_DELAYED = 7
    SETTLED = 8
    READING_PAUSED = 9
    READING_RESUMED = 10
    # The transport.
    OPENED = 11
    DIAL_FAILED = 12
    LOST = 13
    WRITING_BLOCKED = 14
    WRITING_RESUMED = 15
    # The WebSocket layer.
    UPGRADED = 16
    UPGRADE_UNAUTHORIZED = 17
    UPGRADE_REJECTED = 18
    PINGED = 19
    WIRE_FAILED = 20
    # Frames of the gateway.
    HELLO = 21
    READY = 22
    RESUMED = 23
    DISPATCHES = 24
    HEARTBEAT_ASKED = 25
    HEARTBEAT_ACKED = 26
    RECONNECT_ORDERED = 27
    SESSION_DOUBTFUL = 28
    SESSION_INVALID = 29
    UNKNOWN_OP = 30
    MALFORMED = 31
    # Close frames of the gateway, by what their code asks for.
    CLOSED_RESUME = 32
    CLOSED_RESUME_AT_ONCE = 33
    CLOSED_COOL_DOWN = 34
    CLOSED_IDENTIFY = 35
    CLOSED_REFUSED = 36
    CLOSED_RENEW_TOKEN = 37
    CLOSED_FATAL = 38
    # Deadlines.
    SUSPENDED = 39
    WRITE_STALLED = 40
    ACK_OVERDUE = 41
    STATE_DUE = 42
    BEAT_DUE = 43
    PONG_DUE = 44
    SAVE_DUE = 45


CALLS: Final = frozenset(range(Kind.START, Kind.UPGRADED))
"""Columns whose inputs are calls of the owner or the transport: there a violation is a misuse, not the peer's fault."""
