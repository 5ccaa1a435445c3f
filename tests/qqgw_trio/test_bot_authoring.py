"""What a bot's author can use, in a running bot at a simulated platform over real sockets."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncGenerator
from typing import Any, Literal

import pytest
import trio

from qqgw_proto.errors import InsufficientPermissions, InvalidIntents
from qqgw_proto.events import AtMessageCreate, Event, GroupAtMessageCreate, GuildCreate, Intents
from qqgw_trio import Bot, CallNext, CommandConfig, Context, Failure, HandlerError, filters, run_asyncio
from qqgw_trio.simulator.settings import (
    CREATE_SESSION_ERROR,
    INTENTS_BEHIND_OP9,
    INTENTS_EOF,
    INTENTS_REFUSED,
    Refusal,
    RefusalSettings,
    SimulatorConfig,
)
from qqgw_trio.workers import WorkerConfig
from support.staging import Stage, staged

AnyContext = Context[Any]
GroupContext = Context[GroupAtMessageCreate]


@pytest.fixture
async def stage() -> AsyncGenerator[Stage]:
    async with staged() as found:
        yield found


def derived(stage: Stage, **settings: Any) -> Bot:
    """A bot whose intents follow from its handlers."""
    return Bot(stage.credentials, settings=stage.settings.replace(**settings), on_notice=stage.news.tell)


def lines_of(caplog: pytest.LogCaptureFixture, name: str) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == f"qqgw_trio.{name}"]


# --- filters and commands


async def test_commands_are_answered_wherever_messages_come_from(stage: Stage) -> None:
    bot = stage.bot()

    @bot.command("roll", aliases=["r"])
    async def roll(ctx: AnyContext, sides: int = 6, mode: Literal["low", "high"] = "high") -> None:
        """Rolls a die."""
        await ctx.reply(f"{mode} of {sides}")

    async with stage.running(bot):
        for kind in ("group", "c2c", "channel", "dm"):
            stage.simulator.say(kind, "visitor", "/roll 20 low")
        await stage.news.until(lambda: len(stage.replies) == 4)
        stage.simulator.say("group", "visitor", "/R x")
        await stage.news.until(lambda: len(stage.replies) == 5)
        stage.simulator.say("group", "visitor", "/help")
        await stage.news.until(lambda: len(stage.replies) == 6)
    texts = [reply.text for reply in stage.replies]
    assert texts[:4] == ["low of 20"] * 4
    assert texts[4] == "sides must be a whole number, not “x”.\nUsage: /roll [sides] [mode]"
    assert texts[5].splitlines() == [
        "Commands:",
        "/roll [sides] [mode] - Rolls a die.",
        "/help [command] - lists the commands, or explains one",
    ]


async def test_a_command_without_types_is_heard_in_channels_that_need_no_approval(stage: Stage) -> None:
    bot = derived(stage, commands=CommandConfig(prefix="!"))

    @bot.command("ping")
    async def ping(ctx: AnyContext) -> None:
        await ctx.reply("pong")

    async with stage.running(bot):
        stage.simulator.say("channel", "visitor", "!ping")
        await stage.news.until(lambda: len(stage.replies) == 1)
    [asked] = stage.simulator.ledger.identifies
    assert asked.intents == 1 << 30


async def test_a_handler_gets_what_its_filter_lets_pass(stage: Stage) -> None:
    bot = stage.bot()
    world = stage.simulator.platform.world
    guild = world.places.guilds[0].guild_id
    calls: list[str] = []

    @bot.on(AtMessageCreate, where=filters.guilds(guild) & ~filters.prefix("/"))
    async def plain(_ctx: AnyContext, event: AtMessageCreate) -> None:
        calls.append(f"plain {event.text}")

    @bot.on(AtMessageCreate, where=filters.guilds("another"))
    async def elsewhere(_ctx: AnyContext, event: AtMessageCreate) -> None:
        calls.append(f"elsewhere {event.text}")

    @bot.on(AtMessageCreate)
    async def all_messages(_ctx: AnyContext, event: AtMessageCreate) -> None:
        calls.append(f"all {event.text}")
        stage.news.tell()

    async with stage.running(bot):
        for text in ("hi", "/hi"):
            stage.simulator.say("channel", "visitor", text)
        await stage.news.until(lambda: len(calls) == 3)
    assert calls == ["plain hi", "all hi", "all /hi"]


# --- errors and middleware


async def test_an_error_hook_can_tell_the_person_once_the_bot_gives_up(stage: Stage) -> None:
    bot = stage.bot(workers=WorkerConfig(attempts=2, retry_delay=0.01))
    failures: list[tuple[int, bool]] = []

    @bot.on(GroupAtMessageCreate)
    async def fail(_ctx: GroupContext, _event: GroupAtMessageCreate) -> None:
        raise RuntimeError("a bug")

    @bot.on_error
    async def tell(ctx: AnyContext, failure: Failure) -> None:
        failures.append((failure.attempt, failure.given_up))
        if failure.given_up:
            await ctx.reply("That went wrong.")

    async with stage.running(bot):
        stage.simulator.say("group", "visitor", "do it")
        await stage.news.until(lambda: bool(stage.replies))
    assert [reply.text for reply in stage.replies] == ["That went wrong."]
    assert failures == [(1, False), (2, True)]


async def test_middleware_is_around_handlers_and_commands_alike(stage: Stage) -> None:
    bot = stage.bot()
    calls: list[str] = []

    @bot.middleware
    async def trace(_ctx: AnyContext, event: Event, call_next: CallNext) -> None:
        calls.append(f"before {event.text}")
        await call_next()
        calls.append(f"after {event.text}")
        stage.news.tell()

    @bot.command("ping", types=[GroupAtMessageCreate])
    async def ping(_ctx: AnyContext) -> None:
        calls.append("pong")

    @bot.on(GroupAtMessageCreate)
    async def handle(_ctx: GroupContext, _event: GroupAtMessageCreate) -> None:
        calls.append("handled")

    async with stage.running(bot):
        stage.simulator.say("group", "visitor", "/ping")
        await stage.news.until(lambda: "after /ping" in calls)
    assert [call for call in calls if "/ping" in call or call in {"pong", "handled"}] == [
        "before /ping",
        "pong",
        "handled",
        "after /ping",
    ]


async def test_what_does_not_decode_is_told_once_and_settled(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    bot = stage.bot(workers=WorkerConfig(attempts=3, retry_delay=0.01))
    handled: list[str] = []

    @bot.on(GuildCreate, "GUILD_UPDATE")
    async def note(_ctx: AnyContext, event: Event) -> None:
        handled.append(str(event.guild))
        stage.news.tell()

    async with stage.running(bot):
        stage.push("GUILD_CREATE", {"id": ["no id"]})
        stage.push("GUILD_UPDATE", {"id": "g1"})
        await stage.news.until(lambda: handled == ["g1"])
    assert lines_of(caplog, "failures") == [
        "decoding failed on GUILD_CREATE (event id GUILD_CREATE:pushed), attempt 1 of 1: given up"
    ]


# --- asyncio


async def test_who_awaits_asyncio_is_told_what_to_use_and_not_tried_again(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    bot = stage.bot(workers=WorkerConfig(attempts=3, retry_delay=0.01))
    calls: list[str] = []

    @bot.on(GroupAtMessageCreate)
    async def fetch(_ctx: GroupContext, event: GroupAtMessageCreate) -> None:
        calls.append(event.text)
        stage.news.tell()
        if event.text == "one":
            await asyncio.sleep(0)

    async with stage.running(bot):
        stage.simulator.say("group", "visitor", "one")
        stage.simulator.say("group", "visitor", "two")
        await stage.news.until(lambda: "two" in calls)
    assert calls == ["one", "two"]
    [record] = [record for record in caplog.records if record.name == "qqgw_trio.failures"]
    error = record.exc_info and record.exc_info[1]
    assert isinstance(error, HandlerError)
    assert "fetch (" in str(error)
    assert str(error).endswith("awaited an asyncio object; use qqgw_trio.run_asyncio(coro) or a sync handler")


class Client:
    """A client of an asyncio library: bound to the loop that it was made on."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._lock = asyncio.Lock()
        self.calls = 0

    @classmethod
    async def open(cls) -> Client:
        return cls()

    async def ask(self, text: str) -> str:
        assert asyncio.get_running_loop() is self.loop
        async with self._lock:
            await asyncio.sleep(0)
            self.calls += 1
            return f"answer to {text}"

    async def close(self) -> None:
        assert not self.loop.is_closed()


