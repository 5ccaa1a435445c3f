"""Workers that run, and handlers that write down what they are given."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager

import attrs
import trio

from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.delivery.workers import Dropped, Port, WorkerConfig, Workers
from support.receipts import place_of


def unexpected(_event: Dispatch, _port: Port, error: Exception, _attempt: int) -> None:
    raise error


def no_drops(dropped: Dropped) -> None:
    raise AssertionError(dropped)


@attrs.define
class Log:
    """A handler that writes down when it handled what; how long an event takes is the caller's choice."""

    seconds: Callable[[Dispatch], float] = lambda _event: 0.0
    began: float = attrs.field(factory=trio.current_time)
    started: list[tuple[float, int | None]] = attrs.field(factory=list[tuple[float, int | None]])
    ended: list[tuple[float, int | None]] = attrs.field(factory=list[tuple[float, int | None]])

    @property
    def order(self) -> list[int | None]:
        return [seq for _, seq in self.ended]

    async def handle(self, event: Dispatch, _port: Port) -> None:
        self.started.append((trio.current_time() - self.began, event.s))
        seconds = self.seconds(event)
        if seconds:
            await trio.sleep(seconds)
        self.ended.append((trio.current_time() - self.began, event.s))


@asynccontextmanager
async def running(
    handle: Callable[[Dispatch, Port], Awaitable[None]],
    config: WorkerConfig = WorkerConfig(),  # noqa: B008 - frozen
    *,
    on_error: Callable[[Dispatch, Port, Exception, int], None] = unexpected,
    on_dropped: Callable[[Dropped], None] = no_drops,
    order_key: Callable[[Dispatch], Hashable | None] = place_of,
    interested: Callable[[str | None], bool] = lambda _name: True,
) -> AsyncGenerator[Workers]:
    workers = Workers(
        handle, config, on_error=on_error, on_dropped=on_dropped, order_key=order_key, interested=interested
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(workers.run)
        await trio.testing.wait_all_tasks_blocked()
        yield workers
        nursery.cancel_scope.cancel()


@attrs.define
class Failing:
    """A handler that raises so many times for an event; and what is reported of it."""

    times: dict[int, int]
    log: Log = attrs.field(factory=Log)
    reports: list[tuple[float, int | None, str, int]] = attrs.field(factory=list[tuple[float, int | None, str, int]])

    async def handle(self, event: Dispatch, port: Port) -> None:
        left = self.times.get(event.s or 0, 0)
        if left:
            self.times[event.s or 0] = left - 1
            raise ValueError(left)
        await self.log.handle(event, port)

    def report(self, event: Dispatch, _port: Port, error: Exception, attempt: int) -> None:
        self.reports.append((trio.current_time() - self.log.began, event.s, repr(error), attempt))
