"""What a shard asks its shell to do, as values, returned in order by every call and to be applied in that order.

Each docstring names the calls that answer the effect, for success and for failure (a test reads them). `connection`,
`request` are the numbers to hand back. The machine's own `Send…` effects never leave `ClientGateway`, which lets the
wire turn them into `Write`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, TypeAlias, cast

import msgspec

from qqgw_proto.errors import GatewayError
from qqgw_proto.machine.session import Snapshot, Ticket
from qqgw_proto.wire.frames import Dispatch
from qqgw_proto.wire.url import GatewayUrl
from qqgw_proto.wire.veiled import Veiled

__all__ = [
    "AbandonTransport",
    "CloseTransport",
    "Connected",
    "Delayed",
    "Deliver",
    "Dial",
    "Disconnected",
    "Effect",
    "Failed",
    "Gap",
    "GapCause",
    "MachineEffect",
    "Notice",
    "Out",
    "Ready",
    "Request",
    "RequestAccess",
    "RequestPermit",
    "Resumed",
    "Retrying",
    "ReturnPermit",
    "SaveSession",
    "Send",
    "SendClose",
    "SendHeartbeat",
    "SendIdentify",
    "SendPong",
    "SendResume",
    "SendUpgrade",
    "Stopped",
    "Violated",
    "Write",
]

# --- what the shell does -------------------------------------------------------------------------------------------


class RequestPermit(msgspec.Struct, frozen=True):
    """Ask the identify gate for a slot.

    Success: `permit_granted(request)`. Failure: `permit_delayed(request, until)`, as often as the gate says so.
    A permit once granted always comes back as `ReturnPermit`, once.
    """

    request: int


class ReturnPermit(msgspec.Struct, frozen=True):
    """Give a slot back to the identify gate. Nothing answers it.

    `identified_at` is when the IDENTIFY was sent, in the caller's seconds, or None: the slot was not used.
    """

    request: int
    identified_at: float | None


class RequestAccess(msgspec.Struct, frozen=True):
    """Provide the gateway URL and a token that is valid now.

    Success: `access_granted(request, url, token)`. Failure: `access_denied(request, cause, fatal, retry_after)`.
    `renew`: the token of the latest grant was refused. Ask the platform anew; where it gives the same one, grant that.
    """

    request: int
    renew: bool


class Dial(msgspec.Struct, frozen=True):
    """Open a transport (TCP, and TLS for wss) to `url`.

    Success: `opened(connection)`. Failure: `dial_failed(connection, cause)`; with a `MessageWire`, whose host opens the
    WebSocket too, at `url` as a text, a refused handshake is `upgrade_rejected(connection, status)`. Once opened:
    `receive_data` for every chunk (or `receive_message` and `closed`), `lost(connection, cause)` at the end.
    """

    connection: int
    url: GatewayUrl


class Write(Veiled, frozen=True):
    """Send bytes (with a `MessageWire`: one whole text message, as UTF-8).

    Success: nothing. Failure: `lost(connection, cause)`; if the transport takes no more for now,
    `writing_blocked(connection)`, and once all is gone `writing_resumed(connection)`.
    """

    connection: int
    data: bytes
    veiled: ClassVar[frozenset[str]] = frozenset(("data",))


class CloseTransport(msgspec.Struct, frozen=True):
    """End the transport politely: send what was written, then close, waiting no longer than `within` seconds.

    Nothing answers it. With a `MessageWire`: begin the close handshake with `code` and `reason`, go on reading, and say
    `closed(connection, code, reason)` or `lost(connection, cause)` when it is over; after `within` seconds that is no
    longer waited for. Others have code and reason in the last `Write`.
    """

    connection: int
    code: int
    reason: str
    within: float


class AbandonTransport(msgspec.Struct, frozen=True):
    """Drop the transport at once, or stop dialing; never wait for anything. Nothing answers it."""

    connection: int


class Deliver(msgspec.Struct, frozen=True):
    """Hand events to whoever handles them. Answered by `settled(tickets)`, in any order, one by one or in batches.

    `epoch` is the session's; `tickets()` gives the receipts. `duplicated` events were dropped here, `rewound` ones are
    among `events` though their `s` was received before.
    """

    events: Sequence[Dispatch]
    epoch: int
    duplicated: int = 0
    rewound: int = 0

    def ticket(self, event: Dispatch) -> Ticket:
        """The receipt of one of the events."""
        return Ticket((self.epoch, event.s or 0))

    def tickets(self) -> list[Ticket]:
        """The receipts of all events, in their order."""
        epoch = self.epoch
        return cast("list[Ticket]", [(epoch, event.s or 0) for event in self.events])


class SaveSession(msgspec.Struct, frozen=True):
    """Keep the snapshot where a restart finds it; None = forget what is kept. Nothing answers it.

    A snapshot may have no session: then it keeps a loss that a restart must announce.
    """

    snapshot: Snapshot | None


# --- notices: nothing to do, something to know ---------------------------------------------------------------------


class Connected(msgspec.Struct, frozen=True):
    """The WebSocket stands. Exactly one `Disconnected` follows."""

    connection: int


class Ready(msgspec.Struct, frozen=True):
    """A new session stands. `event` is the READY dispatch; `session_id` is None where it cannot be resumed."""

    event: Dispatch
    session_id: str | None


class Resumed(msgspec.Struct, frozen=True):
    """The session goes on; the replay is complete. `event` is the RESUMED dispatch."""

    event: Dispatch


class Disconnected(msgspec.Struct, frozen=True):
    """The connection that `Connected` announced is over."""

    connection: int
    cause: GatewayError


GapCause: TypeAlias = Literal["session", "crash", "hole"]
"""What a `Gap` comes of."""


class Gap(msgspec.Struct, frozen=True):
    """Events were lost that the protocol cannot bring back; announced exactly once for each break.

    `cause` is "session" (it was lost, or a restart found it too old), "crash" (a restart found open events of earlier
    sessions) or "hole" (a RESUME skipped numbers). `first` and `last` bound the lost numbers; None = not known.
    """

    cause: GapCause
    first: int | None
    last: int | None


class Retrying(msgspec.Struct, frozen=True):
    """The next attempt begins at `at`, in the caller's seconds, because of `why`."""

    at: float
    why: GatewayError


