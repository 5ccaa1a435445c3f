"""`ClientGateway`: one shard of a QQ bot for its whole life, without I/O. Embedders start here.

Four kinds of members, in the order of a shell's loop:

* calls of the owner: `start`, `stop`, `reconnect`, `settled`, `reading_paused`, `reading_resumed`, and the answers
  `permit_granted`, `permit_delayed`, `access_granted`, `access_denied`;
* calls of the transport: `opened`, `dial_failed`, `receive_data`, `lost`, `writing_blocked`, `writing_resumed`; with a
  `MessageWire` `upgrade_rejected`, `receive_message` and `closed` in the place of `receive_data`;
* the clock: `deadline` is the next instant at which `tick` must be called; early or repeated ticks do nothing;
* getters: `state`, `session`, `snapshot`, `round_trip`, `acknowledged_at`, `lateness`, `explain`.

Every call but a getter takes `now`, the caller's monotonic clock in seconds, and returns effects to be applied in their
order before the next call (`qqgw_proto.machine.effects` says what each asks and which calls answer it). Bytes that have
arrived are fed before a tick. Calls never block and never raise anything but `MisuseError` and, for a value that cannot
work, `ConfigurationError`; such a call changes nothing. The numbers in `Dial`, `RequestAccess` and `RequestPermit` are
handed back with the calls that answer them; a call with a stale number is answered or ignored, never mixed up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NoReturn, Self

import msgspec

from qqgw_proto.arguments import Chunk, as_bytes, check_access, check_cause, check_door, check_finite, message_bytes
from qqgw_proto.config import ClientConfig
from qqgw_proto.engine import ClientEngine, Lateness, Observer
from qqgw_proto.errors import ConnectionFailed, GatewayError, MisuseError
from qqgw_proto.machine import inputs as take
from qqgw_proto.machine.backoff import Randomness
from qqgw_proto.machine.close_codes import NO_OVERRIDES, CloseCode
from qqgw_proto.machine.effects import Effect
from qqgw_proto.machine.explaining import explain
from qqgw_proto.machine.heartbeat import RoundTrip
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.life import Life
from qqgw_proto.machine.machine import deadline
from qqgw_proto.machine.session import Snapshot, Ticket
from qqgw_proto.machine.states import ConnectionState
from qqgw_proto.wire.doors import ByteWire, Door
from qqgw_proto.wire.events import Closed, Rejected

__all__ = ["ClientGateway", "SessionInfo"]

_BYTES: Final = ByteWire()


class SessionInfo(msgspec.Struct, frozen=True):
    """What is known of a session.

    Attributes:
        session_id: As READY gave it.
        sequence_number: The highest `s` received, 0 before the first.
        settled: The highest received `s` below which every event is finished.
        shard: Shard id and count.
    """

    session_id: str
    sequence_number: int
    settled: int
    shard: tuple[int, int]


class ClientGateway:
    """One shard.

    Args:
        config: What is set for the shard.
        random: Seeds the machine's own chance; `random.Random(seed)` fits. The same seed and inputs give the same
            effects.
        wire: The door: `ByteWire()` for a byte stream, `MessageWire()` for a host that owns a WebSocket.
        close_codes: Rows that override those of `CLOSE_CODES`.
        observer: Called after every step of the machine; it must not raise.

    Raises:
        ConfigurationError: `wire` is a class.
    """

    def __init__(
        self,
        config: ClientConfig,
        random: Randomness,
        *,
        wire: Door | None = None,
        close_codes: Mapping[int, CloseCode] = NO_OVERRIDES,
        observer: Observer | None = None,
    ) -> None:
        life = Life(config, random.getrandbits(64), close_codes)
        door = _BYTES if wire is None else wire
        check_door(door)
        self._engine = ClientEngine(life, door, observer)

    def __copy__(self) -> Self:
        """An independent copy, for tools that try out several continuations; only with a `MessageWire`."""
        twin = type(self).__new__(type(self))
        twin._engine = self._engine.copied()  # noqa: SLF001 - its own kind
        return twin

    def __reduce__(self) -> NoReturn:
        """Refuses to be pickled: it may hold an access token."""
        raise TypeError("a ClientGateway is not pickled: keep its snapshot")

    # --- getters

    @property
    def life(self) -> Life:
        """The machine's whole data, to look at and to compare; no call may change it."""
        return self._engine.life

    @property
    def config(self) -> ClientConfig:
        """What was set."""
        return self._engine.life.config

    @property
    def state(self) -> ConnectionState:
        """Where the shard stands."""
        return self._engine.life.state

    @property
    def session(self) -> SessionInfo | None:
        """The session that stands or can be resumed."""
        session, shard = self._engine.life.session, self._engine.life.config.shard
        if session is None or session.session_id is None:
            return None
        counts = (shard.shard_id, shard.shard_count)
        return SessionInfo(session.session_id, session.received, session.ledger.settled, counts)

    @property
    def snapshot(self) -> Snapshot | None:
        """What `SaveSession` would carry now."""
        return self._engine.life.snapshot()

    @property
    def round_trip(self) -> RoundTrip:
        """How long heartbeat ACKs take on the present connection, in seconds."""
        connection = self._engine.life.connection
        if connection is None or connection.heartbeat is None:
            return RoundTrip()
        return connection.heartbeat.round_trip

    @property
    def acknowledged_at(self) -> float | None:
        """When the latest heartbeat ACK of this connection came; its age tells whether it lives, not an event's age."""
        connection = self._engine.life.connection
        return None if connection is None or connection.heartbeat is None else connection.heartbeat.acknowledged

    @property
    def lateness(self) -> Lateness:
        """How late `tick` was called after the deadlines that it found passed, in seconds."""
        return self._engine.lateness

    @property
    def deadline(self) -> float | None:
        """The next instant at which `tick` must be called, or None."""
        return deadline(self._engine.life)

    def explain(self, now: float) -> str:
        """One sentence: what the shard waits for, why, until when."""
        return explain(self._engine.life, self.deadline, now)

    # --- the owner

    def start(self, now: float, session: Snapshot | None = None) -> list[Effect]:
        """Starts the shard, by RESUME if a saved session is given; announces a loss that it records. Only in IDLE."""
        return self._engine.take(take.Start(session), now)

    def stop(self, now: float) -> list[Effect]:
        """Saves and closes. Harmless in every state."""
        return self._engine.take(take.Stop(), now)

    def reconnect(self, now: float) -> list[Effect]:
        """A planned RESUME on a new connection."""
        return self._engine.take(take.Reconnect(), now)

    def settled(self, tickets: Sequence[Ticket], now: float) -> list[Effect]:
        """Reports events as finished: in any order, and in every state, the final ones included."""
        return self._engine.take(take.Settled(tickets), now)

    def reading_paused(self, now: float) -> list[Effect]:
        """The shell has stopped reading; it goes on ticking and writing."""
        return self._engine.take(take.ReadingPaused(), now)

    def reading_resumed(self, now: float) -> list[Effect]:
        """The shell reads again; bytes that lay unread are fed first."""
        return self._engine.take(take.ReadingResumed(), now)

    def permit_granted(self, request: int, now: float) -> list[Effect]:
        """The identify gate has granted a permit; one that is no longer needed is returned at once.

        Raises:
            MisuseError: It was granted before, or not asked for.
        """
        return self._engine.take(take.PermitGranted(request), now)

    def permit_delayed(self, request: int, until: float, now: float) -> list[Effect]:
        """The identify gate will not grant before `until`."""
        check_finite("until", until)
        return self._engine.take(take.PermitDelayed(request, until), now)

    def access_granted(self, request: int, url: str, token: str, now: float) -> list[Effect]:
        """URL and bare token for the next dial.

        After a refusal the platform gives the refused token again until the last minute of its lifetime (`protocol.md`
        1.4): that one is tried again after a back-off, while the refusal of another is final.

        Args:
            request: The request's number.
            url: Of the gateway.
            token: The access token.
            now: Seconds.

        Raises:
            ConfigurationError: The URL cannot be dialed, or the token is empty or not printable ASCII. The request
                stays open: answer it with `access_denied`.
        """
        check_finite("now", now)
        if request != self._engine.life.request:
            return []  # It answers nothing that is asked now: whatever it says is stale.
        check_access(url, token)
        return self._engine.granted(request, url, token, now)

    def access_denied(
        self,
        request: int,
        cause: GatewayError,
        now: float,
        *,
        fatal: bool = False,
        retry_after: float | None = None,
    ) -> list[Effect]:
        """No URL or token: `fatal` ends the shard, otherwise it is asked for again after a back-off."""
        check_cause(cause)
        if retry_after is not None:
            check_finite("retry_after", retry_after)
        kind = Kind.ACCESS_REFUSED if fatal else Kind.ACCESS_DENIED
        return self._engine.take(take.AccessDenied(request, cause, retry_after, kind), now)

    # --- the transport

    def opened(self, connection: int, now: float) -> list[Effect]:
        """TCP and TLS stand (with a `MessageWire`: the WebSocket stands)."""
        return self._engine.take(take.Opened(connection), now)

    def dial_failed(self, connection: int, cause: GatewayError, now: float) -> list[Effect]:
        """The transport could not be opened."""
        check_cause(cause)
        return self._engine.take(take.DialFailed(connection, cause), now)

    def upgrade_rejected(
        self, connection: int, status: int, now: float, *, retry_after: float | None = None, body: str = ""
    ) -> list[Effect]:
        """The host's WebSocket handshake was answered with this HTTP status: 401 and 403 renew the token."""
        return self._engine.rejected(connection, Rejected(status, retry_after, body), now)

    def receive_data(self, connection: int, data: Chunk, now: float) -> list[Effect]:
        """One chunk; `b""` is EOF."""
        check_finite("now", now)
        if self._engine.door.whole_messages:
            raise MisuseError("a MessageWire takes receive_message() and closed()")
        if not data:
            return self.lost(connection, ConnectionFailed("the gateway ended the TCP connection"), now)
        wire = self._engine.current(connection)
        return [] if wire is None else self._engine.feed(connection, wire.receive(as_bytes(data)), now)

    def receive_message(self, connection: int, message: str | Chunk, now: float) -> list[Effect]:
        """One whole WebSocket message, text or binary."""
        wire = self._engine.hosted(connection, now)
        return [] if wire is None else self._engine.feed(connection, wire.receive(message_bytes(message)), now)

    def closed(self, connection: int, code: int, reason: str, now: float) -> list[Effect]:
        """The host's WebSocket received a close frame; 1005 = without a code. An end without one is `lost`."""
        wire = self._engine.hosted(connection, now)
        return [] if wire is None else self._engine.feed(connection, [Closed(code, reason)], now)

    def lost(self, connection: int, cause: GatewayError, now: float) -> list[Effect]:
        """The transport is gone, whatever the reason."""
        check_finite("now", now)
        check_cause(cause)
        effects = self._engine.end(now) if self._engine.is_current(connection) else []
        return effects + self._engine.take(take.Lost(connection, cause), now)

    def writing_blocked(self, connection: int, now: float) -> list[Effect]:
        """The transport takes no more bytes for now."""
        return self._engine.take(take.WritingBlocked(connection), now)

    def writing_resumed(self, connection: int, now: float) -> list[Effect]:
        """All bytes handed out so far have been written."""
        return self._engine.take(take.WritingResumed(connection), now)

    # --- the clock

    def tick(self, now: float) -> list[Effect]:
        """Does whatever is due at `now`; harmless when nothing is."""
        check_finite("now", now)
        return self._engine.tick(now)
