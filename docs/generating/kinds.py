"""What brings each kind of input, in words: the columns of both tables."""

from __future__ import annotations

from typing import Final

from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.server_inputs import ServerKind

__all__ = ["CLIENT_KINDS", "SERVER_KINDS"]

CLIENT_KINDS: Final[dict[Kind, str]] = {
    Kind.START: "`start(session)`",
    Kind.STOP: "`stop()`",
    Kind.RECONNECT: "`reconnect()`: a planned RESUME",
    Kind.ACCESS_GRANTED: "`access_granted(request, url, token)`",
    Kind.ACCESS_DENIED: "`access_denied(request, cause)`",
    Kind.ACCESS_REFUSED: "`access_denied(request, cause, fatal=True)`",
    Kind.PERMIT_GRANTED: "`permit_granted(request)`",
    Kind.PERMIT_DELAYED: "`permit_delayed(request, until)`",
    Kind.SETTLED: "`settled(tickets)`",
    Kind.READING_PAUSED: "`reading_paused()`",
    Kind.READING_RESUMED: "`reading_resumed()`",
    Kind.OPENED: "`opened(connection)`",
    Kind.DIAL_FAILED: "`dial_failed(connection, cause)`",
    Kind.LOST: "`lost(connection, cause)`, or EOF",
    Kind.WRITING_BLOCKED: "`writing_blocked(connection)`",
    Kind.WRITING_RESUMED: "`writing_resumed(connection)`",
    Kind.UPGRADED: "the WebSocket handshake was accepted",
    Kind.UPGRADE_UNAUTHORIZED: "it was answered with 401 or 403; a host tells by `upgrade_rejected`",
    Kind.UPGRADE_REJECTED: "it was answered with any other status; a host tells by `upgrade_rejected`",
    Kind.PINGED: "a WebSocket ping",
    Kind.WIRE_FAILED: "the peer broke the WebSocket protocol or a limit",
    Kind.HELLO: "op 10",
    Kind.READY: "op 0, READY",
    Kind.RESUMED: "op 0, RESUMED",
    Kind.DISPATCHES: "op 0, a run of any other events",
    Kind.HEARTBEAT_ASKED: "op 1 from the gateway",
    Kind.HEARTBEAT_ACKED: "op 11",
    Kind.RECONNECT_ORDERED: "op 7",
    Kind.SESSION_DOUBTFUL: "op 9 with `d` true",
    Kind.SESSION_INVALID: "op 9 with any other `d`",
    Kind.UNKNOWN_OP: "an op that the protocol does not define in this direction",
    Kind.MALFORMED: "a message that is no frame",
    Kind.CLOSED_RESUME: "a close code that permits RESUME",
    Kind.CLOSED_RESUME_AT_ONCE: "a close code that is routine (4009)",
    Kind.CLOSED_COOL_DOWN: "a close code that asks to slow down (4008)",
    Kind.CLOSED_IDENTIFY: "a close code that ends the session",
    Kind.CLOSED_REFUSED: "a close code that refuses the IDENTIFY",
    Kind.CLOSED_RENEW_TOKEN: "a close code that refuses the token (4004)",
    Kind.CLOSED_FATAL: "a close code that a person must look after",
    Kind.SUSPENDED: "a tick later than one heartbeat interval",
    Kind.WRITE_STALLED: "unsent bytes have not moved in time",
    Kind.ACK_OVERDUE: "the oldest heartbeat without an ACK is too old",
    Kind.STATE_DUE: "the state's own deadline has passed",
    Kind.BEAT_DUE: "a heartbeat is due",
    Kind.PONG_DUE: "a postponed pong is due",
    Kind.SAVE_DUE: "the session is to be saved",
}

SERVER_KINDS: Final[dict[ServerKind, str]] = {
    ServerKind.START: "`start()`",
    ServerKind.READY_GIVEN: "`ready(frame)`",
    ServerKind.RESUMED_GIVEN: "`resumed(frame)`",
    ServerKind.SAID: "`send(frames)`",
    ServerKind.CLOSE_ORDERED: "`close(code, reason)`",
    ServerKind.LOST: "`lost(cause)`, or EOF",
    ServerKind.REQUESTED: "the WebSocket handshake is complete and right",
    ServerKind.PINGED: "a WebSocket ping",
    ServerKind.CLOSED: "a close frame",
    ServerKind.WIRE_FAILED: "the client broke the WebSocket protocol or a limit",
    ServerKind.IDENTIFY: "op 2",
    ServerKind.RESUME: "op 6",
    ServerKind.HEARTBEAT: "op 1",
    ServerKind.ACK: "op 11",
    ServerKind.UNKNOWN_OP: "an op that no client sends",
    ServerKind.MALFORMED: "a message that is no frame",
    ServerKind.STATE_DUE: "the state's own deadline has passed",
    ServerKind.SILENT: "nothing was heard for too long",
}
