"""A scripted gateway for one `ClientGateway`, in memory: every call of the shard, at a virtual `now`, told in words.

`Peer` plays everybody around a shard: owner, shell, identify gate, transport, and the gateway at the other end, which
behind a `ByteWire` is a real server on wsproto. Each method is one public call and returns what came of it in the words
of `telling`; `effects` has the same as values. A forbidden call is told as "MisuseError".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from wsproto import ConnectionType, WSConnection
from wsproto import events as ws
from wsproto.connection import ConnectionState
from wsproto.frame_protocol import CloseReason

from qqgw_proto.client import ClientGateway
from qqgw_proto.config import ClientConfig, WireConfig
from qqgw_proto.engine import Observer
from qqgw_proto.errors import AuthenticationFailed, ConnectionFailed, GatewayError, MisuseError
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.close_codes import CloseCode
from qqgw_proto.machine.session import Snapshot, Ticket
from qqgw_proto.wire.doors import ByteWire, Door, MessageWire
from support.telling import tell
from support.wires import PING, TEXT, frame

__all__ = ["SEED", "TOKEN", "URL", "Peer", "Seeded"]

URL = "ws://127.0.0.1:8080/websocket/"
TOKEN = "the-access-token"

# The first draws of this seed lie well inside (0, 1), so that no wait of a test is nearly 0 or nearly its bound.
SEED = 2

_NO_OVERRIDES: Mapping[int, CloseCode] = {}


class Seeded:
    """A generator that gives one number."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def getrandbits(self, _count: int, /) -> int:
        return self.seed


