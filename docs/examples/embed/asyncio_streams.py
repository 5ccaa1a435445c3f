"""One shard of a QQ bot on asyncio's streams: bytes in, bytes out, a clock. All that is decided is decided by the core.

`access(renew)` gives URL and valid token, or raises a `GatewayError` (`AuthenticationFailed`: asking again is in vain).
`permit()` returns once this shard may IDENTIFY. `handle(event)` finishes an event and raises nothing.
`notice(effect)` hears of the rest; it keeps the snapshots of `SaveSession`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Sequence

import attrs

from qqgw_proto import ClientGateway, Dispatch, Snapshot
from qqgw_proto.errors import AuthenticationFailed, ConnectionFailed, GatewayError
from qqgw_proto.machine import effects as do


@attrs.define
class Shard:
    gateway: ClientGateway
    access: Callable[[bool], Awaitable[tuple[str, str]]]
    permit: Callable[[], Awaitable[None]]
    handle: Callable[[Dispatch], Awaitable[None]]
    notice: Callable[[do.Effect], None] = lambda _: None
    _events: asyncio.Queue[do.Deliver | None] = attrs.field(factory=asyncio.Queue[do.Deliver | None], init=False)
    _writers: dict[int, asyncio.StreamWriter] = attrs.field(factory=dict[int, asyncio.StreamWriter], init=False)
    _tasks: dict[asyncio.Task[None], int] = attrs.field(factory=dict[asyncio.Task[None], int], init=False)
    _ends: asyncio.Queue[BaseException | None] = attrs.field(factory=asyncio.Queue[BaseException | None], init=False)
    _timer: asyncio.Handle = attrs.field(init=False)
    _is_on: bool = attrs.field(default=False, init=False)

    async def run(self, session: Snapshot | None = None) -> None:
        """Runs until `stop` is called, or raises the error that the shard failed with."""
        self._is_on, worker = True, self._spawn(0, self._work())
        self._timer = asyncio.get_running_loop().call_soon(lambda: None)
        try:
            self._call(self.gateway.start, session=session)
            if not self._ends.empty():  # It was stopped before it ran.
                self._call(self.gateway.stop)
            if error := await self._ends.get():
                raise error
            self._events.put_nowait(None)
            await worker  # What was received before the end is finished, and saved as finished.
        finally:
            self._is_on = False
            self._timer.cancel()
            for connection in {*self._tasks.values(), *self._writers}:
                self._apply(do.AbandonTransport(connection))
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def stop(self) -> None:
        self._call(self.gateway.stop) if self._is_on else self._ends.put_nowait(None)

    def _call(self, call: Callable[..., Sequence[do.Effect]], *given: object, **named: object) -> None:
        if self._is_on:  # Tasks that `run` has cancelled may still have something to say.
            for effect in call(*given, now=asyncio.get_running_loop().time(), **named):
                self._apply(effect)
            self._timer.cancel()
            if (at := self.gateway.deadline) is not None:
                self._timer = asyncio.get_running_loop().call_at(at, lambda: self._spawn(0, self._tick()))

    async def _tick(self) -> None:  # A task begins one turn later: bytes that have arrived come first.
        self._call(self.gateway.tick)

    def _apply(self, effect: do.Effect) -> None:
        match effect:
            case do.RequestPermit() | do.RequestAccess():
                self._spawn(0, self._ask(effect))
            case do.Dial(connection):
                self._spawn(connection, self._talk(effect))
            case do.Write(connection, data):
                self._writers[connection].write(data)
                self._spawn(0, self._drain(connection, self._writers[connection]))
            case do.CloseTransport(connection, _, _, within):
                self._writers[connection].close()  # Sends what was written before.
                asyncio.get_running_loop().call_later(within, self._writers.pop(connection).transport.abort)
            case do.AbandonTransport(connection):
                for task in [task for task, number in self._tasks.items() if number == connection]:
                    task.cancel()
                if writer := self._writers.pop(connection, None):
                    writer.transport.abort()
            case do.Deliver():
                self._events.put_nowait(effect)
            case do.Stopped() | do.Failed():
                self._ends.put_nowait(effect.error if isinstance(effect, do.Failed) else None)
            case _:
                self.notice(effect)

    def _spawn(self, connection: int, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        self._tasks[task := asyncio.ensure_future(work)] = connection
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        del self._tasks[task]
        if not task.cancelled() and (error := task.exception()):
            self._ends.put_nowait(error)

    async def _ask(self, ask: do.RequestPermit | do.RequestAccess) -> None:
        try:
            if isinstance(ask, do.RequestPermit):
                await self.permit()
                self._call(self.gateway.permit_granted, ask.request)
            else:
                self._call(self.gateway.access_granted, ask.request, *await self.access(ask.renew))
        except GatewayError as error:
            self._call(self.gateway.access_denied, ask.request, error, fatal=isinstance(error, AuthenticationFailed))

    async def _talk(self, dial: do.Dial) -> None:
        number, to = dial.connection, dial.url
        try:
            reader, self._writers[number] = await asyncio.open_connection(to.host, to.port, ssl=to.tls or None)
            self._writers[number].transport.set_write_buffer_limits(high=0)  # `drain` returns once all is gone.
            self._call(self.gateway.opened, number)
            while number in self._writers:
                await self._read(self.gateway.receive_data, number, lambda: reader.read(65536))
        except OSError as error:
            answer = self.gateway.lost if number in self._writers else self.gateway.dial_failed
            self._call(answer, number, ConnectionFailed(str(error)))

    async def _read(
        self, take: Callable[..., list[do.Effect]], number: int, read: Callable[[], Awaitable[bytes]]
    ) -> None:
        if self._events.qsize() < 16:
            return self._call(take, number, await read())
        self._call(self.gateway.reading_paused)
        try:
            await self._events.join()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0):  # What lay unread is fed first.
                    self._call(take, number, await read())
        finally:
            self._call(self.gateway.reading_resumed)

    async def _drain(self, number: int, writer: asyncio.StreamWriter) -> None:
        if writer.transport.get_write_buffer_size():
            self._call(self.gateway.writing_blocked, number)
            with contextlib.suppress(OSError):  # The reader tells.
                await writer.drain()
            self._call(self.gateway.writing_resumed, number)

    async def _work(self) -> None:
        while batch := await self._events.get():
            for event in batch.events:
                await self.handle(event)
                self._call(self.gateway.settled, [batch.ticket(event)])
            self._events.task_done()
