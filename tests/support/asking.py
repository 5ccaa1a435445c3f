"""Workers whose handler asks and waits for the answer."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import attrs
import trio

from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.delivery.overflow import Dropped
from qqgw_trio.delivery.workers import Port, WorkerConfig, Workers
from support.receipts import make_event
from support.wanting import Want, get
from support.working import no_drops, running

__all__ = ["Crew", "answer", "ask", "at_work"]


@attrs.define
class Crew:
    """Workers whose handler waits at events named ASK, and what it was given."""

    workers: Workers = attrs.field(init=False)
    want: Want = Want()
    seconds: float = 60.0
    work: float = 0.0
    failures: int = 0
    log: list[str] = attrs.field(factory=list[str])
    reports: list[str] = attrs.field(factory=list[str])

    async def handle(self, event: Dispatch, port: Port) -> None:
        self.log.append(f"{event.s}")
        if event.t == "ASK":
            self.log.append(f"{event.s} got {await get(self.workers, event, port, self.want, self.seconds)}")
            await trio.sleep(self.work)
            if self.failures:
                self.failures -= 1
                raise ValueError("again")
            self.log.append(f"{event.s} done")

    def report(self, event: Dispatch, _port: Port, error: Exception, attempt: int) -> None:
        self.reports.append(f"{event.s} {attempt} {error}")


@asynccontextmanager
async def at_work(
    crew: Crew,
    config: WorkerConfig = WorkerConfig(),  # noqa: B008 - frozen
    *,
    interested: Callable[[str | None], bool] = lambda _name: True,
    on_dropped: Callable[[Dropped], None] = no_drops,
) -> AsyncGenerator[Workers]:
    """The crew's workers while they run."""
    working = running(crew.handle, config, on_error=crew.report, interested=interested, on_dropped=on_dropped)
    async with working as crew.workers:
        yield crew.workers


def ask(seq: int, place: str = "a") -> Dispatch:
    """An event at which the handler waits."""
    return make_event(seq, place, name="ASK")


def answer(seq: int, place: str = "a") -> Dispatch:
    """What it waits for."""
    return make_event(seq, place, name="ANSWER")
