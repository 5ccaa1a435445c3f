"""Tests of a bot against a gateway that misbehaves: `pytest docs/examples/testing`."""

from __future__ import annotations

import pytest

from qqgw_proto.config import HeartbeatConfig
from qqgw_proto.events import GroupAtMessageCreate
from qqgw_proto.machine import effects as do
from qqgw_proto.testing import SCENARIOS, Close, MemoryShard, Visit
from qqgw_trio.bot import Bot
from qqgw_trio.handler.context import Context
from qqgw_trio.settings.gateway_config import GatewayConfig
from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.testing import Stage, play

bot = Bot()


@bot.on(GroupAtMessageCreate)
async def answer(ctx: Context[GroupAtMessageCreate], event: GroupAtMessageCreate) -> None:
    await ctx.reply(event.text.upper())


def test_it_answers() -> None:
    async def scenario(stage: Stage) -> None:
        assert await stage.ask("hello") == "HELLO"

    play(bot, scenario, within=30)


@pytest.mark.parametrize("kind", ["reset", "eof", "reconnect", "garbage", "cut_frame"])
def test_it_answers_what_was_said_while_the_connection_broke(kind: str) -> None:
    async def scenario(stage: Stage) -> None:
        stage.fault(kind)
        assert await stage.ask("still there?") == "STILL THERE?"
        assert stage.simulator.ledger.granted_identifies == 1

    play(bot, scenario, within=30)


def test_a_new_session_is_begun_where_the_old_one_is_gone() -> None:
    async def scenario(stage: Stage) -> None:
        stage.fault(Fault(FaultKind.CLOSE, code=4006))
        await stage.until(lambda: stage.simulator.ledger.granted_identifies == 2)
        assert await stage.ask("hello") == "HELLO"

    play(bot, scenario, within=30)


@pytest.mark.parametrize("kind", ["half_open", "stalled_frame", "slow_writes", "ack_silence"])
def test_it_notices_a_connection_that_has_fallen_silent(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot, "settings", GatewayConfig(heartbeat=HeartbeatConfig(interval=0.2, timeout=None)))

    async def scenario(stage: Stage) -> None:
        stage.fault(kind)
        stage.say("still there?")
        await stage.until(lambda: stage.simulator.ledger.granted_resumes > 0)
        await stage.until(lambda: stage.said[-1:] != [] and stage.said[-1].text == "STILL THERE?")

    play(bot, scenario, within=30)


def test_a_forgotten_session_shows_at_the_next_resume() -> None:
    async def scenario(stage: Stage) -> None:
        stage.fault("forget_sessions")
        stage.fault("reset")
        await stage.until(lambda: stage.simulator.ledger.granted_identifies == 2)
        assert await stage.ask("hello") == "HELLO"

    play(bot, scenario, within=30)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_protocol_alone_survives_every_scenario_in_virtual_time(name: str) -> None:
    shard = MemoryShard(*SCENARIOS[name])
    shard.start()
    shard.run(120.0)
    shard.happen()
    assert shard.events[-1].s == shard.gateway.seq


def test_a_script_of_my_own() -> None:
    shard = MemoryShard(Visit(events=2, fault=Close(4009)), Visit(missed=3))
    shard.start()
    shard.run_until(lambda: shard.count(do.Resumed) == 1)
    assert [event.s for event in shard.events] == [2, 3, 4, 5, 6]
    assert shard.gateway.heard == ["IDENTIFY", "close 4009", "RESUME session-1 from 3"]


def test_a_restarted_shard_resumes_with_what_was_saved() -> None:
    first = MemoryShard(Visit(events=2))
    first.start()
    first.stop()
    second = MemoryShard(gateway=first.gateway, clock=first.clock)
    second.gateway.emit("GUILD_CREATE", {"id": "g"}, second.clock())
    second.start(first.saved)
    second.run(1.0)
    assert [event.s for event in second.events] == [4]
