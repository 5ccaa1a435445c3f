"""What the wire brings to a shard, as inputs: ends of the handshake, pings, frames, closes, broken rules.

Each carries the number of the connection it came on. Consecutive dispatches of one chunk are one input.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeAlias

import attrs

from qqgw_proto.machine.close_codes import CloseAction
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.wire.frames import Dispatch


def kind_field(kind: Kind) -> Kind:
    """The column of an input class that has only one."""
    return attrs.field(default=kind, init=False, repr=False)


@attrs.frozen
class Upgraded:
    """The 101 came and is right."""

    connection: int
    kind: Kind = kind_field(Kind.UPGRADED)


@attrs.frozen
class UpgradeRejected:
    """Another final status came; 401 and 403 have a column of their own."""

    connection: int
    status: int
    retry_after: float | None
    body: str
    kind: Kind = Kind.UPGRADE_REJECTED


@attrs.frozen
class Pinged:
    """A WebSocket ping."""

    connection: int
    payload: bytes
    kind: Kind = kind_field(Kind.PINGED)


@attrs.frozen
class WireFailed:
    """The peer broke the WebSocket protocol or a limit; `code` is what the RFC tells us to close with."""

    connection: int
    code: int
    why: str
    kind: Kind = kind_field(Kind.WIRE_FAILED)


@attrs.frozen
class Hello:
    """Op 10; `interval` is the raw value of `heartbeat_interval`."""

    connection: int
    interval: object
    kind: Kind = kind_field(Kind.HELLO)


@attrs.frozen
class ReadyReceived:
    """Op 0, `t` READY. The session id is None where none came that can be resumed."""

    connection: int
    event: Dispatch
    session_id: str | None
    kind: Kind = kind_field(Kind.READY)


@attrs.frozen
class ResumedReceived:
    """Op 0, `t` RESUMED."""

    connection: int
    event: Dispatch
    kind: Kind = kind_field(Kind.RESUMED)


@attrs.frozen
class Dispatches:
    """Consecutive frames of op 0, neither READY nor RESUMED, in one chunk."""

    connection: int
    events: Sequence[Dispatch]
    kind: Kind = kind_field(Kind.DISPATCHES)


@attrs.frozen
class HeartbeatAsked:
    """Op 1 from the server."""

    connection: int
    kind: Kind = kind_field(Kind.HEARTBEAT_ASKED)


@attrs.frozen
class HeartbeatAcked:
    """Op 11."""

    connection: int
    kind: Kind = kind_field(Kind.HEARTBEAT_ACKED)


@attrs.frozen
class ReconnectOrdered:
    """Op 7."""

    connection: int
    kind: Kind = kind_field(Kind.RECONNECT_ORDERED)


@attrs.frozen
class SessionInvalid:
    """Op 9; `d` true has a column of its own."""

    connection: int
    kind: Kind = Kind.SESSION_INVALID


@attrs.frozen
class UnknownOp:
    """An op without a meaning in this direction."""

    connection: int
    op: int
    kind: Kind = kind_field(Kind.UNKNOWN_OP)


@attrs.frozen
class MalformedReceived:
    """A message that is no frame of the protocol."""

    connection: int
    why: str
    kind: Kind = kind_field(Kind.MALFORMED)


@attrs.frozen
class Closed:
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
