"""What the server's end remembers of its one connection, and the actions that its table names."""

from __future__ import annotations

import msgspec

from qqgw_proto.config import ServerConfig
from qqgw_proto.errors import ProtocolViolation
from qqgw_proto.machine import server_effects as do
from qqgw_proto.machine.server_effects import Out
from qqgw_proto.machine.server_inputs import (
    ClientClosed,
    ClientFailed,
    ClientPinged,
    CloseOrdered,
    FrameReceived,
    HeartbeatReceived,
    IdentifyReceived,
    ReadyGiven,
    ResumedGiven,
    ResumeReceived,
    Said,
    ServerInput,
    ServerLost,
    ServerState,
)
from qqgw_proto.wire import frames
from qqgw_proto.wire.close_frames import NORMAL_CLOSURE

__all__ = [
    "ServerLife",
    "abandon",
    "accept",
    "acknowledge",
    "ask_for_replay",
    "ask_for_session",
    "close_as_ordered",
    "close_bad_payload",
    "close_known",
    "close_late",
    "close_silent",
    "close_unknown_op",
    "give_ready",
    "give_resumed",
    "hear",
    "owe_acknowledgement",
    "part",
    "pong",
    "report",
    "say",
    "say_hello",
]

_NO_CODE = 1005
_ALREADY_AUTHENTICATED = 4005
_UNKNOWN_OP = 4001
_BAD_PAYLOAD = 4002
_NOT_AUTHENTICATED = 4003
_EXPIRED = 4009


class ServerLife(msgspec.Struct):
    """One connection, seen from the gateway.

    Attributes:
        config: What was set.
        state: Where it stands.
        now: The latest time handed in.
        state_due: The deadline of the state.
        heard_at: When the client was last heard.
        owed: Heartbeats to acknowledge once READY is out.
    """

    config: ServerConfig
    state: ServerState = ServerState.IDLE
    now: float = 0.0
    state_due: float | None = None
    heard_at: float | None = None
    owed: int = 0

    def silent_at(self) -> float | None:
        """When the client's silence becomes too long."""
        timeout = self.config.heartbeat_timeout
        return None if timeout is None or self.heard_at is None else self.heard_at + timeout


def accept(_life: ServerLife, _given: ServerInput, out: Out) -> None:
    """Accepts the WebSocket; no extension, whatever was offered."""
    out.append(do.SendAccept())


def say_hello(life: ServerLife, _given: ServerInput, out: Out) -> None:
    """HELLO is the first frame (EE:171); a client that identifies before it is served all the same."""
    life.heard_at = life.now
    out.append(do.SendText(frames.hello(round(life.config.heartbeat_interval * 1000))))


def hear(life: ServerLife, _given: ServerInput, _out: Out) -> None:
    """Notes that something came from the client."""
    life.heard_at = life.now


def ask_for_session(_life: ServerLife, given: IdentifyReceived, out: Out) -> None:
    """Asks the owner to judge the IDENTIFY."""
    out.append(do.JudgeIdentify(given.token, given.intents, given.shard))


def ask_for_replay(_life: ServerLife, given: ResumeReceived, out: Out) -> None:
    """Asks the owner to judge the RESUME."""
    out.append(do.JudgeResume(given.token, given.session_id, given.seq))


def give_ready(life: ServerLife, given: ReadyGiven, out: Out) -> None:
    """READY first, then whatever was held back: real clients take nothing else in between (conformance 2.6)."""
    out.append(do.SendText(given.frame))
    out.extend(do.SendText(frames.heartbeat_ack()) for _ in range(life.owed))
    life.owed = 0


def give_resumed(_life: ServerLife, given: ResumedGiven, out: Out) -> None:
    """RESUMED ends the replay (EE:263)."""
    out.append(do.SendText(given.frame))


def say(_life: ServerLife, given: Said, out: Out) -> None:
    """Sends frames of the owner's own making."""
    out.extend(do.SendText(frame) for frame in given.frames)


def acknowledge(life: ServerLife, given: HeartbeatReceived, out: Out) -> None:
    """Op 11 carries no `d` (EE:241)."""
    life.heard_at = life.now
    out.append(do.SendText(frames.heartbeat_ack()))
    out.append(do.Beaten(given.seq))


def owe_acknowledgement(life: ServerLife, given: HeartbeatReceived, out: Out) -> None:
    """Keeps the answer until READY is out."""
    life.heard_at = life.now
    life.owed += 1
    out.append(do.Beaten(given.seq))


def pong(life: ServerLife, given: ClientPinged, out: Out) -> None:
    """Answers a ping."""
    life.heard_at = life.now
    out.append(do.SendServerPong(given.payload))


def close_as_ordered(_life: ServerLife, given: CloseOrdered, out: Out) -> None:
    """Begins the closing handshake with the owner's code."""
    out.append(do.SendServerClose(given.code, given.reason))


def report(_life: ServerLife, given: FrameReceived, out: Out) -> None:
    """Tells the owner what the client sent."""
    out.append(do.ClientViolated(ProtocolViolation(given.what)))


def close_known(_life: ServerLife, _given: ServerInput, out: Out) -> None:
    """A second IDENTIFY or RESUME: 4005 (BOTGO errs/err.go)."""
    out.append(do.SendServerClose(_ALREADY_AUTHENTICATED, "already authenticated"))


def close_unknown_op(_life: ServerLife, _given: ServerInput, out: Out) -> None:
    """4001 bad opcode (WSERR)."""
    out.append(do.SendServerClose(_UNKNOWN_OP, "unknown opcode"))


def close_bad_payload(_life: ServerLife, _given: ServerInput, out: Out) -> None:
    """4002 bad payload (WSERR)."""
    out.append(do.SendServerClose(_BAD_PAYLOAD, "bad payload"))


def close_late(_life: ServerLife, _given: ServerInput, out: Out) -> None:
    """No IDENTIFY in time: 4003 not authenticated (BOTGO errs/err.go)."""
    out.append(do.SendServerClose(_NOT_AUTHENTICATED, "not authenticated in time"))


def close_silent(_life: ServerLife, _given: ServerInput, out: Out) -> None:
    """No heartbeat in time: 4009 connection expired (WSERR)."""
    out.append(do.SendServerClose(_EXPIRED, "session timed out"))


def part(life: ServerLife, given: ClientClosed | ClientFailed, out: Out) -> None:
    """Answers the client's close frame, or tells it what it broke."""
    code = NORMAL_CLOSURE if given.code == _NO_CODE else given.code
    why = given.why if isinstance(given, ClientFailed) else ""
    out.append(do.ServerCloseTransport(code, why, life.config.close))
    out.append(do.Ended(given.code, why or "the client closed"))


def abandon(_life: ServerLife, given: ServerInput, out: Out) -> None:
    """Drops the transport."""
    out.append(do.ServerAbandonTransport())
    code = given.code if isinstance(given, (ClientClosed, ClientFailed)) else None
    why = str(given.cause) if isinstance(given, ServerLost) else "the connection is over"
    out.append(do.Ended(code, why))
