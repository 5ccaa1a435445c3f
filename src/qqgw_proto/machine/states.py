"""The states of a shard's whole life, flat, and the named groups that the table writes rows for at once."""

from __future__ import annotations

from enum import IntEnum, unique
from typing import Final

__all__ = ["CONNECTED", "DOUBTING", "FINAL", "HEARTBEATING", "LINKED", "OFFLINE", "ConnectionState"]


@unique
class ConnectionState(IntEnum):
    """Where a shard stands. Public: `ClientGateway.state` is one of these.

    An `IntEnum`, so that the table is indexed by position and no state is hashed while events flow.
    """

    IDLE = 0
    """Made, not started."""
    PERMITTING = 1
    """Waits for the identify gate; only before an IDENTIFY."""
    PREPARING = 2
    """Waits for URL and token."""
    DIALING = 3
    """Waits for TCP and TLS."""
    UPGRADING = 4
    """Waits for the answer to the WebSocket handshake."""
    GREETING = 5
    """Waits for HELLO."""
    IDENTIFYING = 6
    """IDENTIFY is sent, waits for READY."""
    RESUMING = 7
    """RESUME is sent, takes the replay, waits for RESUMED."""
    READY = 8
    """Events flow."""
    DOUBTING_IDENTIFY = 9
    """Op 9 answered the IDENTIFY; the close code that follows names the true cause."""
    DOUBTING_SESSION = 10
    """Op 9 came in a session; the close code that follows names the true cause."""
    CLOSING = 11
    """A wanted stop: the close frame is sent, waits for the peer's."""
    WAITING = 12
    """Backs off before the next attempt."""
    STOPPED = 13
    """Ended as wanted."""
    FAILED = 14
    """Ended by a fatal cause."""


_S = ConnectionState

OFFLINE: Final = (_S.IDLE, _S.PERMITTING, _S.PREPARING, _S.WAITING, _S.STOPPED, _S.FAILED)
"""No connection exists."""
DOUBTING: Final = (_S.DOUBTING_IDENTIFY, _S.DOUBTING_SESSION)
"""Op 9 came, its cause is not yet known."""
HEARTBEATING: Final = (_S.IDENTIFYING, _S.RESUMING, _S.READY, *DOUBTING)
"""HELLO has come: the heartbeat runs."""
CONNECTED: Final = (_S.GREETING, *HEARTBEATING)
"""The WebSocket is open and wanted."""
LINKED: Final = (_S.UPGRADING, *CONNECTED)
"""The transport is open and wanted."""
FINAL: Final = (_S.STOPPED, _S.FAILED)
"""Nothing leads out of these."""
