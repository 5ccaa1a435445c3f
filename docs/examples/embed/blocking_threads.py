"""One shard of a QQ bot on sockets and threads, without an event loop. All that is decided is decided by the core.

The thread that calls `run` handles events. Another owns gateway and socket, since TLS permits no two at once, and waits
for something to do; dials and questions have a thread each and hand their calls to it. Callbacks: as for asyncio.
"""

from __future__ import annotations

import contextlib
import queue
import select
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from functools import partial
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
    _events: queue.Queue[Event] = attrs.field(factory=queue.Queue[Event], init=False)
    _streams: dict[int, socket.socket] = attrs.field(factory=dict[int, socket.socket], init=False)
    _unsent: bytes = attrs.field(default=b"", init=False)
    _paused: bool = attrs.field(default=False, init=False)

    def run(self, session: Snapshot | None = None) -> None:
        """Runs until `stop` is called, or raises the error that the shard failed with."""
        self._call(self.gateway.start, session=session)
        (owner := Thread(target=self._serve)).start()
        try:
            while isinstance(event := self._events.get(), do.Deliver):
                for dispatch in event.events:
                    self.handle(dispatch)
                    self._call(self.gateway.settled, [event.ticket(dispatch)])
                self._events.task_done()
                self._call(self.gateway.tick)  # There may be room again.
        finally:
            self.stop()
            owner.join()
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
            while self.gateway.state not in FINAL:
                self._turn()

    def _turn(self) -> None:
        paused, streams, at = self._paused, list(self._streams.items()), self.gateway.deadline
        self._paused = self._events.unfinished_tasks >= (1 if paused else 16)
        rest = None if at is None else max(0.0, at - time.monotonic()) if self._paused is paused else 0.0
        reading = {self._bell[1]} if self._paused else {self._bell[1], *self._streams.values()}
        ready, free, _ = select.select(reading, self._streams.values() if self._unsent else (), (), rest)
        for number, stream in streams:
            try:
                if stream in free:
                    self._unsent = self._unsent[stream.send(self._unsent) :]
                    self._call(self.gateway.writing_blocked if self._unsent else self.gateway.writing_resumed, number)
                if stream in ready:
                    self._call(self.gateway.receive_data, number, stream.recv(65536))
            except (BlockingIOError, ssl.SSLWantReadError):
                continue
            except OSError as error:
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
            case do.RequestPermit() | do.RequestAccess():
                Thread(target=self._ask, args=[effect], daemon=True).start()
            case do.Dial():
                Thread(target=self._dial, args=[effect], daemon=True).start()
            case do.Write(_, data):
                self._unsent += data
            case do.CloseTransport(connection, _, _, within):
                Thread(target=finish, args=[self._streams.pop(connection), self._unsent, within], daemon=True).start()
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
                self._call(self.gateway.permit_granted, ask.request)
            else:
                self._call(self.gateway.access_granted, ask.request, *self.access(ask.renew))
        except GatewayError as error:
            self._call(self.gateway.access_denied, ask.request, error, fatal=isinstance(error, AuthenticationFailed))

    def _dial(self, dial: do.Dial) -> None:
        try:
            stream = socket.create_connection((dial.url.host, dial.url.port))
            if dial.url.tls:
                stream = ssl.create_default_context().wrap_socket(stream, server_hostname=dial.url.host)
            self._call(self._opened, dial.connection, stream)
        except OSError as error:
            self._call(self.gateway.dial_failed, dial.connection, ConnectionFailed(str(error)))

    def _opened(self, number: int, stream: socket.socket, *, now: float) -> Sequence[do.Effect]:
        stream.setblocking(False)
        self._streams[number], self._unsent = stream, b""
        return self.gateway.opened(number, now)


def finish(stream: socket.socket, unsent: bytes, within: float) -> None:
    with stream, contextlib.suppress(OSError):
        stream.settimeout(within)
        stream.sendall(unsent)