class Delayed(msgspec.Struct, frozen=True):
    """The identify gate lets this shard wait until `until`, in the caller's seconds."""

    until: float


class Violated(msgspec.Struct, frozen=True):
    """The peer broke a rule; the frame was ignored and is to be counted."""

    error: GatewayError


class Stopped(msgspec.Struct, frozen=True):
    """The shard has ended as wanted; no call can bring it back."""


class Failed(msgspec.Struct, frozen=True):
    """The shard has ended by a fatal cause; no call can bring it back."""

    error: GatewayError


# --- what the wire turns into Write --------------------------------------------------------------------------------


class SendUpgrade(msgspec.Struct, frozen=True):
    """The WebSocket handshake."""

    connection: int
    url: GatewayUrl


class SendIdentify(Veiled, frozen=True):
    """Op 2."""

    connection: int
    token: str
    intents: int
    shard: tuple[int, int]
    properties: Mapping[str, str]
    veiled: ClassVar[frozenset[str]] = frozenset(("token",))


class SendResume(Veiled, frozen=True):
    """Op 6."""

    connection: int
    token: str
    session_id: str
    seq: int
    veiled: ClassVar[frozenset[str]] = frozenset(("token",))


class SendHeartbeat(msgspec.Struct, frozen=True):
    """Op 1."""

    connection: int
    seq: int | None


class SendPong(msgspec.Struct, frozen=True):
    """A WebSocket pong."""

    connection: int
    payload: bytes


class SendClose(msgspec.Struct, frozen=True):
    """A WebSocket close frame."""

    connection: int
    code: int
    reason: str


Send: TypeAlias = SendUpgrade | SendIdentify | SendResume | SendHeartbeat | SendPong | SendClose
Notice: TypeAlias = Connected | Ready | Resumed | Disconnected | Gap | Retrying | Delayed | Violated | Stopped | Failed
Request: TypeAlias = RequestPermit | RequestAccess | Dial
Effect: TypeAlias = Request | ReturnPermit | Write | CloseTransport | AbandonTransport | Deliver | SaveSession | Notice
MachineEffect: TypeAlias = Effect | Send
Out: TypeAlias = list[MachineEffect]
"""What an action appends its effects to."""
