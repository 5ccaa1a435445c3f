"""The specification's two sample handlers, as the examples have them, at a simulated platform."""

from __future__ import annotations

import logging

import pytest
import trio

from docs.examples.diagnostic_handler import DiagnosticHandler
from docs.examples.diagnostic_handler import bot as diagnostic_bot
from docs.examples.filtering_handler import FilteringHandler
from docs.examples.filtering_handler import bot as filtering_bot
from qqgw_proto.events import Event, Intents
from qqgw_trio import Bot, Context, EventHandler
from support.staging import Stage


def bot_with(stage: Stage, handler: EventHandler) -> tuple[Bot, list[str]]:
    """A bot with this handler, and the texts that it has handled."""
    bot = Bot(stage.credentials, handler=handler, settings=stage.settings, on_notice=stage.news.tell)
    handled: list[str] = []

    @bot.on("AT_MESSAGE_CREATE")
    async def note(_ctx: Context[Event], event: Event) -> None:
        handled.append(event.text)
        stage.news.tell()

    return bot, handled


async def test_the_filtering_handler_answers_commands_in_the_guilds_that_it_may_serve(stage: Stage) -> None:
    guild = stage.simulator.platform.world.places.guilds[0].guild_id
    bot, handled = bot_with(stage, FilteringHandler({guild}))
    async with stage.running(bot):
        for text in ("no command", "/unknown", "/ping", "/status"):
            stage.simulator.say("channel", "visitor", text)
        await stage.news.until(lambda: len(handled) == 4)
    assert [reply.text for reply in stage.replies] == ["Pong!", "状态: 在线"]


@pytest.mark.parametrize(("guilds", "prefix"), [(set[str](), "/"), ({"another"}, "/"), (None, "!")])
async def test_the_filtering_handler_is_silent_elsewhere_and_without_its_prefix(
    stage: Stage, guilds: set[str] | None, prefix: str
) -> None:
    own = stage.simulator.platform.world.places.guilds[0].guild_id
    bot, handled = bot_with(stage, FilteringHandler({own} if guilds is None else guilds, prefix))
    async with stage.running(bot):
        stage.simulator.say("channel", "visitor", "/ping")
        await stage.news.until(lambda: handled == ["/ping"])
    assert stage.replies == []


async def test_the_diagnostic_handler_logs_session_and_messages(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    bot, handled = bot_with(stage, DiagnosticHandler())
    with caplog.at_level(logging.DEBUG, "diagnostics"), trio.fail_after(60):
        async with stage.running(bot):
            stage.simulator.say("channel", "visitor", "hello")
            await stage.news.until(lambda: handled == ["hello"])
    lines = [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "diagnostics"]
    [sent] = stage.simulator.ledger.events
    session = stage.simulator.ledger.identifies
    assert len(session) == 1
    assert [level for level, _ in lines] == ["INFO"] * 4 + ["DEBUG"] * 3
    assert lines[0][1].startswith("ready as ")
    assert lines[1][1].startswith("  session: ")
    assert lines[2:4] == [("INFO", "  API version: 1"), ("INFO", "  shard: 0 of 1")]
    assert lines[4] == ("DEBUG", f"message {sent.message_id}")
    assert lines[5][1].startswith("  channel: ")
    assert lines[6][1].startswith("  author: ")


@pytest.mark.parametrize("bot", [filtering_bot, diagnostic_bot], ids=["filtering", "diagnostic"])
def test_the_examples_ask_for_nothing_that_needs_approval(bot: Bot) -> None:
    assert bot.intents == Intents.PUBLIC_GUILD_MESSAGES
