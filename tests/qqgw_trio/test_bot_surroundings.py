"""What surrounds the handlers of a running bot: hooks, the watchdog, the choice of intents."""

from __future__ import annotations

import logging
import re
import threading
from pathlib import Path
from typing import Any

import pytest
import trio

from qqgw_proto.errors import InsufficientPermissions, InvalidIntents
from qqgw_proto.events import AtMessageCreate, Event, GroupAtMessageCreate, GuildCreate, Intents
from qqgw_trio import Bot, Context, HandlerError
from qqgw_trio.simulator.settings import (
    CREATE_SESSION_ERROR,
    INTENTS_BEHIND_OP9,
    INTENTS_EOF,
    INTENTS_REFUSED,
    Refusal,
    RefusalSettings,
    SimulatorConfig,
)
from support.staging import Stage, derived, lines_of, staged

AnyContext = Context[Any]
GroupContext = Context[GroupAtMessageCreate]


# --- startup and shutdown


async def test_hooks_are_called_around_the_life_of_the_shards_with_rest_at_hand(stage: Stage) -> None:
    bot = stage.bot()
    calls: list[str] = []

    @bot.on_startup
    async def up(started: Bot) -> None:
        assert started is bot
        calls.append(f"up, a bot: {(await bot.api.me()).bot}, connected: {bot.is_connected()}")

    @bot.on(GroupAtMessageCreate)
    async def handle(_ctx: GroupContext, _event: GroupAtMessageCreate) -> None:
        calls.append("begun")
        bot.stop()
        await trio.testing.wait_all_tasks_blocked()
        calls.append("handled")

    @bot.on_shutdown
    async def down(_bot: Bot) -> None:
        await bot.api.me()
        calls.append(f"down, connected: {bot.is_connected()}")

    async with trio.open_nursery() as nursery:
        await nursery.start(bot.serve)
        await stage.news.until(bot.is_connected)
        stage.simulator.say("group", "visitor", "stop")
    assert calls == ["up, a bot: True, connected: False", "begun", "handled", "down, connected: False"]


async def test_shutdown_hooks_have_a_time_of_their_own_though_handlers_have_none(stage: Stage) -> None:
    bot = stage.bot(drain_seconds=0)
    calls: list[str] = []

    @bot.on_shutdown
    async def save(_bot: Bot) -> None:
        await trio.sleep(0.01)
        calls.append("saved")

    @bot.on_shutdown
    def close(_bot: Bot) -> None:
        calls.append("closed")

    async with stage.running(bot):
        pass
    assert calls == ["closed", "saved"]


