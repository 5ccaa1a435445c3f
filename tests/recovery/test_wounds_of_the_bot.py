"""Wounds D06, D07, D09, D10, D12, D13 and D18 of other libraries' users (`features.md` D), on a whole bot.

D07 is a wound of webhooks: the acknowledgement within a second does not apply to this transport. What is left of it is
that an event which comes again while its handler still works is handled once.
"""

from __future__ import annotations

from itertools import pairwise
from math import inf

import pytest
import trio
import trio.testing

from qqgw_proto.errors import ConnectionFailed, InvalidIntents
from qqgw_proto.events import GroupAtMessageCreate
from qqgw_proto.machine import effects as do
from qqgw_trio import Context
from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.ledger import judge
from qqgw_trio.simulator.settings import (
    INTENTS_BEHIND_OP9,
    INTENTS_REFUSED,
    Refusal,
    RefusalSettings,
    SimulatorConfig,
)
from recovery.whole_bot import GATEWAY_BOT, TOKEN, Resident, Town
from support.receipts import Receipts, batch, make_message
from support.rest_stub import TOKEN_ROUTE, RestStub, token_reply, token_source
from support.working import Log, running

VirtualClock = trio.testing.MockClock
GROUPS = 1 << 25


@pytest.fixture
def town(nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch) -> Town:
    return Town(nursery, monkeypatch)


# --- once and no more -----------------------------------------------------------------------------------------------


async def test_d06_a_replay_is_answered_once(town: Town, autojump_clock: VirtualClock, nursery: trio.Nursery) -> None:
    """D06: "replay after resume or a second connection makes the bot answer twice" """
    one = Resident(town, intents=GROUPS)

    @one.bot.on(GroupAtMessageCreate)
    async def answer(ctx: Context[GroupAtMessageCreate], event: GroupAtMessageCreate) -> None:
        await ctx.reply("heard")
        one.note(event)

    await one.moves_in(nursery)
    for number in range(10):
        town.gateway.say("group", "visitor", f"message {number}")
    await one.until(lambda: len(one.handled) == 10)
    town.gateway.fault(Fault(FaultKind.REPLAY_OVERLAP, count=10))
    town.gateway.drop()
    await one.until_back()
    await trio.sleep(10)
    assert town.ledger.resumes[0].replayed == 10
    # The platform also pushes one event again with another number: only its id can tell.
    platform = town.bench.platform
    [session] = platform.sessions.standing
    pushed_twice = platform.world.say("group", "visitor", "twice")
    platform.receipts.expect(pushed_twice)
    session.push(pushed_twice)
    session.push(pushed_twice)
    await trio.sleep(10)
    one.bot.stop()
    assert len(one.handled) == len(town.ledger.replies) == 11
    assert judge(town.ledger.sent_ids, one.handled).duplicated == ()


async def test_d06_what_was_handled_before_a_restart_is_not_handled_after_it(
    town: Town, autojump_clock: VirtualClock
) -> None:
    """D06: "survives restart together with the session" """
    one, two = Resident(town).notes(), Resident(town).notes()
    async with trio.open_nursery() as nursery:
        await one.moves_in(nursery)
        await town.gateway.emit(20, rate=inf)
        await one.until(lambda: len(one.handled) == 20)
        one.bot.stop()
    town.gateway.fault(Fault(FaultKind.REPLAY_OVERLAP, count=20))
    async with trio.open_nursery() as nursery:
        await two.moves_in(nursery)
        await trio.sleep(10)
        two.bot.stop()
    assert town.ledger.resumes[0].replayed == 20
    assert (len(one.handled), two.handled) == (20, [])


async def test_d07_three_deliveries_to_a_slow_handler_are_one_run(autojump_clock: VirtualClock) -> None:
    """D07: "re-sent up to three times with the same id while the LLM is still thinking: three answers" """
    port = Receipts()
    log = Log(lambda _event: 60.0)
    async with running(log.handle) as workers:
        for number in range(3):
            workers.offer(port, batch(make_message(number + 1, "message-1", "event-1")))
            await trio.sleep(5)
        assert port.numbers == []
        await workers.drain(120)
        assert log.order == [1]
        # All three are finished with the first, and not before.
        assert sorted(port.numbers) == [1, 2, 3]
        assert trio.current_time() - log.began == 60.0


