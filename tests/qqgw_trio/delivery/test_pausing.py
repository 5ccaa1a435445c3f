"""A bot that does not read says so, and whose events are the cause."""

from __future__ import annotations

import logging

import pytest
import trio
from trio.testing import MockClock

from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.delivery.workers import WorkerConfig, Workers
from support.receipts import Receipts, batch, make_event
from support.working import Log, running

EIGHT = WorkerConfig(capacity=8)


class Told:
    """What the log has been told, and when."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, "qqgw_trio.delivery.pausing")
        self._caplog = caplog

    @property
    def lines(self) -> list[tuple[str, str]]:
        return [(record.levelname, record.getMessage()) for record in self._caplog.records]

    @property
    def levels(self) -> list[str]:
        return [level for level, _ in self.lines]


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Told:
    return Told(caplog)


def offer_eight(workers: Workers) -> None:
    """One event of `calm`, seven of `busy`."""
    busy = [make_event(seq, "busy", event_id=f"e{seq}") for seq in range(2, 9)]
    workers.offer(Receipts(3), batch(make_event(1, "calm"), *busy))


def takes(seconds: float) -> Log:
    return Log(seconds=lambda event: seconds if event.s == 2 else 0.0)


async def test_a_long_pause_is_told_with_its_cause_and_so_is_its_end(told: Told, autojump_clock: MockClock) -> None:
    async with running(takes(30.0).handle, EIGHT) as workers:
        workers.pauses.handlers_of = lambda name: f"who handles {name}"
        offer_eight(workers)
        await trio.sleep(5.0)
        await workers.wait_room()
    warning = (
        "no events have been read for 10 s, since 7 are undone: most of them, 7, in conversation busy of shard 3; "
        "the first of these, MADE_UP (event id e2), came 15 s ago and is for who handles MADE_UP"
    )
    assert told.lines == [("WARNING", warning), ("INFO", "events are read again, after 25 s")]


async def test_a_short_pause_is_not_told(told: Told, autojump_clock: MockClock) -> None:
    async with running(takes(9.0).handle, EIGHT) as workers:
        offer_eight(workers)
        await workers.wait_room()
        await trio.sleep(60.0)
    assert told.lines == []


async def test_the_warning_is_repeated_once_a_minute(told: Told, autojump_clock: MockClock) -> None:
    async with running(takes(150.0).handle, EIGHT) as workers:
        offer_eight(workers)
        async with trio.open_nursery() as nursery:
            for _ in range(2):  # Two shards, one tale.
                nursery.start_soon(workers.wait_room)
    assert [line[:37] for _, line in told.lines] == [
        "no events have been read for 10 s, si",
        "no events have been read for 70 s, si",
        "no events have been read for 130 s, s",
        "events are read again, after 150 s",
    ]


async def test_pauses_with_little_between_them_are_told_once_a_minute_too(
    told: Told, autojump_clock: MockClock
) -> None:
    log = Log(seconds=lambda _event: 5.0)
    async with running(log.handle, EIGHT) as workers:
        seq = 0
        with trio.move_on_after(65.0):
            while True:
                workers.offer(Receipts(), batch(*(make_event(seq := seq + 1, "busy") for _ in range(4))))
                await workers.wait_room()
    assert told.levels == ["WARNING", "INFO"]


async def test_a_reader_that_is_cancelled_reads_nothing_again(told: Told, autojump_clock: MockClock) -> None:
    async with running(takes(60.0).handle, EIGHT) as workers:
        offer_eight(workers)
        with trio.move_on_after(20.0):
            await workers.wait_room()
    assert told.levels == ["WARNING"]


async def test_what_waits_for_a_retry_is_counted_once(told: Told, autojump_clock: MockClock) -> None:
    async def fail(_event: Dispatch, _port: object) -> None:
        raise ValueError

    config = WorkerConfig(capacity=8, retry_delay=20.0)
    async with running(fail, config, on_error=lambda _event, _port, _error, _attempt: None) as workers:
        offer_eight(workers)
        with trio.move_on_after(15.0):
            await workers.wait_room()
    [(_, line)] = told.lines
    assert "since 8 are undone: most of them, 7, in" in line