async def test_shutdown_hooks_that_take_longer_than_their_time_are_cancelled(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    bot = stage.bot(shutdown_seconds=0.02)

    @bot.on_shutdown
    async def hang(_bot: Bot) -> None:
        await trio.sleep_forever()

    async with stage.running(bot):
        pass
    assert lines_of(caplog, "handler.hooks") == ["the shutdown hooks took longer than 0.02 s"]


async def test_a_startup_that_fails_ends_the_bot_before_any_shard(stage: Stage) -> None:
    bot = stage.bot()
    calls: list[str] = []

    @bot.on_startup
    async def up(_bot: Bot) -> None:
        raise OSError("no database")

    @bot.on_shutdown
    async def down(_bot: Bot) -> None:
        calls.append("down")

    with pytest.raises(HandlerError, match=r"startup hook .+up \(.+\) failed: OSError\('no database'\)"):
        await bot.serve()
    assert calls == ["down"]
    assert stage.simulator.ledger.connections == []


@pytest.mark.parametrize("in_thread", [False, True])
async def test_a_startup_hook_may_ask_for_a_reconnect_though_there_is_nothing_to_leave(
    stage: Stage, in_thread: bool
) -> None:
    bot = stage.bot()

    @bot.on_startup
    async def ask(bot: Bot) -> None:
        if in_thread:
            await trio.to_thread.run_sync(bot.reconnect)
        else:
            bot.reconnect(0)

    async with stage.running(bot):
        assert bot.is_connected()
    assert stage.simulator.ledger.granted_identifies == 1


async def test_a_stop_while_starting_up_connects_nothing(stage: Stage) -> None:
    bot = stage.bot()

    @bot.on_startup
    async def up(_bot: Bot) -> None:
        bot.stop()
        await trio.sleep_forever()

    await bot.serve()
    assert stage.simulator.ledger.connections == []


# --- the watchdog


class Releasing(logging.Handler):
    """Lets a blocked loop go on as soon as the log says that it is blocked."""

    def __init__(self) -> None:
        super().__init__()
        self.blocked = threading.Event()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
        self.blocked.set()


async def test_a_handler_that_blocks_the_loop_is_named_and_the_bot_goes_on(stage: Stage) -> None:
    bot = stage.bot(stall_seconds=0.05)
    log, logger = Releasing(), logging.getLogger("qqgw_trio.insight.watchdog")
    logger.addHandler(log)

    @bot.on(GroupAtMessageCreate)
    async def think(ctx: GroupContext, _event: GroupAtMessageCreate) -> None:
        assert log.blocked.wait(60)
        await ctx.reply("thought")

    async with stage.running(bot):
        stage.simulator.say("group", "visitor", "think")
        await stage.news.until(lambda: bool(stage.replies))
    logger.removeHandler(log)
    assert "think (" in log.lines[0]
    assert "has blocked the event loop for " in log.lines[0]
    assert "assert log.blocked.wait(60)" in log.lines[0]
    assert [reply.text for reply in stage.replies] == ["thought"]


# --- intents

PRIVILEGED = int(Intents.GUILD_MESSAGES | Intents.INTERACTION)


def refusing(how: Refusal) -> SimulatorConfig:
    return SimulatorConfig(events=0, refusal=RefusalSettings(refused_intents=PRIVILEGED, intents=how))


REFUSALS = pytest.mark.parametrize(
    "how",
    [INTENTS_REFUSED, INTENTS_BEHIND_OP9, CREATE_SESSION_ERROR, INTENTS_EOF],
    ids=["4014", "op 9, then 4014", "op 9, then 4903", "op 9, then EOF"],
)


@REFUSALS
async def test_negotiation_gets_in_at_the_second_try(how: Refusal, caplog: pytest.LogCaptureFixture) -> None:
    async with staged(refusing(how)) as stage:
        bot = derived(stage, negotiate_intents=True)
        handled: list[str] = []

        @bot.on(AtMessageCreate, "MESSAGE_CREATE", "INTERACTION_CREATE")
        async def note(_ctx: AnyContext, event: Event) -> None:
            handled.append(event.text)
            stage.news.tell()

        async with stage.running(bot):
            stage.simulator.say("channel", "visitor", "hello")
            await stage.news.until(lambda: handled == ["hello"])
            assert bot.intents == Intents.PUBLIC_GUILD_MESSAGES
        asked = [(seen.intents, seen.refused) for seen in stage.simulator.ledger.identifies]
        assert asked == [(PRIVILEGED | 1 << 30, "intents"), (1 << 30, "")]
        [line] = [line for line in lines_of(caplog, "handler.subscribing") if line.startswith("the gateway refused")]
        assert line.endswith(
            "going on without GUILD_MESSAGES (bit 9, private bots only),"
            " INTERACTION (bit 26, needs approval on the platform's console)"
        )


async def test_a_bot_that_negotiates_resumes_what_it_had_agreed_on(tmp_path: object) -> None:
    """Its first attempt asks for more; the session of the second is no loss to it."""
    async with staged(refusing(INTENTS_REFUSED)) as stage:
        for _ in range(2):
            bot = derived(stage, negotiate_intents=True, session_file=f"{tmp_path}/sessions.json")
            bot.on("INTERACTION_CREATE", GuildCreate)(print)
            async with stage.running(bot):
                pass
        ledger = stage.simulator.ledger
        assert (ledger.granted_identifies, ledger.granted_resumes) == (1, 1)


async def test_a_session_too_old_to_go_back_to_is_announced_though_the_bot_does_not_go_back(tmp_path: Path) -> None:
    """No loss is silent (design 4): the first attempt spares the session of the second only while it can be resumed."""
    sessions, gaps = tmp_path / "sessions.json", list[dict[str, int]]()
    for config in (refusing(INTENTS_REFUSED), None):
        async with staged(config) as stage:
            bot = derived(stage, negotiate_intents=True, session_file=sessions)
            bot.on("INTERACTION_CREATE", GuildCreate)(print)
            async with stage.running(bot):
                gaps.append(bot.metrics.counts.gaps)
        sessions.write_text(re.sub(r'"saved_at":"\d+', '"saved_at":"2020', sessions.read_text()))
    assert gaps == [{}, {"session": 1}]


async def test_without_negotiation_the_error_names_the_suspicious_intents() -> None:
    async with staged(refusing(INTENTS_REFUSED)) as stage:
        bot = derived(stage)
        bot.on("INTERACTION_CREATE", GuildCreate)(print)
        with pytest.raises(InvalidIntents, match=r"INTERACTION \(bit 26, needs approval") as caught:
            await bot.serve()
        assert caught.value.suspects == (26,)
        assert len(stage.simulator.ledger.identifies) == 1


async def test_hooks_are_called_for_each_life_of_a_bot_that_negotiates() -> None:
    async with staged(refusing(INTENTS_REFUSED)) as stage:
        bot = derived(stage, negotiate_intents=True)
        calls: list[str] = []
        bot.on("INTERACTION_CREATE", GuildCreate)(print)

        @bot.on_startup
        async def up(_bot: Bot) -> None:
            calls.append("up")

        @bot.on_shutdown
        async def down(_bot: Bot) -> None:
            calls.append("down")

        async with stage.running(bot):
            pass
        assert calls == ["up", "down", "up", "down"]


async def test_a_bot_declared_public_does_not_connect_with_intents_of_private_ones(stage: Stage) -> None:
    bot = derived(stage, private=False)
    bot.on("MESSAGE_CREATE")(print)
    with pytest.raises(InsufficientPermissions, match="only private bots may ask for GUILD_MESSAGES"):
        await bot.serve()
    assert stage.simulator.ledger.tokens_issued == 0
