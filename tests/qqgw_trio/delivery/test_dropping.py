"""Which event is dropped, and what is finished with it; `test_workers_bounds` has the policies at work."""

from __future__ import annotations

from qqgw_proto.machine.session import Ticket
from qqgw_trio.delivery.dropping import Dropping
from qqgw_trio.delivery.lanes import Lanes
from qqgw_trio.delivery.overflow import DropLog, Dropped
from qqgw_trio.delivery.records import EventRecord
from qqgw_trio.delivery.settling import Outbox, Work
from qqgw_trio.delivery.worker_config import Books, Counters
from support.receipts import Receipts, make_event


async def test_the_oldest_goes_with_all_that_was_taken_for_it() -> None:
    told: list[Dropped] = []
    lanes, books, outbox, log = Lanes(by_age=True), Books(), Outbox(), DropLog(told.append)
    dropping = Dropping(lanes, books, outbox, log)
    assert not dropping.make_room()
    port, other = Receipts(0), Receipts(1)
    record = EventRecord(0.0, lambda: 0.0, [(other, Work(make_event(2), Ticket((1, 2)), 0.0))])
    lanes.add(port, "a", Work(make_event(1), Ticket((1, 1)), 0.0, record=record))
    lanes.add(port, "a", Work(make_event(3), Ticket((1, 3)), 0.0))
    books.depth = 3
    assert dropping.make_room()
    outbox.flush()
    log.announce()
    assert (port.numbers, other.numbers, books.depth) == ([1], [2], 1)
    assert (books.by_shard[0], books.by_shard[1]) == (Counters(dropped=1), Counters(dropped=1))
    assert [(drop.count, drop.first) for drop in told] == [(1, 1)]
