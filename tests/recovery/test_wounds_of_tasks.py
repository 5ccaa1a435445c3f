"""Wounds D15, D16 and D19 of other libraries' users (`features.md` D): tasks, threads and the loop, on a whole bot."""

from __future__ import annotations

import gc
from itertools import pairwise

import pytest
import trio
import trio.testing

from qqgw_proto.errors import ConnectionFailed, ReconnectRequested
from qqgw_proto.events import Event, GroupAtMessageCreate
from qqgw_proto.machine import effects as do
from qqgw_trio import Context
from qqgw_trio.simulator.ledger import judge
from recovery.whole_bot import Resident, Town, tasks

VirtualClock = trio.testing.MockClock
GROUPS = 1 << 25


@pytest.fixture
def town(nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch) -> Town:
    return Town(nursery, monkeypatch)


async def test_d15_reconnects_leave_no_task_and_no_word_of_an_old_connection(
    town: Town, autojump_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    """D15: "every reconnect leaks a reader and a heartbeat task; old ones report no ACK"

    A thousand of them, in every way that a connection can end, stand in `test_shard_liveness.py`.
    """
    one = await Resident(town).moves_in(nursery)
    await trio.sleep(60)  # The permit of the IDENTIFY goes back after it has been answered.
    before = tasks()
    for count in range(1, 51):
        town.gateway.drop()
        await one.until_back(count)
    await trio.sleep(3600)
    assert tasks() == before
    assert {type(gone.cause) for gone in one.noticed(do.Disconnected)} == {ConnectionFailed}
    one.bot.stop()


async def beats_of(one: Resident, seconds: float) -> list[float]:
    """When heartbeats were acknowledged, on memory streams in the instant in which they were sent."""
    seen: list[float] = []
    until = trio.current_time() + seconds
    while trio.current_time() < until:
        at = one.shard.gateway.acknowledged_at
        if at is not None and at not in seen:
            seen.append(at)
        await trio.sleep(0.5)
    return seen


async def test_d16_a_sync_handler_that_sleeps_for_two_minutes_delays_no_beat(
    town: Town, autojump_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    """D16: "blocking handler freezes the loop; heartbeats stop; server drops the link again and again" """
    one = Resident(town, intents=GROUPS)

    @one.bot.on(GroupAtMessageCreate)
    def think(_ctx: Context[GroupAtMessageCreate], event: GroupAtMessageCreate) -> None:
        trio.from_thread.run(trio.sleep, 120.0)  # As long as time.sleep(120) would take the thread, in virtual time.
        one.note(event)

    await one.moves_in(nursery)
    town.gateway.say("group", "visitor", "think")
    beats = await beats_of(one, 600.0)
    await one.until(lambda: len(one.handled) == 1)
    one.bot.stop()
    assert len(beats) >= 13
    assert {round(later - earlier, 6) for earlier, later in pairwise(beats)} == {45.0}
    assert one.noticed(do.Disconnected) == []


@pytest.mark.parametrize(("seconds", "breaks"), [(60.0, 0), (43 * 60.0, 1)], ids=["a minute", "43 minutes"])
async def test_d16_an_async_handler_that_blocks_the_loop_costs_one_resume_at_most_and_no_event(
    town: Town, autojump_clock: VirtualClock, nursery: trio.Nursery, seconds: float, breaks: int
) -> None:
    """D16: "43 min stall"; issue: "late ticks handled as designed" """
    one = Resident(town, intents=GROUPS)

    @one.bot.on(GroupAtMessageCreate)
    async def block(_ctx: Context[GroupAtMessageCreate], event: GroupAtMessageCreate) -> None:
        if event.text == "block":
            autojump_clock.jump(seconds)  # Nothing else has run meanwhile.
        one.note(event)

    await one.moves_in(nursery)
    beats = await beats_of(one, 100.0)
    # The next beat is due in 44 s: a minute later it is late by less than an interval.
    await trio.sleep_until(beats[-1] + 45.0 + 1.0)
    town.gateway.say("group", "visitor", "block")
    for number in range(10):
        town.gateway.say("group", "visitor", f"message {number}")
    await one.until(lambda: len(one.handled) == 11)
    await trio.sleep(600)
    one.bot.stop()
    assert judge(town.ledger.sent_ids, one.handled).is_clean
    causes = [type(gone.cause) for gone in one.noticed(do.Disconnected)]
    assert causes == [ReconnectRequested] * breaks
    assert town.ledger.granted_identifies == 1


async def test_d19_a_bot_that_is_started_and_stopped_a_hundred_times_leaves_nothing(
    town: Town, autojump_clock: VirtualClock
) -> None:
    """D19: "close() leaves the WebSocket alive: no hot reload, double answers" """
    one = Resident(town).notes()
    before = tasks()
    for _ in range(100):
        async with trio.open_nursery() as nursery:
            await one.moves_in(nursery)
            await one.until(
                lambda: len(one.noticed(do.Ready) + one.noticed(do.Resumed)) == len(one.noticed(do.Stopped)) + 1
            )
            one.bot.stop()
            one.bot.stop()
    await trio.sleep(30)  # Until the platform is done with it too.
    assert tasks() == before
    assert [opened.code for opened in town.ledger.connections] == [4000] * 100
    assert town.gateway.connections == []
    gc.collect()  # A socket or a generator left open warns here, and a warning is an error.


async def test_d19_a_bot_that_was_stopped_answers_nothing_any_more(town: Town, autojump_clock: VirtualClock) -> None:
    """D19: "double answers" after a hot reload"""
    first, second = Resident(town), Resident(town)
    for one in (first, second):

        @one.bot.on(GroupAtMessageCreate)
        async def answer(ctx: Context[GroupAtMessageCreate], _event: Event) -> None:
            await ctx.reply("heard")

    async with trio.open_nursery() as nursery:
        await first.moves_in(nursery)
        first.bot.stop()
    async with trio.open_nursery() as nursery:
        await second.moves_in(nursery)
        town.gateway.say("group", "visitor", "hello")
        await trio.sleep(10)
        second.bot.stop()
    assert len(town.ledger.replies) == 1
