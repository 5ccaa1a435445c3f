"""What the wire brings to a shard, as inputs: ends of the handshake, pings, frames, closes, broken rules.

Each carries the number of the connection it came on. Consecutive dispatches of one chunk are one input.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Final, TypeAlias

import msgspec

from qqgw_proto.machine.close_codes import CloseAction
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.wire.frames import Dispatch

__all__ = [
    "CLOSED_KINDS",
    "Closed",
    "Dispatches",
    "FrameInput",
    "HeartbeatAcked",
    "HeartbeatAsked",
    "Hello",
    "MalformedReceived",
    "Pinged",
    "ReadyReceived",
    "ReconnectOrdered",
    "ResumedReceived",
    "SessionInvalid",
    "UnknownOp",
    "UpgradeRejected",
    "Upgraded",
    "WireFailed",
    "WireInput",
]


class Upgraded(msgspec.Struct, frozen=True):
    """The 101 came and is right."""

    connection: int
    kind: ClassVar[Kind] = Kind.UPGRADED


class UpgradeRejected(msgspec.Struct, frozen=True):
    """Another final status came; 401 and 403 have a column of their own."""

    connection: int
    status: int
    retry_after: float | None
    body: str
    kind: Kind = Kind.UPGRADE_REJECTED


class Pinged(msgspec.Struct, frozen=True):
    """A WebSocket ping."""

    connection: int
    payload: bytes
    kind: ClassVar[Kind] = Kind.PINGED


class WireFailed(msgspec.Struct, frozen=True):
    """The peer broke the WebSocket protocol or a limit; `code` is what the RFC tells us to close with."""

    connection: int
    code: int
    why: str
    kind: ClassVar[Kind] = Kind.WIRE_FAILED


class Hello(msgspec.Struct, frozen=True):
    """Op 10; `interval` is the raw value of `heartbeat_interval`."""

    connection: int
    interval: object
    kind: ClassVar[Kind] = Kind.HELLO


class ReadyReceived(msgspec.Struct, frozen=True):
    """Op 0, `t` READY. The session id is None where none came that can be resumed."""

    connection: int
    event: Dispatch
    session_id: str | None
    kind: ClassVar[Kind] = Kind.READY


class ResumedReceived(msgspec.Struct, frozen=True):
    """Op 0, `t` RESUMED."""

    connection: int
    event: Dispatch
    kind: ClassVar[Kind] = Kind.RESUMED


class Dispatches(msgspec.Struct, frozen=True):
    """Consecutive frames of op 0, neither READY nor RESUMED, in one chunk."""

    connection: int
    events: Sequence[Dispatch]
    kind: ClassVar[Kind] = Kind.DISPATCHES


class HeartbeatAsked(msgspec.Struct, frozen=True):
    """Op 1 from the server."""

    connection: int
    kind: ClassVar[Kind] = Kind.HEARTBEAT_ASKED


class HeartbeatAcked(msgspec.Struct, frozen=True):
    """Op 11."""

    connection: int
    kind: ClassVar[Kind] = Kind.HEARTBEAT_ACKED


class ReconnectOrdered(msgspec.Struct, frozen=True):
    """Op 7."""

    connection: int
    kind: ClassVar[Kind] = Kind.RECONNECT_ORDERED


class SessionInvalid(msgspec.Struct, frozen=True):
    """Op 9; `d` true has a column of its own."""

    connection: int
    kind: Kind = Kind.SESSION_INVALID


class UnknownOp(msgspec.Struct, frozen=True):
    """An op without a meaning in this direction."""

    connection: int
    op: int
    kind: ClassVar[Kind] = Kind.UNKNOWN_OP


class MalformedReceived(msgspec.Struct, frozen=True):
    """A message that is no frame of the protocol."""

    connection: int
    why: str
    kind: ClassVar[Kind] = Kind.MALFORMED


class Closed(msgspec.Struct, frozen=True):
    """A close frame; its column follows from its code (`close_codes`)."""

    connection: int
    code: int
    reason: str
    kind: Kind


CLOSED_KINDS: Final[Mapping[CloseAction, Kind]] = MappingProxyType(
    {
        CloseAction.RESUME: Kind.CLOSED_RESUME,
        CloseAction.RESUME_AT_ONCE: Kind.CLOSED_RESUME_AT_ONCE,
        CloseAction.COOL_DOWN: Kind.CLOSED_COOL_DOWN,
        CloseAction.IDENTIFY: Kind.CLOSED_IDENTIFY,
        CloseAction.REFUSED: Kind.CLOSED_REFUSED,
        CloseAction.RENEW_TOKEN: Kind.CLOSED_RENEW_TOKEN,
        CloseAction.FATAL: Kind.CLOSED_FATAL,
    }
)
"""Which column a close code's row leads to."""

WireInput: TypeAlias = Upgraded | UpgradeRejected | Pinged | WireFailed
FrameInput: TypeAlias = (
    Hello
    | ReadyReceived
    | ResumedReceived
    | Dispatches
    | HeartbeatAsked
    | HeartbeatAcked
    | ReconnectOrdered
    | SessionInvalid
    | UnknownOp
    | MalformedReceived
    | Closed
)
