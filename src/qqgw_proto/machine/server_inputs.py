"""The server's end of one connection: its states, and everything that can happen to it, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum, unique
from typing import ClassVar, TypeAlias

import msgspec

from qqgw_proto.errors import GatewayError
from qqgw_proto.wire.veiled import Veiled

__all__ = [
    "ClientClosed",
    "ClientFailed",
    "ClientPinged",
    "CloseOrdered",
    "FrameReceived",
    "HeartbeatReceived",
    "IdentifyReceived",
    "ReadyGiven",
    "ResumeReceived",
    "ResumedGiven",
    "Said",
    "ServerDue",
    "ServerInput",
    "ServerKind",
    "ServerLost",
    "ServerStart",
    "ServerState",
    "UpgradeRequested",
]


@unique
class ServerState(IntEnum):
    """Where one connection stands, seen from the gateway."""

    IDLE = 0
    """Made, not started."""
    UPGRADING = 1
    """Waits for the request of the WebSocket handshake."""
    GREETED = 2
    """HELLO is sent, waits for IDENTIFY or RESUME."""
    JUDGING = 3
    """IDENTIFY came, waits for the owner's READY; nothing else is sent meanwhile."""
    REPLAYING = 4
    """RESUME came, sends what was missed, waits for the owner's RESUMED."""
    LIVE = 5
    """The session stands."""
    CLOSING = 6
    """The close frame is sent, waits for the client's."""
    CLOSED = 7
    """Over."""


@unique
class ServerKind(IntEnum):
    """The columns of the server's table."""

    START = 0
    READY_GIVEN = 1
    RESUMED_GIVEN = 2
    SAID = 3
    CLOSE_ORDERED = 4
    LOST = 5
    REQUESTED = 6
    PINGED = 7
    CLOSED = 8
    WIRE_FAILED = 9
    IDENTIFY = 10
    RESUME = 11
    HEARTBEAT = 12
    ACK = 13
    UNKNOWN_OP = 14
    MALFORMED = 15
    STATE_DUE = 16
    SILENT = 17


class ServerStart(msgspec.Struct, frozen=True):
    """`start()`: a transport was accepted."""

    kind: ClassVar[ServerKind] = ServerKind.START


class ReadyGiven(msgspec.Struct, frozen=True):
    """`ready(frame)`."""

    frame: bytes
    kind: ClassVar[ServerKind] = ServerKind.READY_GIVEN


class ResumedGiven(msgspec.Struct, frozen=True):
    """`resumed(frame)`."""

    frame: bytes
    kind: ClassVar[ServerKind] = ServerKind.RESUMED_GIVEN


class Said(msgspec.Struct, frozen=True):
    """`send(frames)`."""

    frames: Sequence[bytes]
    kind: ClassVar[ServerKind] = ServerKind.SAID


class CloseOrdered(msgspec.Struct, frozen=True):
    """`close(code, reason)`."""

    code: int
    reason: str
    kind: ClassVar[ServerKind] = ServerKind.CLOSE_ORDERED


class ServerLost(msgspec.Struct, frozen=True):
    """`lost(cause)` or EOF."""

    cause: GatewayError
    kind: ClassVar[ServerKind] = ServerKind.LOST


class UpgradeRequested(Veiled, frozen=True):
    """The handshake's request is complete and right."""

    target: str
    headers: Mapping[str, str]
    kind: ClassVar[ServerKind] = ServerKind.REQUESTED
    veiled: ClassVar[frozenset[str]] = frozenset(("headers",))


class ClientPinged(msgspec.Struct, frozen=True):
    """A WebSocket ping."""

    payload: bytes
    kind: ClassVar[ServerKind] = ServerKind.PINGED


class ClientClosed(msgspec.Struct, frozen=True):
    """A close frame."""

    code: int
    reason: str
    kind: ClassVar[ServerKind] = ServerKind.CLOSED


class ClientFailed(msgspec.Struct, frozen=True):
    """The client broke the WebSocket protocol or a limit."""

    code: int
    why: str
    kind: ClassVar[ServerKind] = ServerKind.WIRE_FAILED


class IdentifyReceived(Veiled, frozen=True):
    """Op 2; the token as sent, prefix included, is in no repr."""

    token: str
    intents: int
    shard: tuple[int, int]
    kind: ClassVar[ServerKind] = ServerKind.IDENTIFY
    veiled: ClassVar[frozenset[str]] = frozenset(("token",))


class ResumeReceived(Veiled, frozen=True):
    """Op 6; the token as sent, with or without its prefix, is in no repr."""

    token: str
    session_id: str
    seq: int
    kind: ClassVar[ServerKind] = ServerKind.RESUME
    veiled: ClassVar[frozenset[str]] = frozenset(("token",))


class HeartbeatReceived(msgspec.Struct, frozen=True):
    """Op 1; `d` may be a number, 0, null or missing (`protocol.md` 2.4)."""

    seq: int | None
    kind: ClassVar[ServerKind] = ServerKind.HEARTBEAT


class FrameReceived(msgspec.Struct, frozen=True):
    """A frame without further meaning here: op 11, an unknown op, no frame at all."""

    what: str
    kind: ServerKind


class ServerDue(msgspec.Struct, frozen=True):
    """A deadline has passed."""

    kind: ServerKind


ServerInput: TypeAlias = (
    ServerStart
    | ReadyGiven
    | ResumedGiven
    | Said
    | CloseOrdered
    | ServerLost
    | UpgradeRequested
    | ClientPinged
    | ClientClosed
    | ClientFailed
    | IdentifyReceived
    | ResumeReceived
    | HeartbeatReceived
    | FrameReceived
    | ServerDue
)
