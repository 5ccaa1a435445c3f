"""One shard of a QQ bot on sockets and threads, without an event loop. All that is decided is decided by the core.

`run` handles events; another thread owns gateway and socket; dials and questions have their own. Callbacks: asyncio's.
"""

from __future__ import annotations

import contextlib
import queue
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from threading import Thread

import attrs

from qqgw_proto import ClientGateway, Dispatch, Snapshot
from qqgw_proto.errors import AuthenticationFailed, ConnectionFailed, GatewayError
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.states import FINAL

Call = Callable[..., Sequence[do.Effect]]
Event = do.Deliver | do.Failed | None


@attrs.define(eq=False)
class Shard:
    gateway: ClientGateway
    access: Callable[[bool], tuple[str, str]]
    permit: Callable[[], None]
    handle: Callable[[Dispatch], None]
    notice: Callable[[do.Effect], None] = lambda _: None
    _calls: queue.SimpleQueue[Call] = attrs.field(factory=queue.SimpleQueue[Call], init=False)
    _bell: tuple[socket.socket, socket.socket] = attrs.field(factory=socket.socketpair, init=False)
    _events: queue.SimpleQueue[Event] = attrs.field(factory=queue.SimpleQueue[Event], init=False)
    _streams: dict[int, socket.socket] = attrs.field(factory=dict[int, socket.socket], init=False)
    _unsent: bytes = attrs.field(default=b"", init=False)
    _paused: bool = attrs.field(default=False, init=False)

    def run(self, session: Snapshot | None = None) -> None:
        """Runs until `stop` is called, or raises the error that the shard or the other thread failed with."""
        if self._calls.empty():  # Else it was stopped before.
            self._call(self.gateway.start, session=session)
        owner = ThreadPoolExecutor(1).submit(self._serve)
        try:
            while isinstance(event := self._events.get(), do.Deliver):
                for dispatch in event.events:
                    self.handle(dispatch)
                    self._call(self.gateway.settled, [event.ticket(dispatch)])
        finally:
            self.stop()
            owner.result()
            self._make_calls()  # What was received before the end is finished, and saved as finished.
        if event is not None:
            raise event.error

    def stop(self) -> None:
        self._call(self.gateway.stop)

    def _call(self, call: Call, *given: object, **named: object) -> None:
        self._calls.put(partial(call, *given, **named))
        with contextlib.suppress(OSError):  # It rings already, or nobody lives there any more.
            self._bell[0].send(b"!", socket.MSG_DONTWAIT)

    def _serve(self) -> None:
        with self._bell[0], self._bell[1], contextlib.ExitStack() as last:
            last.callback(self._events.put, None)
            last.callback(lambda: any(map(socket.socket.close, self._streams.values())))
            while self.gateway.state not in FINAL:
                self._turn()

    def _turn(self) -> None:
        paused, streams, at = self._paused, list(self._streams.items()), self.gateway.deadline
        self._paused = self._events.qsize() >= (1 if paused else 16)
        rest = None if at is None else max(0.0, at - time.monotonic()) if self._paused is paused else 0.0
        wanted = (0 if self._paused else EVENT_READ) | (EVENT_WRITE if self._unsent else 0)
        with DefaultSelector() as waiting:
            waiting.register(self._bell[1], EVENT_READ)
            for number, stream in streams if wanted else ():
                waiting.register(stream, wanted, number)
            ready = {key.data: come for key, come in waiting.select(rest)}
        for number, stream in streams:
            try:
                if ready.get(number, 0) & EVENT_WRITE:
                    self._unsent = self._unsent[stream.send(self._unsent) :]
                    self._call(self.gateway.writing_blocked if self._unsent else self.gateway.writing_resumed, number)
                if ready.get(number, 0) & EVENT_READ:
                    self._call(self.gateway.receive_data, number, stream.recv(65536))
            except OSError as error:
                if not isinstance(error, BlockingIOError | ssl.SSLWantReadError | ssl.SSLWantWriteError):
                    self._call(self.gateway.lost, number, ConnectionFailed(str(error)))
        if self._paused is not paused:  # What lay unread has been fed first.
            self._call(self.gateway.reading_paused if self._paused else self.gateway.reading_resumed)
        self._call(self.gateway.tick)
        self._bell[1].recv(65536)
        self._make_calls()

    def _make_calls(self) -> None:
        while not self._calls.empty():
            for effect in self._calls.get()(now=time.monotonic()):
                self._apply(effect)

    def _apply(self, effect: do.Effect) -> None:
        match effect:
            case do.RequestPermit() | do.RequestAccess() | do.Dial():
                self._unsent, work = (b"", self._dial) if isinstance(effect, do.Dial) else (self._unsent, self._ask)
                Thread(target=work, args=[effect], daemon=True).start()
            case do.Write(_, data):
                self._unsent += data
            case do.CloseTransport(connection, _, _, within):
                ending = [self._streams.pop(connection), self._unsent, within]
                Thread(target=self._end, args=ending, daemon=True).start()
            case do.AbandonTransport(connection) if connection in self._streams:
                self._streams.pop(connection).close()
            case do.Deliver() | do.Failed():
                self._events.put(effect)
            case _:
                self.notice(effect)

    def _ask(self, ask: do.RequestPermit | do.RequestAccess) -> None:
        try:
            if isinstance(ask, do.RequestPermit):
                self.permit()
                return self._call(self.gateway.permit_granted, ask.request)
            self._call(self.gateway.access_granted, ask.request, *self.access(ask.renew))
        except GatewayError as error:
            self._call(self.gateway.access_denied, ask.request, error, fatal=isinstance(error, AuthenticationFailed))

    def _dial(self, dial: do.Dial) -> None:
        try:  # The core has abandoned it after so long; a peer that is mute, at TLS too, keeps no thread for longer.
            stream = socket.create_connection((dial.url.host, dial.url.port), self.gateway.config.deadlines.dial)
            if dial.url.tls:
                stream = ssl.create_default_context().wrap_socket(stream, server_hostname=dial.url.host)
            self._call(self._opened, dial.connection, stream)
        except OSError as error:
            self._call(self.gateway.dial_failed, dial.connection, ConnectionFailed(str(error)))

    def _opened(self, number: int, stream: socket.socket, *, now: float) -> Sequence[do.Effect]:
        stream.setblocking(False)
        self._streams[number] = stream
        return self.gateway.opened(number, now)

    def _end(self, stream: socket.socket, unsent: bytes, within: float) -> None:
        with stream, contextlib.suppress(OSError):
            stream.settimeout(within)
            stream.sendall(unsent)
