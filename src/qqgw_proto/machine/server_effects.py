"""What the server's end asks its shell to do, as values, to be applied in order. One connection: no numbers needed."""

from __future__ import annotations

from typing import TypeAlias

import attrs

from qqgw_proto.errors import GatewayError

__all__ = ["ServerEffect", "ServerMachineEffect"]


@attrs.frozen
class ServerWrite:
    """Send bytes (with a `MessageWire`: one whole text message). Failure: `lost(cause)`."""

    data: bytes = attrs.field(repr=lambda data: f"<{len(data)} bytes>")


@attrs.frozen
class ServerCloseTransport:
    """Send what was written, then close, waiting no longer than `within` seconds. Nothing answers it."""

    code: int
    reason: str
    within: float


@attrs.frozen
class ServerAbandonTransport:
    """Drop the transport at once. Nothing answers it."""


@attrs.frozen
class JudgeIdentify:
    """A client wants a session. Success: `ready(frame)`. Failure: `send([op 9])` then `close(code)`, or `close`."""

    token: str = attrs.field(repr=False)
    intents: int
    shard: tuple[int, int]


@attrs.frozen
class JudgeResume:
    """A client wants its session back. Success: `send(missed)`, `resumed(frame)`. Failure: as `JudgeIdentify`."""

    token: str = attrs.field(repr=False)
    session_id: str
    seq: int


@attrs.frozen
class Beaten:
    """The client's heartbeat came; it has received everything up to `seq`."""

    seq: int | None


@attrs.frozen
class ClientViolated:
    """The client broke a rule."""

    error: GatewayError


@attrs.frozen
class Ended:
    """The connection is over; emitted exactly once."""

    code: int | None
    why: str


@attrs.frozen
class SendAccept:
    """The 101."""


@attrs.frozen
class SendText:
    """One frame of the gateway."""

    payload: bytes


@attrs.frozen
class SendServerPong:
    """A WebSocket pong."""

    payload: bytes


@attrs.frozen
class SendServerClose:
    """A close frame."""

    code: int
    reason: str


ServerEffect: TypeAlias = (
    ServerWrite
    | ServerCloseTransport
    | ServerAbandonTransport
    | JudgeIdentify
    | JudgeResume
    | Beaten
    | ClientViolated
    | Ended
)
ServerMachineEffect: TypeAlias = ServerEffect | SendAccept | SendText | SendServerPong | SendServerClose
