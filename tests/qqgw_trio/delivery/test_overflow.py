"""How the loss of events by the user's own policy is told."""

from __future__ import annotations

import trio

from qqgw_trio.delivery.overflow import BURST_SECONDS, DropLog, Dropped
from support.receipts import Receipts


def test_a_burst_is_told_once() -> None:
    told: list[Dropped] = []
    log, port = DropLog(told.append), Receipts(3)
    for seq in (5, 6, 9):
        log.add(port, seq)
    assert told == []
    log.announce()
    log.announce()
    assert told == [Dropped(3, 5, 9, shard_id=3)]


def test_each_shard_has_its_own_bursts() -> None:
    told: list[Dropped] = []
    log, one, other = DropLog(told.append), Receipts(0), Receipts(1)
    for port, seq in [(one, 5), (other, 2), (one, 6)]:
        log.add(port, seq)
    log.announce()
    assert sorted(told, key=lambda dropped: dropped.shard_id) == [Dropped(2, 5, 6, 0), Dropped(1, 2, 2, 1)]


def test_numbers_of_two_sessions_are_two_bursts() -> None:
    told: list[Dropped] = []
    log, port = DropLog(told.append), Receipts()
    for seq in (900, 901, 1, 2, 3):
        log.add(port, seq)
    log.announce()
    assert told == [Dropped(2, 900, 901, 0), Dropped(3, 1, 3, 0)]


def test_events_without_a_number_are_counted() -> None:
    told: list[Dropped] = []
    log, port, nameless = DropLog(told.append), Receipts(0), Receipts(1)
    for seq in (None, 4, None):
        log.add(port, seq)
    log.add(nameless, None)
    log.announce()
    assert sorted(told, key=lambda dropped: dropped.shard_id) == [Dropped(3, None, 4, 0), Dropped(1, None, None, 1)]


async def test_a_burst_is_over_after_its_time(autojump_clock: trio.testing.MockClock) -> None:
    told: list[tuple[float, Dropped]] = []
    log, port = DropLog(lambda dropped: told.append((trio.current_time(), dropped))), Receipts()
    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(log.run)
        for seq in range(1, 6):
            log.add(port, seq)
            await trio.sleep(0.4)
        await trio.sleep(100.0)
        log.add(port, 6)
        await trio.sleep(100.0)
        nursery.cancel_scope.cancel()
    assert BURST_SECONDS == 1.0
    assert told == [
        (began + 1.0, Dropped(3, 1, 3, 0)),
        (began + 2.2, Dropped(2, 4, 5, 0)),
        (began + 103.0, Dropped(1, 6, 6, 0)),
    ]
