"""What the log tells of each shard, in which words and at which level."""

from __future__ import annotations

import logging
import re

import pytest
import trio
from trio.testing import MockClock

from qqgw_proto.errors import ConnectionFailed, GatewayClosed, HeartbeatTimeout, ReconnectRequested, UnknownOpcode
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.session import Session
from qqgw_trio.insight.story import QUIET, Story
from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.settings import SimulatorConfig, StartSettings
from support.handling import idle_shard, make_dispatch
from support.staging import Stage, staged


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "qqgw_trio.connection.shard")
    return caplog


def lines(told: pytest.LogCaptureFixture) -> list[str]:
    return [f"{record.levelname} {record.getMessage()}" for record in told.records]


# --- a whole life


async def test_the_story_of_a_shard_at_info(stage: Stage, told: pytest.LogCaptureFixture) -> None:
    bot = stage.bot()
    async with stage.running(bot):
        stage.simulator.fault(Fault(FaultKind.CLOSE, code=4009))
        await stage.news.until(lambda: bot.metrics.reconnection_count == 1)
        session = bot.get_session_info()
        assert session is not None
    user = stage.simulator.platform.world.places.bot_user_id
    ready, ended, again, resumed, *_ = [line for line in lines(told) if " shard 0/1 " in line]
    assert ready == (
        f"INFO shard 0/1 ready: user simulated bot ({user}), session {session.session_id}, API version 1, shard 0/1"
    )
    assert ended.startswith("INFO shard 0/1 connection 3 ended: the gateway closed the connection")
    assert again.startswith("INFO shard 0/1 tries again in ")
    assert again.endswith("[4009]: nothing to do: the shard comes back by itself")
    assert resumed == f"INFO shard 0/1 resumed session {session.session_id} at s=2"
    assert lines(told)[-1] == "INFO shard 0/1 stopped as wanted"
    assert stage.simulator.secret not in told.text


async def test_records_have_fields_of_their_own(stage: Stage, told: pytest.LogCaptureFixture) -> None:
    bot = stage.bot()
    async with stage.running(bot):
        stage.simulator.fault(Fault(FaultKind.CLOSE, code=4009))
        await stage.news.until(lambda: bot.metrics.reconnection_count == 1)
        session = bot.get_session_info()
        assert session is not None
    records = [vars(record) for record in told.records if record.name == "qqgw_trio.connection.shard"]
    ready, ended, *_ = records
    assert (ready["shard"], ready["session"], ready["op"], ready["seq"]) == ("0/1", session.session_id, 0, 1)
    assert ended["code"] == 4009
    assert "seq" not in ended


async def test_what_ends_a_session_is_told_with_its_id(told: pytest.LogCaptureFixture) -> None:
    """The shard has forgotten it by then; the platform's support asks for it."""
    async with (
        staged(SimulatorConfig(events=0, start=StartSettings(max_concurrency=2))) as stage,
        stage.running(bot := stage.bot()),
    ):
        first = bot.get_session_info()
        assert first is not None
        stage.simulator.fault(Fault(FaultKind.CLOSE, code=4006))
        await stage.news.until(lambda: bot.metrics.counts.identifies == 2 and bot.is_connected())
        second = bot.get_session_info()
        assert second is not None
    fields = [(record.getMessage().split()[2], vars(record).get("session")) for record in told.records]
    assert [pair for pair in fields if pair[0] in ("ready:", "connection", "lost")] == [
        ("ready:", first.session_id),
        ("connection", first.session_id),
        ("lost", first.session_id),
        ("ready:", second.session_id),
    ]


async def test_a_shard_that_fails_tells_the_session_that_it_had(told: pytest.LogCaptureFixture) -> None:
    async with staged(SimulatorConfig(events=0)) as stage:
        bot, sessions = stage.bot(), list[str]()

        async def serve() -> None:
            with pytest.raises(GatewayClosed, match="banned"):
                await bot.serve()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve)
            await stage.news.until(bot.is_connected)
            session = bot.get_session_info()
            sessions += [] if session is None else [session.session_id]
            stage.simulator.fault(Fault(FaultKind.CLOSE, code=4915))
    [failed] = [record for record in told.records if record.levelno == logging.ERROR]
    assert [vars(failed)["session"]] == sessions