async def test_one_asyncio_client_serves_a_hundred_events(stage: Stage) -> None:
    bot = stage.bot()
    clients: list[Client] = []
    answers: list[str] = []

    @bot.on_startup
    async def open_client(_bot: Bot) -> None:
        clients.append(await run_asyncio(Client.open()))

    @bot.on_shutdown
    async def close_client(_bot: Bot) -> None:
        await run_asyncio(clients[0].close())

    @bot.on(GroupAtMessageCreate)
    async def ask(_ctx: GroupContext, event: GroupAtMessageCreate) -> None:
        answers.append(await run_asyncio(clients[0].ask(event.text)))
        stage.news.tell()

    async with stage.running(bot):
        for number in range(100):
            stage.simulator.say("group", f"visitor {number}", str(number))
        await stage.news.until(lambda: len(answers) == 100)
    assert sorted(answers) == sorted(f"answer to {number}" for number in range(100))
    [client] = clients
    assert client.calls == 100
    assert client.loop.is_closed()


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
    log, logger = Releasing(), logging.getLogger("qqgw_trio.watchdog")
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
        [line] = [line for line in lines_of(caplog, "subscribing") if line.startswith("the gateway refused")]
        assert line.endswith(
            "going on without GUILD_MESSAGES (bit 9, private bots only),"
            " INTERACTION (bit 26, needs approval on the platform's console)"
        )


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
