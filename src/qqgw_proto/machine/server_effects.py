"""What the server's end asks its shell to do, as values, to be applied in order. One connection: no numbers needed."""

from __future__ import annotations

from typing import ClassVar, TypeAlias

import msgspec

from qqgw_proto.errors import GatewayError
from qqgw_proto.wire.veiled import Veiled

__all__ = [
    "Beaten",
    "ClientViolated",
    "Ended",
    "JudgeIdentify",
    "JudgeResume",
    "Out",
    "SendAccept",
    "SendServerClose",
    "SendServerPong",
    "SendText",
    "ServerAbandonTransport",
    "ServerCloseTransport",
    "ServerEffect",
    "ServerMachineEffect",
    "ServerWrite",
]


class ServerWrite(Veiled, frozen=True):
    """Send bytes (with a `MessageWire`: one whole text message). Failure: `lost(cause)`."""

    data: bytes
    veiled: ClassVar[frozenset[str]] = frozenset(("data",))


class ServerCloseTransport(msgspec.Struct, frozen=True):
    """Send what was written, then close, waiting no longer than `within` seconds. Nothing answers it."""

    code: int
    reason: str
    within: float


class ServerAbandonTransport(msgspec.Struct, frozen=True):
    """Drop the transport at once. Nothing answers it."""


class JudgeIdentify(Veiled, frozen=True):
    """A client wants a session. Success: `ready(frame)`. Failure: `send([op 9])` then `close(code)`, or `close`."""

    token: str
    intents: int
    shard: tuple[int, int]
    veiled: ClassVar[frozenset[str]] = frozenset(("token",))


class JudgeResume(Veiled, frozen=True):
    """A client wants its session back. Success: `send(missed)`, `resumed(frame)`. Failure: as `JudgeIdentify`."""

    token: str
    session_id: str
    seq: int
    veiled: ClassVar[frozenset[str]] = frozenset(("token",))


class Beaten(msgspec.Struct, frozen=True):
    """The client's heartbeat came; it has received everything up to `seq`."""

    seq: int | None


class ClientViolated(msgspec.Struct, frozen=True):
    """The client broke a rule."""

    error: GatewayError


class Ended(msgspec.Struct, frozen=True):
    """The connection is over; emitted exactly once."""

    code: int | None
    why: str


class SendAccept(msgspec.Struct, frozen=True):
    """The 101."""


class SendText(msgspec.Struct, frozen=True):
    """One frame of the gateway."""

    payload: bytes


class SendServerPong(msgspec.Struct, frozen=True):
    """A WebSocket pong."""

    payload: bytes


class SendServerClose(msgspec.Struct, frozen=True):
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
Out: TypeAlias = list[ServerMachineEffect]
"""What an action appends its effects to."""