async def test_what_a_later_connection_comes_to_has_no_session_of_an_earlier_one(
    told: pytest.LogCaptureFixture, autojump_clock: MockClock
) -> None:
    story, shard = Story(), idle_shard()
    ended = do.Disconnected(3, ConnectionFailed("the gateway ended the TCP connection"))
    shard.gateway.life.session = Session(epoch=1, session_id="S1")
    story.tell(shard, do.Connected(3))
    shard.gateway.life.session = None
    for notice in (ended, do.Gap("session", 8, None), do.Connected(5), ended):
        story.tell(shard, notice)
    assert [vars(record).get("session") for record in told.records] == ["S1", "S1", None]
    await trio.lowlevel.checkpoint()


# --- line by line


def test_each_notice_is_one_line(told: pytest.LogCaptureFixture, autojump_clock: MockClock) -> None:
    refused = GatewayClosed("the bot is banned", code=4915, remedy="contact the platform")

    async def tell() -> None:
        await trio.lowlevel.checkpoint()
        shard, story = idle_shard(), Story()
        for notice in (
            do.Delayed(shard.clock() + 5.0),
            do.Retrying(shard.clock() + 2.5, ConnectionFailed("refused")),
            do.Gap("session", 8, None),
            do.Gap("crash", None, 4),
            do.Connected(3),
            do.Failed(refused),
            do.Stopped(),
        ):
            story.tell(shard, notice)

    trio.run(tell, clock=autojump_clock)
    assert lines(told) == [
        "INFO shard 0/1 waits up to 5.0 s for its turn to identify",
        "INFO shard 0/1 tries again in 2.5 s, because refused: check the network, the proxy and the gateway URL",
        "WARNING shard 0/1 lost events that the platform cannot bring back (session): s from 8 to the end",
        "WARNING shard 0/1 lost events that the platform cannot bring back (crash): s from ? to 4",
        "ERROR shard 0/1 failed: the bot is banned [4915]: contact the platform",
        "INFO shard 0/1 stopped as wanted",
    ]


async def test_a_change_of_connections_on_request_does_not_sound_like_a_failure(
    stage: Stage, told: pytest.LogCaptureFixture
) -> None:
    bot = stage.bot()
    async with stage.running(bot):
        bot.reconnect(0)
        await stage.news.until(lambda: bot.metrics.reconnection_count == 1)
        stage.simulator.fault(Fault(FaultKind.RECONNECT))
        await stage.news.until(lambda: bot.metrics.reconnection_count == 2)
    told_of_it = [line for line in lines(told) if "another connection" in line or " leaves " in line]
    assert [re.sub(r"\d\.\d s", "0.5 s", line) for line in told_of_it] == [
        "INFO shard 0/1 leaves connection 3: a planned reconnect",
        "INFO shard 0/1 resumes on another connection in 0.5 s: a planned reconnect",
        "INFO shard 0/1 leaves connection 5: the gateway asked to reconnect",
        "INFO shard 0/1 resumes on another connection in 0.5 s: the gateway asked to reconnect",
        "INFO shard 0/1 leaves connection 7: the shard was stopped",
    ]
    assert [vars(record)["code"] for record in told.records if "asked to" in record.getMessage()] == [7, 7]


async def test_a_shard_that_fails_while_the_others_go_on_is_one_error_in_the_log(
    told: pytest.LogCaptureFixture,
) -> None:
    async with staged(SimulatorConfig(events=0, start=StartSettings(max_concurrency=2))) as stage:
        bot = stage.bot(shards=2, on_failure="go on")

        async def serve() -> None:
            with pytest.raises(GatewayClosed, match="banned"):
                await bot.serve()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve)
            await stage.news.until(bot.is_connected)
            stage.simulator.fault(Fault(FaultKind.CLOSE, code=4915, shard=0))
            await stage.news.until(lambda: bot.health().failed == (0,))
            # A supervisor that restarted it would lose it the other shard.
            assert (bot.health().is_alive, bot.health().is_ready) == (True, False)
            bot.stop()
    errors = [record for record in told.records if record.levelno >= logging.ERROR]
    assert [(record.name, vars(record)["shard"], vars(record)["code"]) for record in errors] == [
        ("qqgw_trio.connection.shard", "0/2", 4915)
    ]
    assert errors[0].getMessage().startswith("shard 0/2 failed: the gateway closed the connection: the bot is banned")