async def test_d09_each_reply_has_its_own_number_and_keeps_it_when_it_is_sent_again(
    town: Town, autojump_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    """D09: "second reply to the same message refused as duplicate because msg_seq stayed 1" """
    one = Resident(town, intents=GROUPS)

    @one.bot.on(GroupAtMessageCreate)
    async def answer(ctx: Context[GroupAtMessageCreate], event: GroupAtMessageCreate) -> None:
        async with trio.open_nursery() as replies:
            for text in ("one", "two", "three"):
                replies.start_soon(ctx.reply, text)
        one.note(event)

    await one.moves_in(nursery)
    town.gateway.fault(Fault(FaultKind.REST, count=2, code=500, route="/v2/groups"))
    town.gateway.say("group", "visitor", "hello")
    await one.until(lambda: len(one.handled) == 1)
    one.bot.stop()
    sent = [(asked.body["content"], asked.body["msg_seq"]) for asked in town.asked if "/v2/groups" in asked.path]
    assert len(sent) == 5
    assert sorted(number for _, number in set(sent)) == [1, 2, 3]
    assert sorted(reply.msg_seq or 0 for reply in town.ledger.replies) == [1, 2, 3]


# --- refusals and outages -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("refusal", [INTENTS_REFUSED, INTENTS_BEHIND_OP9], ids=["4014", "op 9, then 4014"])
async def test_d10_an_intent_that_is_not_granted_is_named_so_that_the_second_try_gets_in(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: VirtualClock, nursery: trio.Nursery, refusal: Refusal
) -> None:
    """D10: "one intent the app lacks makes the whole identify fail, no hint which"; "ends in <= 2 tries" """
    granted, private = 1 << 0 | 1 << 30, 1 << 9
    rules = RefusalSettings(refused_intents=private, intents=refusal)
    town = Town(nursery, monkeypatch, SimulatorConfig(events=0, refusal=rules))
    with pytest.raises(InvalidIntents) as refused:
        await Resident(town, intents=granted | private).bot.serve()
    assert refused.value.suspects == (9,)
    assert "suspicious intent bits: 9" in str(refused.value)
    wanted = granted | private
    for bit in refused.value.suspects:
        wanted &= ~(1 << bit)
    two = await Resident(town, intents=wanted).moves_in(nursery)
    two.bot.stop()
    assert [seen.refused for seen in town.ledger.identifies] == ["intents", ""]


async def test_d12_fifty_reconnects_ask_for_the_url_once(
    town: Town, autojump_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    """D12: "/gateway itself is rate-limited; each reconnect asks again"; "50 reconnects: <= 2 URL fetches" """
    one = await Resident(town).moves_in(nursery)
    for count in range(1, 51):
        town.gateway.drop()
        await one.until_back(count)
    one.bot.stop()
    assert len(town.times(GATEWAY_BOT)) == 1


async def test_d12_a_rate_limit_of_the_url_itself_is_waited_out(
    town: Town, autojump_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    """D12: "honour 429" """
    town.gateway.fault(Fault(FaultKind.REST, code=429, seconds=120.0, route=GATEWAY_BOT))
    one = await Resident(town).moves_in(nursery)
    one.bot.stop()
    first, second = town.times(GATEWAY_BOT)
    assert second - first >= 120.0


async def test_d13_six_hours_without_dns_are_survived_and_the_bot_is_back_by_itself(
    town: Town, autojump_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    """D13: "DNS blip or API 500 eats the attempt budget in minutes; process lives on, bot silent for days"

    Token and session are long dead by then: one capped delay leads to a RESUME that is refused, a second to the READY.
    """
    one = await Resident(town).moves_in(nursery)
    town.is_down = True
    town.gateway.drop()
    await trio.sleep(6 * 3600.0)
    town.is_down = False
    back_since = trio.current_time()
    await one.until(lambda: len(one.noticed(do.Ready)) == 2)
    assert trio.current_time() - back_since <= 2 * 30.0
    assert [gap.cause for gap in one.noticed(do.Gap)] == ["session"]
    one.bot.stop()


async def test_d18_whatever_lifetime_a_token_has_and_however_often_it_fails_there_is_one_in_the_end(
    autojump_clock: VirtualClock,
) -> None:
    """D18: "token refresher stops after two errors, or never re-arms when expires_in equals the margin" """
    for lifetime in ("60", 60, "0", "abc", 7200):
        failures = [ConnectionRefused()] * 100
        stub = RestStub({TOKEN_ROUTE: [token_reply("A", lifetime), *failures, token_reply("B")]})
        source = token_source(stub)
        with trio.move_on_after(3 * 3600.0):
            await source.run()
        assert await source.get() == "B"
        times = stub.times(TOKEN_ROUTE)
        # 100 failures between the first and the last, and a refresh of the last if there was the time for it.
        assert len(times) in (102, 103)
        assert min(later - earlier for earlier, later in pairwise(times)) >= 0.5


class ConnectionRefused(ConnectionFailed):
    def __init__(self) -> None:
        super().__init__("refused")


async def test_d18_4004_forces_a_really_new_token(
    town: Town, autojump_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    """D18: "then 4004 or 1006 for ever" """
    one = await Resident(town).moves_in(nursery)
    town.gateway.fault(FaultKind.EXPIRE_TOKENS)
    town.gateway.drop()
    await one.until_back()
    one.bot.stop()
    assert [seen.refused for seen in town.ledger.resumes] == ["token", ""]
    assert len(town.times(TOKEN)) == 2
