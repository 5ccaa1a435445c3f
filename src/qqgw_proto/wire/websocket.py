"""One WebSocket connection on wsproto, either end: bytes in, `WireEvent`s out, bytes out.

wsproto is the authority on RFC 6455; this module adds what it leaves to us: limits on the handshake, frames, fragments
and messages; 1xx answers skipped; a parse failure told apart from a close frame really received; nothing raised,
whatever comes. `WebSocketWire.receive` is the only door for bytes. After `Rejected`, `Closed` or `Failed` nothing more
is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, cast

from wsproto import ConnectionType, WSConnection
from wsproto import events as ws
from wsproto.connection import Connection, ConnectionState
from wsproto.frame_protocol import FrameProtocol
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from qqgw_proto.config import WireConfig
from qqgw_proto.wire.events import (
    Closed,
    Failed,
    Ping,
    Rejected,
    Requested,
    Unreadable,
    Upgraded,
    WireEvent,
)
from qqgw_proto.wire.lane import FastLane
from qqgw_proto.wire.url import GatewayUrl

__all__ = ["WebSocketWire"]

_PROTOCOL_ERROR: Final = 1002
_NOT_UTF_8: Final = 1007
_TOO_BIG: Final = 1009
_FIRST_FINAL_STATUS: Final = 200


class WebSocketWire:
    """One connection.

    Args:
        config: Limits and headers.
        client: Which end this is.
    """

    # Spelled out, since a thousand shards have one each.
    __slots__ = (
        "_config",
        "_connection",
        "_fragments",
        "_frame_size",
        "_handshake_left",
        "_is_client",
        "_lane",
        "_message",
        "_over",
        "_rejection",
        "_rejection_body",
        "_upgraded",
    )

    def __init__(self, config: WireConfig, *, client: bool) -> None:
        self._config = config
        self._is_client = client
        self._connection: WSConnection | Connection | None = WSConnection(
            ConnectionType.CLIENT if client else ConnectionType.SERVER
        )
        self._handshake_left = config.max_handshake
        self._upgraded = False
        self._over = False
        self._message = bytearray()
        self._frame_size = 0
        self._fragments = 0
        self._rejection: Rejected | None = None
        self._rejection_body = b""
        self._lane = FastLane(config, self._feed) if client and config.fast_lane else None

    # --- bytes in

    def receive(self, data: bytes) -> list[WireEvent]:
        """Takes one chunk and reports all that is complete with it."""
        reported: list[WireEvent] = []
        position, goes_on = 0, not self._over
        while position < len(data) and goes_on and self._in_handshake():
            # Line by line, so that the frames behind the handshake stay here; and no more than its limit allows, since
            # wsproto has none for headers that come whole.
            line_end = data.find(b"\n", position) + 1 or len(data)
            chunk = data[position : min(line_end, position + self._handshake_left)]
            position += len(chunk)
            self._handshake_left -= len(chunk)
            goes_on = self._feed(chunk, reported)
            if goes_on and self._in_handshake() and not self._handshake_left:
                reported.extend(self.end() or [self._fail(_PROTOCOL_ERROR, "the handshake is too long")])
                return reported
        if position < len(data) and goes_on:
            self._cut(data[position:], reported)
        return reported

    def _in_handshake(self) -> bool:
        return not self._upgraded

    def _cut(self, data: bytes, reported: list[WireEvent]) -> None:
        if self._lane is None:
            self._feed(data, reported)
            return
        self._lane.cut(data, reported)
        if reported and isinstance(reported[-1], Failed):
            self._over = True

    def end(self) -> list[WireEvent]:
        """Reports what was still being collected when no more bytes come: the refusal of a handshake."""
        if self._rejection is None or self._over:
            return []
        self._over = True
        body = self._rejection_body.decode("utf-8", "replace")
        return [Rejected(self._rejection.status, self._rejection.retry_after, body)]

    def _feed(self, chunk: bytes, reported: list[WireEvent]) -> bool:
        """Lets wsproto take bytes; whether the connection goes on."""
        try:
            try:
                self._judge().receive_data(chunk)
            finally:  # What stands before a broken rule counts, however it was cut: a refusal, though its body breaks.
                self._drain(reported)
        except (RemoteProtocolError, UnicodeError) as error:
            # UnicodeError: wsproto decodes the headers of a handshake as they come.
            if not self._over:
                why = f"the WebSocket handshake failed: {error}"
                reported.extend(self.end() or [self._fail(_PROTOCOL_ERROR, why)])
        return not self._over

    def _drain(self, reported: list[WireEvent]) -> None:
        for event in self._judge().events():
            self._take(event, reported)
            if self._over:
                break

    def _take(self, event: ws.Event, reported: list[WireEvent]) -> None:
        match event:
            case ws.TextMessage() | ws.BytesMessage():
                reported.extend(self._collect(event))
            case ws.Ping():
                reported.append(Ping(bytes(event.payload)))
            case ws.CloseConnection():
                reported.append(self._closed(event))
            case ws.AcceptConnection():
                self._end_handshake()
                reported.append(Upgraded())
            case ws.Request():
                reported.append(Requested(event.target, {"host": event.host, **_texts(event.extra_headers)}))
            case ws.RejectConnection() | ws.RejectData():
                reported.extend(self._refused(event))
            case _:
                pass  # A pong asked for by nobody: "ignored" (RFC 6455 5.5.3).

    def _collect(self, event: ws.TextMessage | ws.BytesMessage) -> list[WireEvent]:
        """Joins the pieces of a message; a frame or a message over its limit ends the connection."""
        part = event.data.encode() if isinstance(event, ws.TextMessage) else event.data
        self._message += part
        self._frame_size += len(part)
        excess = self._excess()
        if excess:
            return [self._fail(_TOO_BIG, excess)]
        if event.frame_finished:
            self._frame_size = 0
            self._fragments += 1
        if not event.message_finished:
            return []
        message = _checked(bytes(self._message))
        self._message, self._fragments = bytearray(), 0
        return [message]

    def _excess(self) -> str:
        """Which limit the message under way has passed; wsproto has none."""
        config = self._config
        if self._frame_size > config.max_frame:
            return f"a frame is longer than {config.max_frame} bytes"
        if len(self._message) > config.max_message:
            return f"a message is longer than {config.max_message} bytes"
        if self._fragments >= config.max_fragments:
            return f"a message has more than {config.max_fragments} fragments"
        return ""

    def _closed(self, event: ws.CloseConnection) -> WireEvent:
        # wsproto reports a parse failure as a close with the state still OPEN; a close frame really received
        # leaves REMOTE_CLOSING, or CLOSED where ours went before.
        if self._judge().state in (ConnectionState.OPEN, ConnectionState.LOCAL_CLOSING):
            # wsproto's words for bad UTF-8 count from the beginning of a chunk.
            why = "text that is not UTF-8" if event.code == _NOT_UTF_8 else event.reason or "a frame breaks RFC 6455"
            return self._fail(int(event.code), why)
        self._over = True
        return Closed(int(event.code), event.reason or "")

    def _refused(self, event: ws.RejectConnection | ws.RejectData) -> list[WireEvent]:
        """Keeps status, Retry-After and a bounded piece of the body, which may never end."""
        if isinstance(event, ws.RejectConnection):
            if event.status_code >= _FIRST_FINAL_STATUS:  # "100 Continue / 103 Early Hints before the 101": ignored.
                retry_after = _seconds(_texts(event.headers).get("retry-after"))
                self._rejection = Rejected(event.status_code, retry_after, "")
            return []
        room = self._config.max_rejection_body - len(self._rejection_body)
        self._rejection_body += bytes(event.data)[:room]
        return self.end() if event.body_finished or len(event.data) >= room else []

    def _fail(self, code: int, why: str) -> Failed:
        self._over = True
        return Failed(code, why)

    # --- bytes out

    def open(self, url: GatewayUrl) -> tuple[bytes, list[WireEvent]]:
        """The client's handshake."""
        headers = [(b"user-agent", self._config.user_agent.encode("ascii"))]
        headers += [(name.encode("ascii"), value.encode("ascii")) for name, value in self._config.headers.items()]
        return self._judge().send(ws.Request(host=url.authority, target=url.target, extra_headers=headers)), []

    def accept(self) -> bytes:
        """The server's 101. No extension is accepted, whatever was offered."""
        answer = self._judge().send(ws.AcceptConnection())
        self._end_handshake()
        return answer

    def _end_handshake(self) -> None:
        """Keeps what lives on; the handshake, with its HTTP parser, is half of all that a connection remembers."""
        self._upgraded = True
        live = cast("WSConnection", self._connection).connection
        self._connection = live if self._lane is None else None

    def _judge(self) -> WSConnection | Connection:
        """The connection of wsproto; behind the fast lane it is made for the first frame that the lane does not cut.

        That may be the close frame, days later: without it an idle shard is smaller by a tenth.
        """
        if self._connection is None:
            self._connection = Connection(ConnectionType.CLIENT)
        return self._connection

    def text(self, payload: bytes) -> bytes:
        """One text message."""
        if self._connection is None or self._connection.state is ConnectionState.REMOTE_CLOSING:
            return bytes(self._frames().send_data(payload.decode(), fin=True))
        return self._send(ws.TextMessage(payload.decode()))

    def ping(self, payload: bytes) -> bytes:
        """A ping."""
        return self._send(ws.Ping(payload))

    def pong(self, payload: bytes) -> bytes:
        """The answer to a ping."""
        if self._judge().state is ConnectionState.REMOTE_CLOSING:
            return bytes(self._frames().pong(payload))
        return self._send(ws.Pong(payload))

    def _frames(self) -> FrameProtocol:
        """What writes in any state: RFC 6455 5.5.1 allows a frame behind a close frame of the same chunk."""
        return FrameProtocol(client=self._is_client, extensions=[])

    def close(self, code: int, reason: str = "") -> bytes:
        """A close frame, or nothing where one was sent or none can be."""
        return self._send(ws.CloseConnection(code, reason))

    def _send(self, event: ws.Event) -> bytes:
        try:
            return self._judge().send(event)
        except LocalProtocolError:
            return b""  # The connection is not open, or its close frame is out: nothing may follow (RFC 6455 5.5.1).


def _checked(message: bytes) -> WireEvent:
    try:
        message.decode()
    except UnicodeDecodeError as error:
        return Unreadable(f"a binary message is not UTF-8: {error.reason}")
    return message


def _texts(headers: Iterable[tuple[bytes, bytes]]) -> Mapping[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}


def _seconds(retry_after: str | None) -> float | None:
    return float(retry_after) if retry_after is not None and retry_after.isdecimal() else None