async def test_without_a_session_the_other_connection_begins_one(told: pytest.LogCaptureFixture) -> None:
    shard = idle_shard()
    Story().tell(shard, do.Retrying(shard.clock(), ReconnectRequested("the gateway asked to reconnect", code=7)))
    assert lines(told) == ["INFO shard 0/1 begins anew on another connection in 0.0 s: the gateway asked to reconnect"]
    await trio.lowlevel.checkpoint()


@pytest.mark.parametrize(
    ("payload", "line"),
    [
        (
            {"session_id": "S", "user": {"id": "1", "username": "bot"}, "version": 1, "shard": [0, 0]},
            "shard 0/1 ready: user bot (1), session S, API version 1, shard 0/0",
        ),
        ({}, "shard 0/1 ready: user without a name (no id), session S, API version None, shard none"),
    ],
)
async def test_ready_is_told_as_it_came(told: pytest.LogCaptureFixture, payload: dict[str, object], line: str) -> None:
    Story().tell(idle_shard(), do.Ready(make_dispatch("READY", payload), "S"))
    assert told.records[0].getMessage() == line
    await trio.lowlevel.checkpoint()


async def test_a_ready_of_the_wrong_shape_is_told_too(told: pytest.LogCaptureFixture) -> None:
    Story().tell(idle_shard(), do.Ready(make_dispatch("READY", [1]), "S"))
    Story().tell(idle_shard(), do.Ready(make_dispatch("SOMETHING_ELSE", {}), "S"))
    Story().tell(idle_shard(), do.Resumed(make_dispatch("RESUMED", "")))
    first, second, third = [record.getMessage() for record in told.records]
    assert first.startswith("shard 0/1 ready: session S; READY does not decode at ")
    assert second == "shard 0/1 ready: session S"
    assert third == "shard 0/1 resumed session unknown"
    await trio.lowlevel.checkpoint()


async def test_a_failed_heartbeat_is_a_warning(told: pytest.LogCaptureFixture) -> None:
    cause = HeartbeatTimeout("a heartbeat was not acknowledged in time")
    Story().tell(idle_shard(), do.Disconnected(3, cause))
    [line] = lines(told)
    assert line.startswith("WARNING shard 0/1 connection 3 ended: a heartbeat was not acknowledged in time")
    await trio.lowlevel.checkpoint()


async def test_a_peer_that_breaks_rule_after_rule_gets_a_line_a_minute(
    told: pytest.LogCaptureFixture, autojump_clock: MockClock
) -> None:
    story, shard = Story(), idle_shard()
    for _ in range(5):
        story.tell(shard, do.Violated(UnknownOpcode(99)))
    await trio.sleep(QUIET)
    story.tell(shard, do.Violated(UnknownOpcode(98)))
    assert lines(told) == [
        "WARNING shard 0/1 ignored a frame: unknown op 99: none needed",
        "WARNING shard 0/1 ignored a frame (and 4 more in the last minute): unknown op 98: none needed",
    ]


async def test_details_are_for_debug(caplog: pytest.LogCaptureFixture, autojump_clock: MockClock) -> None:
    caplog.set_level(logging.DEBUG, "qqgw_trio.connection.shard")
    story, shard = Story(), idle_shard()
    story.tell(shard, do.Connected(3))
    story.tell(shard, do.Violated(UnknownOpcode(99)))
    story.tell(shard, do.Violated(UnknownOpcode(99)))
    assert lines(caplog) == [
        "DEBUG shard 0/1 connection 3 stands, waits for HELLO",
        "WARNING shard 0/1 ignored a frame: unknown op 99: none needed",
        "DEBUG shard 0/1 ignored a frame: unknown op 99: none needed",
    ]
    await trio.lowlevel.checkpoint()
