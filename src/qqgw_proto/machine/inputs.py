"""Everything that can happen to a shard, as values; one column of the table each.

Inputs of the owner are calls of `ClientGateway`; inputs of a transport carry the number of the connection they belong
to, answers the number of the request they answer; a stale number never reaches the table (`machine.step`). What the
wire brings stands in `arrivals`. The clock's inputs are deadlines that have passed (`machine.due`). All times are
seconds of the caller's clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import attrs

from qqgw_proto.errors import GatewayError
from qqgw_proto.machine.arrivals import FrameInput, WireInput, kind_field
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.session import Snapshot, Ticket


@attrs.frozen
class Start:
    """`start(session)`."""

    session: Snapshot | None = None
    kind: Kind = kind_field(Kind.START)


@attrs.frozen
class Stop:
    """`stop()`."""

    kind: Kind = kind_field(Kind.STOP)


@attrs.frozen
class Reconnect:
    """`reconnect()`: a planned RESUME."""

    kind: Kind = kind_field(Kind.RECONNECT)


@attrs.frozen
class AccessGranted:
    """`access_granted(request, url, token)`; the token is in no repr, and not `fresh` if it was refused before."""

    request: int
    url: str
    token: str = attrs.field(repr=False)
    fresh: bool = attrs.field(default=True, kw_only=True)
    kind: Kind = kind_field(Kind.ACCESS_GRANTED)


@attrs.frozen
class AccessDenied:
    """`access_denied(request, cause, fatal, retry_after)`; fatal has a column of its own."""

    request: int
    cause: GatewayError
    retry_after: float | None = None
    kind: Kind = Kind.ACCESS_DENIED


@attrs.frozen
class PermitGranted:
    """`permit_granted(request)`."""

    request: int
    kind: Kind = kind_field(Kind.PERMIT_GRANTED)


@attrs.frozen
class PermitDelayed:
    """`permit_delayed(request, until)`."""

    request: int
    until: float
    kind: Kind = kind_field(Kind.PERMIT_DELAYED)


@attrs.frozen
class Settled:
    """`settled(tickets)`."""

    tickets: Sequence[Ticket]
    kind: Kind = kind_field(Kind.SETTLED)


@attrs.frozen
class ReadingPaused:
    """`reading_paused()`: the shell's buffer is full."""

    kind: Kind = kind_field(Kind.READING_PAUSED)


@attrs.frozen
class ReadingResumed:
    """`reading_resumed()`."""

    kind: Kind = kind_field(Kind.READING_RESUMED)


@attrs.frozen
class Opened:
    """`opened(connection)`: TCP and TLS stand."""

    connection: int
    kind: Kind = kind_field(Kind.OPENED)


@attrs.frozen
class DialFailed:
    """`dial_failed(connection, cause)`."""

    connection: int
    cause: GatewayError
    kind: Kind = kind_field(Kind.DIAL_FAILED)


@attrs.frozen
class Lost:
    """`lost(connection, cause)` or EOF."""

    connection: int
    cause: GatewayError
    kind: Kind = kind_field(Kind.LOST)


@attrs.frozen
class WritingBlocked:
    """`writing_blocked(connection)`: the transport takes no more bytes for now."""

    connection: int
    kind: Kind = kind_field(Kind.WRITING_BLOCKED)


@attrs.frozen
class WritingResumed:
    """`writing_resumed(connection)`: all bytes handed out so far are gone."""

    connection: int
    kind: Kind = kind_field(Kind.WRITING_RESUMED)


@attrs.frozen
class Due:
    """A deadline has passed; `late` is by how many seconds."""

    kind: Kind
    late: float = 0.0


OwnerInput: TypeAlias = Start | Stop | Reconnect | Settled | ReadingPaused | ReadingResumed
Answer: TypeAlias = AccessGranted | AccessDenied | PermitGranted | PermitDelayed
TransportInput: TypeAlias = Opened | DialFailed | Lost | WritingBlocked | WritingResumed
Input: TypeAlias = OwnerInput | Answer | TransportInput | WireInput | FrameInput | Due
