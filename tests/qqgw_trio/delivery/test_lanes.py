"""Where events wait."""

from __future__ import annotations

import pytest

from qqgw_proto.machine.session import Ticket
from qqgw_trio.delivery.lanes import Lanes
from qqgw_trio.delivery.settling import Work
from support.receipts import Receipts, make_event


def made(seq: int) -> Work:
    return Work(make_event(seq), Ticket((1, seq)), 0.0)


def seqs(lanes: Lanes) -> list[list[int | None]]:
    return [[work.event.s for work in lane.queue] for lane in lanes.ready]


def test_each_conversation_of_each_shard_has_a_lane() -> None:
    lanes, one, other = Lanes(by_age=False), Receipts(0), Receipts(1)
    for seq, (port, key) in enumerate([(one, "a"), (one, "b"), (other, "a"), (one, "a")], 1):
        lanes.add(port, key, made(seq))
    assert seqs(lanes) == [[1, 4], [2], [3]]
    assert len(lanes) == 3


def test_a_lane_that_is_served_is_not_ready_a_second_time() -> None:
    lanes, port = Lanes(by_age=False), Receipts()
    lanes.add(port, "a", made(1))
    lane = lanes.ready.popleft()
    lane.queue.popleft()
    lanes.add(port, "a", made(2))
    assert seqs(lanes) == []
    lanes.leave(lane)
    assert seqs(lanes) == [[2]]


def test_an_empty_lane_is_gone_when_it_is_left() -> None:
    lanes, port = Lanes(by_age=False), Receipts()
    lanes.add(port, "a", made(1))
    lanes.add(port, "b", made(2))
    for remaining in (1, 0):
        lane = lanes.ready.popleft()
        lane.queue.popleft()
        lanes.leave(lane)
        assert len(lanes) == remaining


@pytest.mark.parametrize("by_age", [True, False])
def test_an_event_put_back_is_the_oldest_again(by_age: bool) -> None:
    lanes, port = Lanes(by_age=by_age), Receipts()
    for seq in (1, 2):
        lanes.add(port, "a", made(seq))
    lane = lanes.ready[0]
    work = lane.queue.popleft()
    if lanes.waiting is not None:
        del lanes.waiting[work]
    lanes.put_back(lane, work)
    assert seqs(lanes) == [[1, 2]]
    if lanes.waiting is not None:
        assert [work.event.s for work in lanes.waiting] == [1, 2]


def test_the_oldest_is_dropped_of_whatever_lane() -> None:
    lanes, one, other = Lanes(by_age=True), Receipts(0), Receipts(1)
    for seq, (port, key) in enumerate([(one, "a"), (other, "b"), (one, "c"), (one, "a")], 1):
        lanes.add(port, key, made(seq))
    dropped = [lanes.drop_oldest() for _ in range(5)]
    assert [one and (one[0].shard_id, one[1].event.s) for one in dropped] == [(0, 1), (1, 2), (0, 3), (0, 4), None]
    assert seqs(lanes) == [[], [], []]


def test_without_age_nothing_can_be_dropped() -> None:
    lanes = Lanes(by_age=False)
    lanes.add(Receipts(), "a", made(1))
    assert lanes.drop_oldest() is None
