"""The simulated gateway against our own shard: in virtual time, and on real sockets."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import pytest
import trio
import trio.testing

from qqgw_proto.config import ClientConfig, ShardConfig
from qqgw_proto.errors import ConfigurationError
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.states import ConnectionState
from qqgw_trio.simulator.connection import Connection
from qqgw_trio.simulator.faults import Fault, FaultKind, PlannedFault
from qqgw_trio.simulator.ledger import judge
from qqgw_trio.simulator.settings import (
    INTENTS_BEHIND_OP9,
    INTENTS_EOF,
    INTENTS_REFUSED,
    Refusal,
    RefusalSettings,
    SessionSettings,
    SimulatorConfig,
)
from support.simulated import Bench
from support.simulated_bot import SimulatedBot

Make = Callable[..., Bench]
Clock = trio.testing.MockClock


def bot_for(bench: Bench, *, shard: ShardConfig | None = None) -> SimulatedBot:
    async def open_stream() -> trio.abc.Stream:
        return bench.open_stream()

    config = ClientConfig(intents=2**31 - 1, shard=shard or ShardConfig())
    return SimulatedBot("ws://gateway.test/", lambda: bench.access_token, open_stream, config)


async def run_until_clean(bench: Bench, bot: SimulatedBot, events: int) -> None:
    """Runs the bot until it has everything, then stops it."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(bot.shard.run)
        ids = await bench.gateway.emit(events)
        await bot.until(lambda: set(ids) <= set(bot.handled))
        bot.shard.stop()


async def test_a_shard_handles_every_event_once(bench: Bench, autojump_clock: Clock) -> None:
    bot = bot_for(bench)
    await run_until_clean(bench, bot, 120)
    verdict = judge(bench.ledger.sent_ids, bot.handled)
    assert (len(verdict.sent), len(verdict.handled)) == (120, 120)
    assert verdict.is_clean
    assert len({event.type_name for event in bench.ledger.events}) == 57
    assert bench.ledger.granted_identifies == 1


LIVE_FAULTS = [
    Fault(FaultKind.RESET),
    Fault(FaultKind.EOF),
    Fault(FaultKind.HALF_OPEN),
    Fault(FaultKind.STALLED_FRAME, at=5),
    Fault(FaultKind.CUT_FRAME, at=40),
    Fault(FaultKind.GARBAGE),
    Fault(FaultKind.GARBAGE_TEXT),
    Fault(FaultKind.RECONNECT),
    Fault(FaultKind.INVALID_SESSION, resumable=True, code=4009),
    Fault(FaultKind.CLOSE, code=4009),
    Fault(FaultKind.CLOSE, code=1000),
    Fault(FaultKind.CLOSE, code=4008),
    Fault(FaultKind.ACK_SILENCE),
    Fault(FaultKind.SLOW_WRITES, at=200, seconds=0.5),
    Fault(FaultKind.HEARTBEAT, count=5),
]


@pytest.mark.parametrize("fault", LIVE_FAULTS, ids=lambda fault: f"{fault.kind.value}-{fault.code}")
async def test_no_fault_that_spares_the_session_loses_or_repeats_an_event(
    make_bench: Make, autojump_clock: Clock, fault: Fault
) -> None:
    plan = (PlannedFault(10, fault), PlannedFault(85, Fault(FaultKind.RESET)))
    bench = make_bench(SimulatorConfig(rate=0.5, plan=plan))
    bot = bot_for(bench)
    await run_until_clean(bench, bot, 100)
    verdict = judge(bench.ledger.sent_ids, bot.handled)
    assert len(verdict.sent) == 100
    assert verdict.is_clean
    assert bench.ledger.granted_identifies == 1
    assert bot.noticed(do.Gap) == 0
    assert bench.ledger.faults[fault.kind.value] >= 1


async def test_a_fault_is_counted_only_once_it_has_struck(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_connection: Connection) -> None:
        raise OSError("the stream is gone")

    await bench.logged_in()
    monkeypatch.setattr(Connection, "reset", fail)
    with pytest.raises(OSError, match="gone"):
        bench.gateway.fault(FaultKind.RESET)
    assert not bench.ledger.faults
    bench.gateway.fault(FaultKind.EOF)
    assert bench.ledger.faults == {"eof": 1}


async def test_a_reconnect_replays_what_came_meanwhile(make_bench: Make, autojump_clock: Clock) -> None:
    plan = (PlannedFault(3, Fault(FaultKind.RESET)), PlannedFault(45, Fault(FaultKind.REPLAY_OVERLAP, count=3)))
    bench = make_bench(SimulatorConfig(rate=20.0, plan=(*plan, PlannedFault(45, Fault(FaultKind.RESET)))))
    bot = bot_for(bench)
    await run_until_clean(bench, bot, 90)
    assert [seen.replayed > 0 for seen in bench.ledger.resumes] == [True, True]
    assert judge(bench.ledger.sent_ids, bot.handled).is_clean


@pytest.mark.parametrize("fault", [Fault(FaultKind.INVALID_SESSION, code=4903), Fault(FaultKind.CLOSE, code=4902)])
async def test_a_lost_session_is_identified_afresh_with_one_gap_on_both_sides(
    make_bench: Make, autojump_clock: Clock, fault: Fault
) -> None:
    bench = make_bench(SimulatorConfig(rate=1.0, plan=(PlannedFault(5, fault),)))
    bot = bot_for(bench)
    await run_until_clean(bench, bot, 10)
    assert bench.ledger.granted_identifies == 2
    assert bot.noticed(do.Gap) == len(bench.ledger.breaks) == 1


