"""Handlers of the workers' tests that wait for further events."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from qqgw_proto.events import Event, decode
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.delivery.records import Attempt
from qqgw_trio.delivery.settling import Port
from qqgw_trio.delivery.workers import Workers

__all__ = ["Want", "begin", "get"]


def _anything(_frame: Dispatch) -> bool:
    return True


@attrs.frozen
class Want:
    """What is waited for."""

    names: frozenset[str] = frozenset({"ANSWER"})
    anywhere: bool = False
    where: Callable[[Dispatch], bool] = _anything

    def accept(self, frame: Dispatch) -> Event | None:
        return decode(frame) if self.where(frame) else None


def begin(workers: Workers, event: Dispatch, port: Port, handler: str = "h") -> Attempt:
    """One attempt of a handler."""
    record = workers.waiting.record_of(event, port)
    assert record is not None
    return Attempt(decode(event), record, record.of(handler))


async def get(
    workers: Workers,
    event: Dispatch,
    port: Port,
    want: Want = Want(),
    seconds: float = 60.0,
) -> int | None:
    """Waits as a context does; the number of what came, or of what had come in an earlier attempt."""
    attempt = begin(workers, event, port)
    for taken in attempt.unread():
        return taken.event.seq
    with workers.waiting.expect(port, attempt, want) as waiter:
        return (await waiter.wait("answer", seconds)).seq
