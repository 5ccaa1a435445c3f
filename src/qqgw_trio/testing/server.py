"""`ScriptedServer`: a scripted gateway on a real port, in a thread of its own, for clients on any I/O stack.

    with ScriptedServer(*SCENARIOS["dropped"]) as server:
        bot = start_my_bot(server.url, any_token)
        ...
        server.strike(Close(4009))

To wait for something, use `until`, which asks again whenever the server has received something. What one connection
does wrong below WebSocket, such as TLS that fails or never ends, ends that connection and holds up nobody.
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

from qqgw_proto.config import ServerConfig
from qqgw_proto.errors import DeadlineExceeded
from qqgw_proto.testing import Drop, Fault, Finish, ScriptedConnection, ScriptedGateway, Send, Visit

__all__ = ["ScriptedServer"]

_READ_SIZE: Final = 65_536
_RESET_AT_CLOSE: Final = struct.pack("ii", 1, 0)
"""SO_LINGER, on, for 0 s: `close` sends a RST."""
_NOTHING_YET: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_HANDSHAKE_SECONDS: Final = 10.0
"""For a client's TLS."""


class ScriptedServer:
    """A gateway for one shard on 127.0.0.1; a context manager.

    Args:
        visits: What happens to the first connections; later ones are served well.
        config: Of its `ServerGateway`s.
        ssl_context: Makes it speak TLS (`wss`).

    Attributes:
        gateway: What was heard; read it inside `until`, or once the client has left.
        url: Where to connect to.
    """

    def __init__(
        self, *visits: Visit, config: ServerConfig | None = None, ssl_context: ssl.SSLContext | None = None
    ) -> None:
        self.gateway = ScriptedGateway(*visits, config=config)
        self.url = ""
        self._ssl_context = ssl_context
        self._news = threading.Condition()
        self._streams: dict[socket.socket, ScriptedConnection] = {}
        self._shaking: dict[ssl.SSLSocket, float] = {}
        self._bell = socket.socketpair()
        self._is_over = False
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        host, port = self._listener.getsockname()
        self.url = f"{'ws' if self._ssl_context is None else 'wss'}://{host}:{port}/websocket"
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_over = True
        self._ring()
        self._thread.join()
        for stream in (*self._streams, *self._shaking, self._listener, *self._bell):
            stream.close()

    # --- on command

    def happen(self, count: int = 1) -> None:
        """Events happen; a client that is away gets them by a RESUME."""
        self._order(lambda now: self.gateway.happen(now, count))

    def strike(self, fault: Fault) -> None:
        """Lets something go wrong on the connection that stands, if one does."""
        self._order(lambda now: self.gateway.strike(fault, now))

    def until(self, condition: Callable[[], bool], within: float = 30.0) -> None:
        """Waits until something has come true by what the client did.

        Raises:
            DeadlineExceeded: It has not, in so many seconds.
        """
        with self._news:
            if not self._news.wait_for(condition, within):
                what = f"this did not happen in {within:g} s; heard: {self.gateway.heard}"
                raise DeadlineExceeded(what, remedy="see gateway.heard and gateway.violations")

    def _order(self, call: Callable[[float], None]) -> None:
        with self._news:
            call(time.monotonic())
        self._ring()

    def _ring(self) -> None:
        self._bell[0].send(b"!")

    # --- the thread

    def _serve(self) -> None:
        while not self._is_over:
            with self._news:
                deadlines = [connection.deadline for connection in self._streams.values()]
            at = min((at for at in (*deadlines, *self._shaking.values()) if at is not None), default=None)
            rest = None if at is None else max(0.0, at - time.monotonic())
            waited_for = [self._bell[1], self._listener, *self._streams, *self._shaking]
            ready, _, _ = select.select(waited_for, [], [], rest)
            newcomers = self._greet(ready)  # Outside the lock: nobody who gives an order waits for a client's TLS.
            with self._news:
                self._turn(ready, newcomers, time.monotonic())
                self._news.notify_all()

    def _turn(self, ready: list[socket.socket], newcomers: list[socket.socket], now: float) -> None:
        if self._bell[1] in ready:
            self._bell[1].recv(_READ_SIZE)
        for stream in [stream for stream in ready if stream in self._streams]:
            self._receive(stream, now)
        self._streams.update((stream, self.gateway.connect(now)) for stream in newcomers)
        for stream, connection in list(self._streams.items()):
            connection.tick(now)
            self._carry_out(stream, connection)

    def _greet(self, ready: list[socket.socket]) -> list[socket.socket]:
        """Takes who has come, and goes on with their TLS; those that can be spoken to now."""
        newcomers: list[socket.socket] = []
        if self._listener in ready:
            with contextlib.suppress(OSError):  # The client has left again.
                newcomers += self._accept()
        now = time.monotonic()
        for stream, deadline in list(self._shaking.items()):
            if (stream in ready or deadline <= now) and self._shake_hands(stream, now):
                newcomers.append(stream)
        return newcomers

    def _accept(self) -> list[socket.socket]:
        """Whom there is no TLS to wait for."""
        stream, _ = self._listener.accept()
        stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._ssl_context is None:
            return [stream]
        stream.setblocking(False)
        secured = self._ssl_context.wrap_socket(stream, server_side=True, do_handshake_on_connect=False)
        self._shaking[secured] = time.monotonic() + _HANDSHAKE_SECONDS
        return []

    def _shake_hands(self, stream: ssl.SSLSocket, now: float) -> bool:
        """Whether it is done; a client that fails or is late has its connection closed."""
        try:
            stream.do_handshake()
        except _NOTHING_YET:
            if now < self._shaking[stream]:
                return False
        except OSError:
            pass  # Such as a client that does not trust the certificate.
        else:
            del self._shaking[stream]
            stream.setblocking(True)
            return True
        del self._shaking[stream]
        stream.close()
        return False

    def _receive(self, stream: socket.socket, now: float) -> None:
        data = b""
        with contextlib.suppress(OSError):  # It broke, which is an end as well.
            stream.setblocking(False)  # What is there may be a piece of a TLS record, or one that is not for us.
            try:
                data = stream.recv(_READ_SIZE)
            except _NOTHING_YET:
                return
            finally:
                stream.setblocking(True)
        self._streams[stream].receive(data, now)
        if not data:
            del self._streams[stream]
            stream.close()

    def _carry_out(self, stream: socket.socket, connection: ScriptedConnection) -> None:
        with contextlib.suppress(OSError):  # The client has left: reading finds it out.
            for output in connection.outputs():
                match output:
                    case Send():
                        stream.sendall(output.data)
                    case Finish():
                        socket.socket.shutdown(stream, socket.SHUT_WR)
                    case Drop():
                        del self._streams[stream]
                        stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
                        stream.close()
