"""What a bot cannot run with, what it tells of, and where it finds the platform."""

from __future__ import annotations

import logging
import sys
from typing import Any

import pytest
import trio

from qqgw_proto.errors import ConfigurationError, GatewayError
from qqgw_proto.events import GroupAtMessageCreate, Ready
from qqgw_proto.machine import effects as do
from qqgw_trio import Bot, Context, Credentials, GatewayConfig
from qqgw_trio.connection.shard import Shard
from qqgw_trio.delivery.overflow import Dropped
from qqgw_trio.delivery.workers import WorkerConfig
from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.settings import RestSettings, SimulatorConfig
from support.staging import Stage, Telling, staged

GroupContext = Context[GroupAtMessageCreate]


# --- what cannot work


@pytest.mark.parametrize(
    ("setting", "url", "words"),
    [
        ("gateway_url", "https://127.0.0.1/", "must begin with ws:// or wss://"),
        ("api_url", "ftp://127.0.0.1", "the API URL 'ftp://127.0.0.1' must begin with http:// or https://"),
        ("token_url", "ftp://127.0.0.1", "the token URL 'ftp://127.0.0.1' must begin with http:// or https://"),
    ],
)
def test_a_url_that_cannot_work_is_told_where_it_is_set(setting: str, url: str, words: str) -> None:
    options: dict[str, Any] = {setting: url}
    with pytest.raises(ConfigurationError, match=words):
        Bot(Credentials("1", "secret"), settings=GatewayConfig(**options))


async def test_missing_credentials_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QQ_BOT_APP_ID", raising=False)
    monkeypatch.setenv("QQ_BOT_SECRET", "secret")
    with pytest.raises(ConfigurationError, match="QQ_BOT_APP_ID not set"):
        await Bot().serve()


async def test_a_close_code_that_is_final_ends_the_bot_with_its_meaning(stage: Stage) -> None:
    bot = stage.bot()

    @bot.on(Ready)
    async def provoke(_ctx: Context[Ready], _event: Ready) -> None:
        stage.simulator.fault(Fault(FaultKind.CLOSE, code=4915))

    with pytest.raises(GatewayError) as caught:
        await bot.serve()
    assert caught.value.code == 4915
    assert "banned" in caught.value.message


