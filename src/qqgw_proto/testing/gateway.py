"""`ScriptedGateway`: a gateway for one shard that misbehaves as it is told, without I/O.

    gateway = ScriptedGateway(*SCENARIOS["dropped"])
    connection = gateway.connect(now)

A shell moves the bytes: what arrives goes to `connection.receive`, what `connection.outputs` gives goes out, and
`connection.tick` is called at `connection.deadline`. `MemoryShard` is such a shell in memory and in virtual time;
`qqgw_trio.testing.ScriptedServer` one on a real port.
"""

from __future__ import annotations

from qqgw_proto.config import ServerConfig
from qqgw_proto.machine import server_effects as do
from qqgw_proto.testing.connection import ScriptedConnection
from qqgw_proto.testing.script import Fault, InvalidSession, Visit
from qqgw_proto.wire import frames

__all__ = ["ScriptedGateway", "message"]

_UNKNOWN_SESSION = InvalidSession(code=4006)


def message(number: int, text: str) -> frames.JsonValue:
    """The payload of a GROUP_AT_MESSAGE_CREATE."""
    return {
        "id": f"message-{number}",
        "author": {"id": "member", "member_openid": "member", "username": "member", "bot": False},
        "content": text,
        "timestamp": "2026-01-01T00:00:00+08:00",
        "group_id": "group",
        "group_openid": "group",
    }


class ScriptedGateway:
    """A gateway for one shard.

    Args:
        visits: What happens to the first connections; later ones are served well.
        config: Of its `ServerGateway`s.

    Attributes:
        heard: IDENTIFYs, RESUMEs and closes of the client, in order, in words.
        beats: What its heartbeats carried.
        violations: The rules of the protocol that it broke.
        connections: All there were.
    """

    def __init__(self, *visits: Visit, config: ServerConfig | None = None) -> None:
        self.heard: list[str] = []
        self.beats: list[int | None] = []
        self.violations: list[str] = []
        self.connections: list[ScriptedConnection] = []
        self._visits = visits
        self._config = ServerConfig() if config is None else config
        self._sessions = 0
        self._session_id: str | None = None
        self._seq = 0
        self._said: list[tuple[int, bytes]] = []
        self._events = 0

    @property
    def seq(self) -> int:
        """The highest `s` of the session."""
        return self._seq

    def connect(self, now: float) -> ScriptedConnection:
        """A client has connected."""
        number = len(self.connections)
        visit = self._visits[number] if number < len(self._visits) else Visit()
        connection = ScriptedConnection(self, visit, self._config, now)
        self.connections.append(connection)
        return connection

    # --- on command

    def happen(self, now: float, count: int = 1) -> None:
        """Events happen; a client that is away gets them by a RESUME."""
        for _ in range(count):
            self._tell(self.make_event(), now)

    def emit(self, type_name: str, data: frames.JsonValue, now: float) -> None:
        """One event of any kind happens."""
        self._tell(self._make(type_name, data), now)

    def strike(self, fault: Fault, now: float) -> None:
        """Lets something go wrong on the connection that stands, if one does."""
        for connection in self._live():
            connection.strike(fault, now)

    # --- what its connections call

    def make_event(self) -> bytes:
        """Something happens: a message in a group."""
        self._events += 1
        return self._make("GROUP_AT_MESSAGE_CREATE", message(self._events, f"event {self._events}"))

    def forget_session(self) -> None:
        """The session ends: no RESUME brings it back."""
        self._session_id = None

    def identified(self, connection: ScriptedConnection, now: float) -> None:
        """Grants a new session."""
        self._sessions += 1
        self._session_id, self._seq, self._said = f"session-{self._sessions}", 1, []
        user: frames.JsonValue = {"id": "1", "username": "bot", "bot": True}
        ready: frames.JsonValue = {"version": 1, "session_id": self._session_id, "user": user, "shard": [0, 1]}
        connection.grant(frames.dispatch("READY", 1, ready), now)

    def resumed(self, connection: ScriptedConnection, session_id: str, seq: int, now: float) -> None:
        """Replays what was missed, or refuses what it does not know."""
        if session_id != self._session_id:
            connection.strike(_UNKNOWN_SESSION, now)
            return
        for _ in range(connection.visit.missed):
            self.make_event()
        missed = [frame for number, frame in self._said if number > seq]
        self._seq += 1
        connection.replay(missed, frames.dispatch("RESUMED", self._seq, ""), now)

    def note(self, effect: do.ServerEffect) -> None:
        """Keeps what the client did."""
        match effect:
            case do.JudgeIdentify():
                self.heard.append("IDENTIFY")
            case do.JudgeResume():
                self.heard.append(f"RESUME {effect.session_id} from {effect.seq}")
            case do.Beaten():
                self.beats.append(effect.seq)
            case do.ClientViolated():
                self.violations.append(effect.error.message)
            case do.Ended(code) if code is not None:
                self.heard.append(f"close {code}")
            case _:
                pass

    def _make(self, type_name: str, data: frames.JsonValue) -> bytes:
        self._seq += 1
        frame = frames.dispatch(type_name, self._seq, data, f"event-{self._seq}")
        self._said.append((self._seq, frame))
        return frame

    def _tell(self, frame: bytes, now: float) -> None:
        for connection in self._live():
            connection.say(frame, now)

    def _live(self) -> list[ScriptedConnection]:
        return [connection for connection in self.connections if connection.is_live]
