"""A shard against the real gateway's end, on memory streams and in virtual time: what it does, and in what order."""

from __future__ import annotations

from itertools import count
from math import inf

import pytest
import trio
import trio.testing

from qqgw_proto.errors import (
    AuthenticationFailed,
    DeadlineExceeded,
)
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.session import Snapshot
from qqgw_proto.machine.states import ConnectionState
from qqgw_trio.simulator.faults import FaultKind
from qqgw_trio.simulator.ledger import judge
from support.simulated import Bench
from support.surroundings import Around, around_of, connected, handles_all, in_memory

VirtualClock = trio.testing.MockClock


@pytest.fixture
def bench(nursery: trio.Nursery) -> Bench:
    return Bench(nursery)


# --- what it does


async def test_it_connects_identifies_delivers_settles_and_saves(
    bench: Bench, autojump_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    around = await connected(nursery, around_of(bench))
    await handles_all(bench, around, 30)
    assert around.handled == bench.ledger.sent_ids
    assert [seen.refused for seen in bench.ledger.identifies] == [""]
    session = bench.platform.sessions.standing[0]
    await around.until(lambda: around.saved[-1] == Snapshot(session.session_id, 31))
    around.shard.stop()
    assert around.log[:4] == ["RequestPermit", "RequestAccess", "Dial", "Connected"]
    assert bench.ledger.violations == []


async def test_it_saves_at_most_once_a_second(
    bench: Bench, autojump_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    around = await connected(nursery, around_of(bench))
    before = len(around.saved)
    await handles_all(bench, around, 100, rate=20.0)
    around.shard.stop()
    # 4.95 s from the first event to the last: one save after each whole second, and one at the stop.
    assert len(around.saved) - before == 5


async def test_a_saved_session_is_resumed(bench: Bench, autojump_clock: VirtualClock) -> None:
    first = around_of(bench)
    async with trio.open_nursery() as nursery:
        await connected(nursery, first)
        await handles_all(bench, first, 5)
        first.shard.stop()
    second = around_of(bench)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(second.shard.run, first.saved[-1])
        await second.until_noticed(do.Resumed)
        await handles_all(bench, second, 5)
        second.shard.stop()
    assert bench.ledger.granted_identifies == 1
    assert "RequestPermit" not in second.log  # "RESUME needs none" (design 3)
    assert judge(bench.ledger.sent_ids, first.handled + second.handled).is_clean


async def test_events_are_read_once_across_a_lost_connection(
    bench: Bench, autojump_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    around = await connected(nursery, around_of(bench))
    nursery.start_soon(bench.gateway.emit, 100)
    await around.until(lambda: len(around.handled) >= 30)
    bench.gateway.drop()
    await around.until(lambda: len(around.handled) >= 100)
    around.shard.stop()
    assert judge(bench.ledger.sent_ids, around.handled).is_clean
    assert (bench.ledger.granted_identifies, bench.ledger.granted_resumes) == (1, 1)
    assert around.noticed(do.Gap) == 0


# --- the order of effects


async def test_effects_are_applied_in_the_order_of_the_calls_that_made_them(
    bench: Bench, autojump_clock: VirtualClock
) -> None:
    """What a call from within an effect asks for comes behind all that the outer call asked for."""
    around = around_of(bench)

    def stop(notice: do.Notice) -> None:
        if isinstance(notice, do.Disconnected):
            around.shard.stop()

    around.on_notice = stop
    async with trio.open_nursery() as nursery:
        await connected(nursery, around)
        bench.gateway.drop()
    assert around.log == [
        *("RequestPermit", "RequestAccess", "Dial", "Connected", "ReturnPermit used", "Ready", "SaveSession"),
        *("Disconnected", "Retrying", "Stopped"),
    ]


async def test_an_effect_is_finished_before_the_next_whatever_is_called_from_within(
    bench: Bench, autojump_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    around = await connected(nursery, around_of(bench))
    # One chunk; the event is settled from within its delivery.
    bench.gateway.say("group", None, "hello")
    bench.gateway.fault(FaultKind.RECONNECT)
    await around.until_noticed(do.Disconnected)
    around.shard.stop()
    begun = around.log.index("Deliver")
    assert around.log[begun : begun + 3] == ["Deliver", "Delivered", "Disconnected"]


async def test_tickets_may_come_back_after_the_end(bench: Bench, autojump_clock: VirtualClock) -> None:
    """Design 4: "`settled` is accepted in every state, the final ones included"."""
    around = around_of(bench)
    around.holds.add("settle")
    async with trio.open_nursery() as nursery:
        await connected(nursery, around)
        await bench.gateway.emit(3, rate=inf)
        await around.until(lambda: len(around.tickets) == 3)
        around.shard.stop()
    session_id = bench.platform.sessions.standing[0].session_id
    assert around.saved[-1] == Snapshot(session_id, 1)
    around.shard.settled(around.tickets)
    assert around.saved[-1] == Snapshot(session_id, 4)


# --- questions


async def test_a_dial_that_takes_too_long_is_abandoned(
    bench: Bench, autojump_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    around = around_of(bench)
    around.holds.add("dial")
    nursery.start_soon(around.shard.run)
    await around.until_noticed(do.Retrying)
    assert trio.current_time() == pytest.approx(10.0)  # Design 3: "dial 10"
    assert around.last(do.Retrying).why == DeadlineExceeded("no TCP and TLS connection in time")
    await trio.testing.wait_all_tasks_blocked()
    assert around.asleep == 0
    around.holds.clear()
    await around.until_noticed(do.Ready)
    around.shard.stop()


@pytest.mark.parametrize("held", ["permit", "access"])
async def test_a_question_asked_anew_ends_the_one_that_found_no_answer(
    bench: Bench, autojump_clock: VirtualClock, nursery: trio.Nursery, held: str
) -> None:
    """An outage of hours does not pile up tasks that wait for an answer which nobody wants any more."""
    around = around_of(bench)
    around.holds.add(held)
    nursery.start_soon(around.shard.run)
    question = f"Request{held.title()}"
    await around.until(lambda: around.log.count(question) == 100, within=86_400)
    await trio.testing.wait_all_tasks_blocked()
    assert around.asleep == 1
    around.holds.clear()
    await around.until_noticed(do.Ready)
    await trio.testing.wait_all_tasks_blocked()
    assert around.asleep == 0
    around.shard.stop()


async def test_a_refused_token_is_renewed_and_the_session_resumed(
    bench: Bench, autojump_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    """Design 5: 4004 "renews the token"."""
    around = await connected(nursery, around_of(bench))
    bench.gateway.fault(FaultKind.EXPIRE_TOKENS)
    bench.gateway.drop()
    await around.until_noticed(do.Resumed)
    around.shard.stop()
    assert around.renewals == [False, False, True]
    assert [seen.refused for seen in bench.ledger.resumes] == ["token", ""]


async def test_a_renewed_token_that_is_refused_too_ends_the_shard(
    bench: Bench, autojump_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    numbers = count()
    around = Around(in_memory(bench.open_stream), lambda: f"no-token-of-this-platform-{next(numbers)}")
    await around.shard.run()
    failed = around.last(do.Failed)
    assert isinstance(failed.error, AuthenticationFailed)
    assert failed.error.code == 4004
    assert around.renewals == [False, True]
    assert around.shard.gateway.state is ConnectionState.FAILED