class Peer:
    """Everybody around one shard."""

    def __init__(
        self,
        config: ClientConfig,
        *,
        messages: bool = False,
        seed: int = SEED,
        close_codes: Mapping[int, CloseCode] = _NO_OVERRIDES,
        observer: Observer | None = None,
        door: Door | None = None,
    ) -> None:
        limits = WireConfig(max_message=2000)
        door = door or (MessageWire(limits) if messages else ByteWire(limits))
        self.messages = door.whole_messages
        self.client = ClientGateway(config, Seeded(seed), wire=door, close_codes=close_codes, observer=observer)
        self.now = 1000.0
        self.effects: list[do.Effect] = []
        self.history: list[tuple[float, do.Effect]] = []
        self.frames: list[Any] = []
        self.connection = 0
        self.request = 0
        self.renewals = 0
        self.is_renewal = False
        self.permits_asked: set[int] = set()
        self.permits: set[int] = set()
        self._server = WSConnection(ConnectionType.SERVER)

    # --- what came of a call

    def did(self, call: Callable[[], list[do.Effect]]) -> str:
        """Makes a call and tells what came of it."""
        try:
            effects = call()
        except MisuseError:
            return "MisuseError"
        self.effects = effects
        for effect in effects:
            self.history.append((self.now, effect))
            if isinstance(effect, do.Dial):
                self.connection = effect.connection
                self._server = WSConnection(ConnectionType.SERVER)
            elif isinstance(effect, do.RequestAccess | do.RequestPermit):
                self.request = effect.request
                self.is_renewal = isinstance(effect, do.RequestAccess) and effect.renew
                if isinstance(effect, do.RequestPermit):
                    self.permits_asked.add(effect.request)
            elif isinstance(effect, do.ReturnPermit):
                self.permits.discard(effect.request)
        return tell(effects, self)

    def read(self, data: bytes) -> str:
        """What the gateway's end reads in what was written."""
        if self.messages:
            return self._frame_words(data)
        self._server.receive_data(data)
        return " + ".join(self._event_words(event) for event in self._server.events())

    def _event_words(self, event: ws.Event) -> str:
        match event:
            case ws.Request():
                return f"GET {event.target}"
            case ws.TextMessage():
                return self._frame_words(event.data.encode())
            case ws.Pong():
                return f"pong {bytes(event.payload).decode(errors='replace')}"
            case ws.CloseConnection():
                return f"close {int(event.code)}"
            case _:
                raise AssertionError(f"a shard does not send {event!r}")

    def _frame_words(self, data: bytes) -> str:
        frame = msgspec.json.decode(data)
        self.frames.append(frame)
        match frame:
            case {"op": 1, "d": seq}:
                return f"HEARTBEAT {'null' if seq is None else seq}"
            case {"op": 2}:
                return "IDENTIFY"
            case {"op": 6, "d": {"session_id": session_id, "seq": seq}}:
                return f"RESUME {session_id} from {seq}"
            case _:
                raise AssertionError(f"a shard does not send {frame!r}")

    # --- the owner and the identify gate

    def start(self, session: Snapshot | None = None) -> str:
        return self.did(lambda: self.client.start(self.now, session))

    def stop(self) -> str:
        return self.did(lambda: self.client.stop(self.now))

    def reconnect(self) -> str:
        return self.did(lambda: self.client.reconnect(self.now))

    def settle(self, *numbers: int, epoch: int = 1) -> str:
        return self.did(lambda: self.client.settled([Ticket((epoch, seq)) for seq in numbers], self.now))

    def pause(self) -> str:
        return self._reading(self.did(lambda: self.client.reading_paused(self.now)))

    def resume_reading(self) -> str:
        return self._reading(self.did(lambda: self.client.reading_resumed(self.now)))

    def _reading(self, told: str) -> str:
        return f"{told}({'paused' if 'reading is paused' in self.client.explain(self.now) else 'reading'})"

    def permit(self) -> str:
        if self.request in self.permits_asked:  # a gate gives each permit once, and only to who asked for one
            self.permits_asked.remove(self.request)
            self.permits.add(self.request)
        return self.did(lambda: self.client.permit_granted(self.request, self.now))

    def delay(self, seconds: float) -> str:
        return self.did(lambda: self.client.permit_delayed(self.request, self.now + seconds, self.now))

    def grant(self, *, fresh: bool = True) -> str:
        """Where a token was refused, another; the same one where there is no fresh one."""
        self.renewals += self.is_renewal and fresh
        self.is_renewal = False
        token = f"{TOKEN}-{self.renewals}" if self.renewals else TOKEN
        return self.did(lambda: self.client.access_granted(self.request, URL, token, self.now))

    def deny(self, cause: GatewayError | None = None, retry_after: float | None = None, *, fatal: bool = False) -> str:
        error = cause or (AuthenticationFailed("bad secret") if fatal else ConnectionFailed("no REST"))
        return self.did(
            lambda: self.client.access_denied(self.request, error, self.now, fatal=fatal, retry_after=retry_after)
        )

    # --- the transport

    def open(self) -> str:
        return self.did(lambda: self.client.opened(self.connection, self.now))

    def fail_dial(self, cause: GatewayError | None = None) -> str:
        error = cause or ConnectionFailed("no route")
        return self.did(lambda: self.client.dial_failed(self.connection, error, self.now))

    def lose(self) -> str:
        return self.did(lambda: self.client.lost(self.connection, ConnectionFailed("reset"), self.now))

    def block(self) -> str:
        return self.did(lambda: self.client.writing_blocked(self.connection, self.now))

    def unblock(self) -> str:
        return self.did(lambda: self.client.writing_resumed(self.connection, self.now))

    def feed(self, data: bytes) -> str:
        """Bytes as they come."""
        return self.did(lambda: self.client.receive_data(self.connection, data, self.now))

    # --- the gateway

    def accept(self) -> str:
        """The 101; a host that owns a WebSocket has seen it already."""
        return "" if self.messages else self.feed(self.bytes_of(ws.AcceptConnection()))

    def accept_and_say(self, *frames: bytes) -> str:
        """The 101 and what follows it in one segment."""
        messages = (ws.TextMessage(text.decode()) for text in frames)
        return self.feed(self.bytes_of(ws.AcceptConnection(), *messages))

    def reject(self, status: int, headers: Sequence[str] = (), body: bytes = b"") -> str:
        if self.messages:
            return self.did(lambda: self.client.upgrade_rejected(self.connection, status, self.now, body=body.decode()))
        lines = [f"HTTP/1.1 {status} No", f"Content-Length: {len(body)}", *headers]
        return self.feed("\r\n".join([*lines, "", ""]).encode() + body)

    def bytes_of(self, *events: ws.Event) -> bytes:
        """What the gateway's end sends for these."""
        return b"".join(self._server.send(event) for event in events)

    def frame(self, event: ws.TextMessage | ws.Ping) -> bytes:
        """A frame of the gateway; also one that was under way when it read the shard's close frame."""
        if self._server.state is ConnectionState.OPEN:
            return self.bytes_of(event)
        if isinstance(event, ws.TextMessage):
            return frame(TEXT, event.data.encode())
        return frame(PING, bytes(event.payload))

    def say(self, *frames: bytes) -> str:
        """Frames as text messages, all in one chunk where there are chunks."""
        if not self.messages:
            return self.feed(b"".join(self.frame(ws.TextMessage(text.decode())) for text in frames))
        told = [self._hear(text) for text in frames]
        return "; ".join(words for words in told if words)

    def _hear(self, frame: bytes) -> str:
        return self.did(lambda: self.client.receive_message(self.connection, frame.decode(), self.now))

    def ping(self, payload: str) -> str:
        return self.feed(self.frame(ws.Ping(payload.encode())))

    def close(self, code: int, reason: str = "") -> str:
        if self.messages:
            return self.did(lambda: self.client.closed(self.connection, code, reason, self.now))
        no_code = CloseReason.NO_STATUS_RCVD
        return self.feed(self.bytes_of(ws.CloseConnection(no_code if code == no_code else code, reason or None)))

    # --- the clock

    def wait(self, seconds: float) -> str:
        """Time goes on, then one tick."""
        self.now += seconds
        return self.did(lambda: self.client.tick(self.now))

    def wait_due(self) -> str:
        """Time goes on to the deadline, then one tick."""
        deadline = self.client.deadline
        assert deadline is not None, "nothing is due"
        return self.wait(deadline - self.now)

    def live(self, seconds: float) -> str:
        """Time goes on with a tick at every deadline, as a shell does."""
        until, told = self.now + seconds, list[str]()
        while self.client.deadline is not None and self.client.deadline <= until:
            told.append(self.wait_due())
        self.now = until
        return "; ".join(words for words in told if words)
