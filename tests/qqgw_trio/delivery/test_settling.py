"""Receipts are collected and handed over together."""

from __future__ import annotations

from qqgw_proto.machine.session import Ticket
from qqgw_trio.delivery.settling import FINISHED, Outbox, Work
from support.receipts import Receipts, make_event


def made(seq: int) -> Work:
    return Work(make_event(seq), Ticket((1, seq)), 0.0)


def test_all_receipts_of_a_shard_go_in_one_call() -> None:
    outbox, one, other = Outbox(), Receipts(0), Receipts(1)
    for port, seq in [(one, 1), (other, 7), (one, 3), (one, 2)]:
        outbox.finish(port, made(seq))
    outbox.flush()
    assert (one.calls, other.calls) == ([[1, 3, 2]], [[7]])


def test_nothing_is_handed_over_twice() -> None:
    outbox, port = Outbox(), Receipts()
    outbox.finish(port, made(1))
    outbox.flush()
    outbox.flush()
    assert port.calls == [[1]]


def test_repetitions_of_an_open_event_are_finished_with_it() -> None:
    outbox, one, other = Outbox(), Receipts(0), Receipts(1)
    work = made(1)
    outbox.follow(work, other, Ticket((1, 5)))
    outbox.follow(work, one, Ticket((1, 6)))
    outbox.flush()
    assert one.calls == other.calls == []
    outbox.finish(one, work)
    outbox.flush()
    assert (one.calls, other.calls) == ([[1, 6]], [[5]])


def test_a_repetition_of_a_finished_event_is_finished() -> None:
    outbox, port = Outbox(), Receipts()
    work = made(1)
    outbox.finish(port, work)
    outbox.follow(work, port, Ticket((1, 2)))
    outbox.flush()
    assert port.calls == [[1, 2]]


def test_a_finished_event_keeps_neither_payload_nor_shards_alive() -> None:
    outbox, work = Outbox(), made(1)
    outbox.follow(work, Receipts(), Ticket((1, 2)))
    outbox.finish(Receipts(), work)
    assert (work.event, work.followers) == (FINISHED, None)
