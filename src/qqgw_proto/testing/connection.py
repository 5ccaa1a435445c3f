"""One connection of a scripted gateway, without I/O: bytes in, outputs out; a `ServerGateway` speaks the protocol."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol, TypeAlias

import attrs

from qqgw_proto.config import ServerConfig
from qqgw_proto.errors import ProtocolViolation
from qqgw_proto.machine import server_effects as do
from qqgw_proto.machine.close_codes import CLOSE_CODES
from qqgw_proto.server import ServerGateway
from qqgw_proto.testing.script import (
    Close,
    End,
    Fault,
    HalfFrame,
    InvalidSession,
    Raw,
    Reconnect,
    Say,
    Silence,
    Visit,
)
from qqgw_proto.testing.text_only import TextOnly
from qqgw_proto.wire import frames

__all__ = ["Drop", "Finish", "Output", "ScriptedConnection", "Send"]


@attrs.frozen
class Send:
    """Send these bytes."""

    data: bytes = attrs.field(repr=lambda data: f"<{len(data)} bytes>")


@attrs.frozen
class Finish:
    """End the stream behind all that was sent; go on receiving until the client ends its side."""


@attrs.frozen
class Drop:
    """Reset the transport at once."""


Output: TypeAlias = Send | Finish | Drop


class Owner(Protocol):
    """The gateway, as its connections see it."""

    def identified(self, connection: ScriptedConnection, now: float) -> None:
        """An IDENTIFY came."""
        ...

    def resumed(self, connection: ScriptedConnection, session_id: str, seq: int, now: float) -> None:
        """A RESUME came."""
        ...

    def note(self, effect: do.ServerEffect) -> None:
        """Anything else came."""
        ...

    def make_event(self) -> bytes:
        """Something happens."""
        ...

    def forget_session(self) -> None:
        """The session ends."""
        ...


class ScriptedConnection:
    """One connection. Every call takes `now` in seconds; what is to be done about the transport, `outputs` tells.

    Args:
        owner: Keeps the session.
        visit: What happens here.
        config: Of its `ServerGateway`.
        now: Seconds.

    Attributes:
        visit: What happens here.
        is_live: Whether a session stands on it.
    """

    def __init__(self, owner: Owner, visit: Visit, config: ServerConfig, now: float) -> None:
        self.visit = visit
        self.is_live = False
        self._owner = owner
        self._server = ServerGateway(config, wire=TextOnly(tell=self._tell_violation))
        self._outputs: list[Output] = []
        self._replay: deque[tuple[float, bytes]] = deque()
        self._writes = 0
        self._is_deaf = False
        self._apply(self._server.start(now), now)

    def outputs(self) -> list[Output]:
        """What is to be done about the transport since the last call, in this order."""
        made, self._outputs = self._outputs, []
        return made

    @property
    def deadline(self) -> float | None:
        """The next instant at which `tick` must be called, or None."""
        due = [self._server.deadline, self._replay[0][0] if self._replay else None]
        return None if self._is_deaf else min((at for at in due if at is not None), default=None)

    def receive(self, data: bytes, now: float) -> None:
        """A chunk from the client; `b""` is the end of its stream."""
        if not data:
            self.is_live = False
            self._is_deaf = True
        elif not self._is_deaf:
            self._apply(self._server.receive_data(data, now), now)

    def tick(self, now: float) -> None:
        """Does whatever is due; harmless when nothing is."""
        while self._replay and self._replay[0][0] <= now and not self._is_deaf:
            _, frame = self._replay.popleft()
            if self._replay:
                self.say(frame, now)
            else:
                self._stand(self._server.resumed(frame, now), now)
        if not self._is_deaf:
            self._apply(self._server.tick(now), now)

    def say(self, frame: bytes, now: float) -> None:
        """Sends a text message; does nothing where the client has gone."""
        if not self._is_deaf:
            self._apply(self._server.send([frame], now), now)

    def grant(self, ready: bytes, now: float) -> None:
        """Answers an IDENTIFY."""
        self._stand(self._server.ready(ready, now), now)

    def replay(self, missed: Sequence[bytes], resumed: bytes, now: float) -> None:
        """Answers a RESUME, at the visit's pace."""
        frames_of_it = [*missed, resumed]
        self._replay.extend((now + place * self.visit.pause, frame) for place, frame in enumerate(frames_of_it))
        self.tick(now)

    def strike(self, fault: Fault, now: float) -> None:
        """Lets something go wrong."""
        match fault:
            case Say():
                self.say(fault.text, now)
            case Raw():
                self._send_raw(fault.data)
            case HalfFrame():
                self._apply(self._server.send([self._owner.make_event()], now), now, at=fault.at)
                self._leave(Drop())
            case Close():
                self._close(fault.code, fault.reason, now)
            case Reconnect():
                self.say(frames.reconnect(), now)
                if fault.code is not None:
                    self._close(fault.code, "", now)
            case InvalidSession():
                self._invalidate(fault, now)
            case Silence():
                self._is_deaf = True
            case End():
                self._leave(Finish())
            case _:
                self._leave(Drop())

    def _send_raw(self, data: bytes) -> None:
        if not self._is_deaf:
            self._outputs.append(Send(data))

    def _invalidate(self, fault: InvalidSession, now: float) -> None:
        if not fault.resumable:
            self._owner.forget_session()
        self.say(frames.invalid_session(fault.resumable), now)
        if fault.code is None:
            self._leave(Finish())
        else:
            self._close(fault.code, "", now)

    def _close(self, code: int, reason: str, now: float) -> None:
        row = CLOSE_CODES.get(code)
        if row is not None and not row.can_resume:
            self._owner.forget_session()
        self.is_live = False
        self._apply(self._server.close(code, reason, now), now)

    def _stand(self, effects: Sequence[do.ServerEffect], now: float) -> None:
        """The session stands; what the script has for it follows."""
        self._apply(effects, now)
        self.is_live = True
        for _ in range(self.visit.events):
            self.say(self._owner.make_event(), now)
        if self.visit.fault is not None:
            self.strike(self.visit.fault, now)

    def _tell_violation(self, what: str) -> None:
        self._owner.note(do.ClientViolated(ProtocolViolation(what)))

    def _leave(self, output: Output) -> None:
        self.is_live = False
        self._is_deaf = True
        self._outputs.append(output)

    def _apply(self, effects: Sequence[do.ServerEffect], now: float, *, at: int | None = None) -> None:
        for effect in effects:
            match effect:
                case do.ServerWrite():
                    self._write(effect.data[:at])
                case do.JudgeIdentify() | do.JudgeResume() if self.visit.instead is not None:
                    self._owner.note(effect)
                    self.strike(self.visit.instead, now)
                case do.JudgeIdentify():
                    self._owner.note(effect)
                    self._owner.identified(self, now)
                case do.JudgeResume():
                    self._owner.note(effect)
                    self._owner.resumed(self, effect.session_id, effect.seq, now)
                case do.ServerCloseTransport() | do.ServerAbandonTransport():
                    self._leave(Finish())
                case _:
                    self._owner.note(effect)

    def _write(self, data: bytes) -> None:
        """Sends bytes; the first are the 101, the second HELLO."""
        self._writes += 1
        if self._writes == 1 and self.visit.refuse is not None:
            wait = "" if self.visit.retry_after is None else f"Retry-After: {self.visit.retry_after}\r\n"
            head = f"HTTP/1.1 {self.visit.refuse} Refused\r\n{wait}Content-Length: 0\r\nConnection: close\r\n\r\n"
            self._outputs.append(Send(head.encode()))
            self._leave(Finish())
        elif self._writes == 2 and not self.visit.hello:
            self._is_deaf = True
        elif not self._is_deaf:
            self._outputs.append(Send(data))
