"""Everything that can happen to a shard, as values; one column of the table each.

Inputs of the owner are calls of `ClientGateway`; inputs of a transport carry the number of the connection they belong
to, answers the number of the request they answer; a stale number never reaches the table (`machine.step`). What the
wire brings stands in `arrivals`. The clock's inputs are deadlines that have passed (`machine.due`). All times are
seconds of the caller's clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, TypeAlias

import msgspec

from qqgw_proto.errors import GatewayError
from qqgw_proto.machine.arrivals import FrameInput, WireInput
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.session import Snapshot, Ticket
from qqgw_proto.wire.veiled import Veiled

__all__ = [
    "AccessDenied",
    "AccessGranted",
    "Answer",
    "DialFailed",
    "Due",
    "Input",
    "Lost",
    "Opened",
    "OwnerInput",
    "PermitDelayed",
    "PermitGranted",
    "ReadingPaused",
    "ReadingResumed",
    "Reconnect",
    "Settled",
    "Start",
    "Stop",
    "TransportInput",
    "WritingBlocked",
    "WritingResumed",
]


class Start(msgspec.Struct, frozen=True):
    """`start(session)`."""

    session: Snapshot | None = None
    kind: ClassVar[Kind] = Kind.START


class Stop(msgspec.Struct, frozen=True):
    """`stop()`."""

    kind: ClassVar[Kind] = Kind.STOP


class Reconnect(msgspec.Struct, frozen=True):
    """`reconnect()`: a planned RESUME."""

    kind: ClassVar[Kind] = Kind.RECONNECT


class AccessGranted(Veiled, frozen=True):
    """`access_granted(request, url, token)`; the token is in no repr, and not `fresh` if it was refused before."""

    request: int
    url: str
    token: str
    fresh: bool = True
    kind: ClassVar[Kind] = Kind.ACCESS_GRANTED
    veiled: ClassVar[frozenset[str]] = frozenset(("token",))


class AccessDenied(msgspec.Struct, frozen=True):
    """`access_denied(request, cause, fatal, retry_after)`; fatal has a column of its own."""

    request: int
    cause: GatewayError
    retry_after: float | None = None
    kind: Kind = Kind.ACCESS_DENIED


class PermitGranted(msgspec.Struct, frozen=True):
    """`permit_granted(request)`."""

    request: int
    kind: ClassVar[Kind] = Kind.PERMIT_GRANTED


class PermitDelayed(msgspec.Struct, frozen=True):
    """`permit_delayed(request, until)`."""

    request: int
    until: float
    kind: ClassVar[Kind] = Kind.PERMIT_DELAYED


class Settled(msgspec.Struct, frozen=True):
    """`settled(tickets)`."""

    tickets: Sequence[Ticket]
    kind: ClassVar[Kind] = Kind.SETTLED


class ReadingPaused(msgspec.Struct, frozen=True):
    """`reading_paused()`: the shell's buffer is full."""

    kind: ClassVar[Kind] = Kind.READING_PAUSED


class ReadingResumed(msgspec.Struct, frozen=True):
    """`reading_resumed()`."""

    kind: ClassVar[Kind] = Kind.READING_RESUMED


class Opened(msgspec.Struct, frozen=True):
    """`opened(connection)`: TCP and TLS stand."""

    connection: int
    kind: ClassVar[Kind] = Kind.OPENED


class DialFailed(msgspec.Struct, frozen=True):
    """`dial_failed(connection, cause)`."""

    connection: int
    cause: GatewayError
    kind: ClassVar[Kind] = Kind.DIAL_FAILED


class Lost(msgspec.Struct, frozen=True):
    """`lost(connection, cause)` or EOF."""

    connection: int
    cause: GatewayError
    kind: ClassVar[Kind] = Kind.LOST


class WritingBlocked(msgspec.Struct, frozen=True):
    """`writing_blocked(connection)`: the transport takes no more bytes for now."""

    connection: int
    kind: ClassVar[Kind] = Kind.WRITING_BLOCKED


class WritingResumed(msgspec.Struct, frozen=True):
    """`writing_resumed(connection)`: all bytes handed out so far are gone."""

    connection: int
    kind: ClassVar[Kind] = Kind.WRITING_RESUMED


class Due(msgspec.Struct, frozen=True):
    """A deadline has passed; `late` is by how many seconds."""

    kind: Kind
    late: float = 0.0


OwnerInput: TypeAlias = Start | Stop | Reconnect | Settled | ReadingPaused | ReadingResumed
Answer: TypeAlias = AccessGranted | AccessDenied | PermitGranted | PermitDelayed
TransportInput: TypeAlias = Opened | DialFailed | Lost | WritingBlocked | WritingResumed
Input: TypeAlias = OwnerInput | Answer | TransportInput | WireInput | FrameInput | Due
