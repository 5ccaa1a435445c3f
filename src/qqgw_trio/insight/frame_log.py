"""Every frame at DEBUG (logger `qqgw_trio.frames`), and every message with id, place, author (logger `qqgw_trio.bot`).

An observer of a shard's `ClientGateway`: it sees what the machine sees, and so neither the app secret nor the headers
of the handshake. The token in an IDENTIFY or a RESUME is left out, also where the gateway repeats it. While both
loggers are above DEBUG it costs two level checks a batch, and no log call.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from qqgw_proto.client import ClientGateway
from qqgw_proto.config import ShardConfig
from qqgw_proto.errors import EventDecodeError
from qqgw_proto.events import decode
from qqgw_proto.events.messages import Message
from qqgw_proto.machine import arrivals as came
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.inputs import Input
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.wire.frames import Dispatch

__all__ = ["FrameLog"]

frames = logging.getLogger("qqgw_trio.frames")
messages = logging.getLogger("qqgw_trio.bot")

LONGEST: Final = 1000
"""Characters of a payload that are shown."""

_WITHOUT_DATA: Final = {
    Kind.HEARTBEAT_ASKED: (1, "heartbeat asked for"),
    Kind.RECONNECT_ORDERED: (7, "RECONNECT"),
    Kind.SESSION_INVALID: (9, "INVALID SESSION, not to be resumed"),
    Kind.SESSION_DOUBTFUL: (9, "INVALID SESSION, perhaps to be resumed"),
    Kind.HEARTBEAT_ACKED: (11, "heartbeat ACK"),
}


class FrameLog:
    """The frames of one shard.

    Args:
        shard: Which of how many.
    """

    def __init__(self, shard: ShardConfig) -> None:
        self._shard = f"{shard.shard_id}/{shard.shard_count}"
        self.gateway: ClientGateway | None = None
        """Whose observer this is; set once it is made."""
        self._token = ""

    def observe(self, given: Input, _now: float, made: Sequence[do.MachineEffect]) -> None:
        """One step of the machine."""
        if frames.isEnabledFor(logging.DEBUG):
            self._know_token()
            self._log_received(given)
            for effect in made:
                self._log_sent(effect)
        if messages.isEnabledFor(logging.DEBUG) and isinstance(given, came.Dispatches):
            for event in given.events:
                self._log_message(event)

    def _log_received(self, given: Input) -> None:
        match given:
            case came.Dispatches():
                for event in given.events:
                    self._log_event(event)
            case came.ReadyReceived() | came.ResumedReceived():
                self._log_event(given.event)
            case came.Hello():
                self._log("<- op 10 HELLO, heartbeat interval %r ms", given.interval, op=10)
            case came.UnknownOp():
                self._log("<- op %d, unknown", given.op, op=given.op)
            case came.MalformedReceived():
                self._log("<- no frame of the protocol: %s", given.why)
            case came.Closed():
                self._log("<- close %d %s", given.code, given.reason, code=given.code)
            case _ if given.kind in _WITHOUT_DATA:
                op, name = _WITHOUT_DATA[given.kind]
                self._log("<- op %d %s", op, name, op=op)
            case _:
                self._log_wire(given)

    def _log_wire(self, given: Input) -> None:
        match given:
            case came.Upgraded():
                self._log("<- HTTP 101, the WebSocket stands")
            case came.UpgradeRejected():
                self._log("<- HTTP %d %s", given.status, given.body, code=given.status)
            case came.Pinged():
                self._log("<- ping, %d bytes", len(given.payload))
            case came.WireFailed():
                self._log("<- broken WebSocket: %s", given.why, code=given.code)
            case _:
                pass

    def _log_sent(self, effect: do.MachineEffect) -> None:
        match effect:
            case do.SendUpgrade():
                self._log("-> WebSocket handshake with %s:%d", effect.url.host, effect.url.port)
            case do.SendIdentify():
                self._log("-> op 2 IDENTIFY, intents %d, shard %d/%d", effect.intents, *effect.shard, op=2)
            case do.SendResume():
                self._log("-> op 6 RESUME, session %s, s=%d", effect.session_id, effect.seq, op=6, seq=effect.seq)
            case do.SendHeartbeat():
                self._log("-> op 1 heartbeat, s=%s", effect.seq, op=1, seq=effect.seq)
            case do.SendPong():
                self._log("-> pong, %d bytes", len(effect.payload))
            case do.SendClose():
                self._log("-> close %d %s", effect.code, effect.reason, code=effect.code)
            case _:
                pass

    def _log_event(self, event: Dispatch) -> None:
        payload = self._without_token(bytes(event.d).decode(errors="replace"))  # before it is cut
        shown = payload if len(payload) <= LONGEST else f"{payload[:LONGEST]}… ({len(payload)} characters)"
        self._log("<- op 0 s=%s t=%s id=%s d=%s", event.s, event.t, event.id, shown, op=0, seq=event.s)

    def _log_message(self, event: Dispatch) -> None:
        if not (event.t or "").endswith("MESSAGE_CREATE"):
            return
        try:
            message = decode(event)
        except EventDecodeError as error:
            messages.debug("message that cannot be read: %s", error, extra=self._fields(op=0, seq=event.s))
            return
        if isinstance(message, Message):
            kind, place = message.conversation or ("unknown place", "?")
            author = f"{message.author.username} ({message.author_id})"
            fields = self._fields(op=0, seq=event.s)
            messages.debug("message %s in %s %s by %s", message.message_id, kind, place, author, extra=fields)

    def _log(self, text: str, *values: object, **fields: int | None) -> None:
        frames.debug("%s", self._without_token(text % values), extra=self._fields(**fields))

    def _know_token(self) -> None:
        """The token of the connection, kept for the step that ends it."""
        access = None if self.gateway is None else self.gateway.life.access
        if access is not None:
            self._token = access.token

    def _without_token(self, text: str) -> str:
        return text.replace(self._token, "***") if self._token else text

    def _fields(self, **fields: int | None) -> dict[str, object]:
        session = None if self.gateway is None else self.gateway.session
        known = {"shard": self._shard, "session": None if session is None else session.session_id, **fields}
        return {name: value for name, value in known.items() if value is not None}
