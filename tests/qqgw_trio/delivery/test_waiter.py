"""One wish of one handler; `test_waiting` has wishes among events."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import pytest
import trio
from trio.testing import MockClock

from qqgw_proto.events import Event, decode
from qqgw_proto.machine.session import Ticket
from qqgw_trio.delivery.lanes import Lane
from qqgw_trio.delivery.records import Attempt, EventRecord
from qqgw_trio.delivery.settling import Work
from qqgw_trio.delivery.waiter import Waiter
from qqgw_trio.handler.handler_errors import NoAnswer
from support.receipts import Receipts, make_event
from support.wanting import Want

PORT = Receipts()


class Heeded:
    """Notes who is heeded."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def add(self, waiter: Waiter[Event]) -> None:
        self.log.append("add")

    def remove(self, waiter: Waiter[Event]) -> None:
        self.log.append("remove")

    @contextmanager
    def parked(self, lane: Lane) -> Generator[None]:
        self.log.append("parked")
        yield
        self.log.append("unparked")


def waiter_of(want: Want, heeding: Heeded | None = None) -> Waiter[Event]:
    record = EventRecord(0.0, trio.current_time)
    attempt = Attempt(decode(make_event(1, name="ASK")), record, record.of("h"))
    return Waiter(heeding or Heeded(), Lane(PORT, "a"), attempt, want)


def work(seq: int, name: str = "ANSWER") -> Work:
    return Work(make_event(seq, "a", name=name), Ticket((1, seq)), 7.0)


async def test_it_takes_one_event_and_notes_it(autojump_clock: MockClock) -> None:
    heeding = Heeded()
    with waiter_of(Want(where=lambda frame: frame.s != 2), heeding) as waiter:
        offered = [waiter.offer(PORT, one) for one in (work(9, "OTHER"), work(2), work(3), work(4))]
        assert offered == [False, False, True, False]
        found = await waiter.wait("answer", 1.0)
    assert found.seq == 3
    [taken] = waiter.attempt.own.taken
    assert (taken.event, taken.at) == (found, 7.0)
    assert waiter.attempt.read == [taken]
    assert [one.ticket for _, one in waiter.attempt.record.taken] == [(1, 3)]
    assert heeding.log == ["add", "parked", "unparked", "remove"]


async def test_time_is_up(autojump_clock: MockClock) -> None:
    began = trio.current_time()
    with waiter_of(Want()) as waiter, pytest.raises(NoAnswer, match=r"no click came within 2\.5 s"):
        await waiter.wait("click", 2.5)
    assert trio.current_time() - began == 2.5
    assert not waiter.is_served


async def test_what_nobody_was_told_of_is_unread() -> None:
    waiter = waiter_of(Want())
    with trio.CancelScope() as scope, waiter:
        waiter.offer(PORT, work(2))
        scope.cancel()
        await trio.lowlevel.checkpoint()
    assert [taken.event.seq for taken in waiter.attempt.unread()] == [2]