async def test_a_handler_that_calls_sys_exit_has_failed_and_ends_nothing(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """Else the bot would end at every start: the event is not finished, and comes again."""
    bot = stage.bot(workers=WorkerConfig(attempts=1))

    @bot.on(GroupAtMessageCreate)
    async def leave(ctx: GroupContext, event: GroupAtMessageCreate) -> None:
        if event.text == "/quit":
            sys.exit(3)
        await ctx.reply("still here")

    async with stage.running(bot):
        stage.simulator.say("group", "visitor", "/quit")
        stage.simulator.say("group", "visitor", "/ping")
        await stage.news.until(lambda: [reply.text for reply in stage.replies] == ["still here"])
    [record] = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert "leave (" in record.getMessage()
    assert "given up" in record.getMessage()
    assert "SystemExit came out of it: catch it in the handler; ctx.bot.stop() stops the bot" in caplog.text


# --- addresses


def test_the_platforms_addresses_are_the_default_and_the_sandbox_has_its_own() -> None:
    who = Credentials("1", "secret")
    assert Bot(who).api_url == "https://api.sgroup.qq.com"
    assert Bot(who, sandbox=True).api_url == "https://sandbox.api.sgroup.qq.com"
    assert Bot(who, sandbox=True, settings=GatewayConfig(api_url="http://127.0.0.1:1")).api_url == "http://127.0.0.1:1"
    assert Bot(who).token_url == "https://bots.qq.com/app/getAppAccessToken"
    assert Bot(who, settings=GatewayConfig(token_url="http://127.0.0.1:1/t")).token_url == "http://127.0.0.1:1/t"


async def test_a_fixed_gateway_is_dialed_without_asking_for_one(stage: Stage) -> None:
    stage.simulator.fault(Fault(FaultKind.REST, route="/gateway/bot", count=9))
    async with stage.running(stage.bot(gateway_url=stage.simulator.gateway_url)):
        pass
    assert stage.simulator.ledger.granted_identifies == 1


# --- the token


async def test_the_token_is_kept_fresh_beside_a_connected_shard() -> None:
    # The platform gives another token only in the last second of two; nobody but the bot's own keeper asks then.
    rest = RestSettings(token_lifetime=2.0, token_overlap=1.2)
    async with staged(SimulatorConfig(events=0, rest=rest)) as stage:
        async with stage.running(stage.bot()):
            while stage.simulator.ledger.tokens_issued < 2:  # noqa: ASYNC110 - the platform tells nobody of it
                await trio.sleep(0.05)
        assert len(stage.simulator.ledger.connections) == 1


async def test_a_failure_to_get_a_token_is_told_to_who_wants_to_know(stage: Stage) -> None:
    told: list[tuple[GatewayError, float]] = []
    bot = stage.bot()

    def listen(error: GatewayError, seconds: float) -> None:
        told.append((error, seconds))
        bot.stop()

    bot.on_token_failure = listen
    stage.simulator.fault(Fault(FaultKind.REST, route="getAppAccessToken", code=500, count=9))
    await bot.serve()
    [(error, seconds)] = told
    assert "HTTP 500" in error.message
    assert 0.5 <= seconds <= 1.0


async def test_otherwise_it_is_a_warning_in_the_log(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.simulator.fault(Fault(FaultKind.REST, route="getAppAccessToken", code=500))
    with caplog.at_level(logging.WARNING, "qqgw_trio.running.service"):
        async with stage.running(stage.bot()):
            pass
    [record] = [record for record in caplog.records if record.name == "qqgw_trio.running.service"]
    assert record.levelname == "WARNING"
    assert record.getMessage().startswith("no access token, may be asked for again in 1 s: the token endpoint answered")
    assert stage.simulator.secret not in caplog.text


# --- the log


async def test_what_the_overflow_policy_drops_is_a_warning_in_the_log_and_told_to_who_listens(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    bot = stage.bot(workers=WorkerConfig(capacity=1, overflow="drop_newest"))
    begun, go_on = trio.Event(), trio.Event()
    logger = logging.getLogger("qqgw_trio.running.service")
    telling = Telling(stage.news)
    logger.addHandler(telling)
    heard: list[Dropped] = []

    @bot.on_dropped
    def hear(dropped: Dropped) -> None:
        heard.append(dropped)

    @bot.on(GroupAtMessageCreate)
    async def wait(_ctx: GroupContext, _event: GroupAtMessageCreate) -> None:
        begun.set()
        await go_on.wait()

    with caplog.at_level(logging.WARNING, "qqgw_trio.running.service"):
        async with stage.running(bot):
            stage.simulator.say("group", "visitor", "one")
            await begun.wait()
            stage.simulator.say("group", "visitor", "two")
            await stage.news.until(lambda: "the buffer was full" in caplog.text)
            go_on.set()
    logger.removeHandler(telling)
    [record] = [record for record in caplog.records if record.name == "qqgw_trio.running.service"]
    assert record.getMessage().startswith("the buffer was full: ")
    assert "first=3" in record.getMessage()
    assert heard == [Dropped(count=1, first=3, last=3, shard_id=0)]


async def test_whatever_happens_to_a_shard_is_told_and_logged(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    notices: list[str] = []
    bot = stage.bot()

    def listen(shard: Shard, notice: do.Notice) -> None:
        notices.append(f"{shard.shard_id} {type(notice).__name__}")
        stage.news.tell()

    bot.on_notice = listen
    with caplog.at_level(logging.INFO, "qqgw_trio.connection.shard"):
        async with stage.running(bot):
            pass
        bot.on_notice = None
        async with trio.open_nursery() as nursery:
            await nursery.start(bot.serve)
            bot.stop()
    assert notices == ["0 Connected", "0 Ready", "0 Disconnected", "0 Stopped"]
    assert any(record.getMessage().startswith("shard 0/1 ready: user ") for record in caplog.records)
    assert stage.simulator.secret not in caplog.text
