"""The server's end of one connection: its states, and everything that can happen to it, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum, unique
from typing import TypeAlias

import attrs

from qqgw_proto.errors import GatewayError

__all__ = ["ServerInput", "ServerKind", "ServerState"]


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


def _only(kind: ServerKind) -> ServerKind:
    return attrs.field(default=kind, init=False, repr=False)


@attrs.frozen
class ServerStart:
    """`start()`: a transport was accepted."""

    kind: ServerKind = _only(ServerKind.START)


@attrs.frozen
class ReadyGiven:
    """`ready(frame)`."""

    frame: bytes
    kind: ServerKind = _only(ServerKind.READY_GIVEN)


@attrs.frozen
class ResumedGiven:
    """`resumed(frame)`."""

    frame: bytes
    kind: ServerKind = _only(ServerKind.RESUMED_GIVEN)


@attrs.frozen
class Said:
    """`send(frames)`."""

    frames: Sequence[bytes]
    kind: ServerKind = _only(ServerKind.SAID)


@attrs.frozen
class CloseOrdered:
    """`close(code, reason)`."""

    code: int
    reason: str
    kind: ServerKind = _only(ServerKind.CLOSE_ORDERED)


@attrs.frozen
class ServerLost:
    """`lost(cause)` or EOF."""

    cause: GatewayError
    kind: ServerKind = _only(ServerKind.LOST)


@attrs.frozen
class UpgradeRequested:
    """The handshake's request is complete and right."""

    target: str
    headers: Mapping[str, str] = attrs.field(repr=False)
    kind: ServerKind = _only(ServerKind.REQUESTED)


@attrs.frozen
class ClientPinged:
    """A WebSocket ping."""

    payload: bytes
    kind: ServerKind = _only(ServerKind.PINGED)


@attrs.frozen
class ClientClosed:
    """A close frame."""

    code: int
    reason: str
    kind: ServerKind = _only(ServerKind.CLOSED)


@attrs.frozen
class ClientFailed:
    """The client broke the WebSocket protocol or a limit."""

    code: int
    why: str
    kind: ServerKind = _only(ServerKind.WIRE_FAILED)


@attrs.frozen
class IdentifyReceived:
    """Op 2; the token as sent, prefix included, is in no repr."""

    token: str = attrs.field(repr=False)
    intents: int
    shard: tuple[int, int]
    kind: ServerKind = _only(ServerKind.IDENTIFY)


@attrs.frozen
class ResumeReceived:
    """Op 6; the token as sent, with or without its prefix, is in no repr."""

    token: str = attrs.field(repr=False)
    session_id: str
    seq: int
    kind: ServerKind = _only(ServerKind.RESUME)


@attrs.frozen
class HeartbeatReceived:
    """Op 1; `d` may be a number, 0, null or missing (`protocol.md` 2.4)."""

    seq: int | None
    kind: ServerKind = _only(ServerKind.HEARTBEAT)


@attrs.frozen
class FrameReceived:
    """A frame without further meaning here: op 11, an unknown op, no frame at all."""

    what: str
    kind: ServerKind


@attrs.frozen
class ServerDue:
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