@pytest.mark.parametrize("refusal", [INTENTS_BEHIND_OP9, INTENTS_REFUSED])
async def test_refused_intents_named_by_4014_stop_the_shard(
    make_bench: Make, autojump_clock: Clock, refusal: Refusal
) -> None:
    rules = RefusalSettings(refused_intents=1 << 9, intents=refusal)
    bench = make_bench(SimulatorConfig(refusal=rules))
    bot = bot_for(bench)
    await bot.shard.run()
    assert bot.shard.gateway.state is ConnectionState.FAILED
    assert [seen.refused for seen in bench.ledger.identifies] == ["intents"]


async def test_refused_intents_without_a_code_spend_the_refusals(make_bench: Make, autojump_clock: Clock) -> None:
    bench = make_bench(SimulatorConfig(refusal=RefusalSettings(refused_intents=1 << 9, intents=INTENTS_EOF)))
    bot = bot_for(bench)
    await bot.shard.run()
    assert [seen.refused for seen in bench.ledger.identifies] == ["intents"] * 5


async def test_shards_share_the_events_between_them(
    make_bench: Make, autojump_clock: Clock, nursery: trio.Nursery
) -> None:
    bench = make_bench(SimulatorConfig(rate=10.0))
    bots = [bot_for(bench, shard=ShardConfig(number, 4)) for number in range(4)]
    for bot in bots:
        nursery.start_soon(bot.shard.run)
    await trio.sleep(5)
    ids = await bench.gateway.emit(400)
    await trio.sleep(1)
    handled = [event_id for bot in bots for event_id in bot.handled]
    assert judge(ids, handled).is_clean
    assert all(len(bot.handled) > 20 for bot in bots)


async def test_the_same_seed_makes_the_same_run(make_bench: Make, autojump_clock: Clock) -> None:
    runs: list[list[str]] = []
    for _ in range(2):
        bench = make_bench(SimulatorConfig(seed=7, rate=5.0))
        await run_until_clean(bench, bot_for(bench), 80)
        runs.append(bench.ledger.sent_ids)
    assert runs[0] == runs[1]


async def test_events_keep_their_pace(bench: Bench, autojump_clock: Clock) -> None:
    await bench.logged_in()
    began = trio.current_time()
    await bench.gateway.emit(10, rate=4.0)
    assert trio.current_time() - began == 2.5


async def test_the_world_can_go_on_without_end(bench: Bench, autojump_clock: Clock, nursery: trio.Nursery) -> None:
    await bench.logged_in()
    nursery.start_soon(bench.gateway.emit, None)
    await trio.sleep(99.5)
    assert len(bench.ledger.events) == 100


async def test_events_can_come_as_fast_as_may_be(bench: Bench, autojump_clock: Clock) -> None:
    await bench.logged_in()
    began = trio.current_time()
    assert len(await bench.gateway.emit(500, rate=inf)) == 500
    assert trio.current_time() == began


async def test_the_world_waits_for_the_first_session(
    bench: Bench, autojump_clock: Clock, nursery: trio.Nursery
) -> None:
    nursery.start_soon(bench.gateway.emit, 1)
    nursery.start_soon(bench.gateway.emit, 1)
    await trio.sleep(100)
    assert bench.ledger.events == []
    client, _ = await bench.logged_in()
    assert [frame["s"] for frame in await client.frames(2)] == [2, 3]


async def test_nothing_is_sent_that_no_intent_covers(
    bench: Bench, autojump_clock: Clock, nursery: trio.Nursery
) -> None:
    await bench.logged_in(intents=0)
    nursery.start_soon(bench.gateway.emit, None)
    await trio.sleep(100)
    assert bench.ledger.events == []


async def test_what_is_said_before_any_session_stands_is_not_forgotten(bench: Bench) -> None:
    early = [bench.gateway.say("group", "alice", text) for text in ("one", "two")]
    client, _ = await bench.logged_in()
    assert [frame["id"] for frame in await client.frames(2)] == early


async def test_what_no_session_wants_goes_on_waiting(bench: Bench) -> None:
    early = bench.gateway.say("group", "alice", "hello")
    await bench.logged_in(intents=1)
    assert bench.ledger.events == []
    client, _ = await bench.logged_in()
    assert (await client.frame())["id"] == early


async def test_an_unknown_fault_is_refused(bench: Bench) -> None:
    with pytest.raises(ConfigurationError, match="explode"):
        bench.gateway.fault("explode")


async def test_a_fault_can_be_ordered_by_name(bench: Bench) -> None:
    await bench.logged_in()
    assert bench.gateway.fault("reset") == 1


async def test_a_small_window_makes_a_resume_impossible(make_bench: Make, autojump_clock: Clock) -> None:
    bench = make_bench(SimulatorConfig(session=SessionSettings(resume_window=0.5)))
    client, session_id = await bench.logged_in()
    bench.gateway.drop()
    await client.end()
    await trio.sleep(1)
    again = await bench.client()
    await again.resume(bench.token, session_id, 1)
    assert (await again.end()).code == 4006


async def test_events_of_a_shard_that_is_not_here_are_not_sent(
    bench: Bench, autojump_clock: Clock, nursery: trio.Nursery
) -> None:
    await bench.logged_in(shard=(7, 100_000))
    nursery.start_soon(bench.gateway.emit, 1)
    await trio.sleep(10)
    assert bench.ledger.events == []


async def test_the_world_waits_again_when_the_last_session_has_ended(
    bench: Bench, autojump_clock: Clock, nursery: trio.Nursery
) -> None:
    await bench.logged_in()
    await bench.gateway.emit(1)
    bench.gateway.fault(FaultKind.FORGET_SESSIONS)
    nursery.start_soon(bench.gateway.emit, 1)
    await trio.sleep(10)
    assert len(bench.ledger.events) == 1
    await bench.logged_in()
    await trio.sleep(1)
    assert len(bench.ledger.events) == 2
