"""What a bot's author can use, in a running bot at a simulated platform over real sockets."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import pytest

from qqgw_proto.events import AtMessageCreate, Event, GroupAtMessageCreate, GuildCreate
from qqgw_trio import Bot, CallNext, CommandConfig, Context, Failure, HandlerError, filters, run_asyncio
from qqgw_trio.delivery.workers import WorkerConfig
from support.staging import Stage, derived, lines_of

AnyContext = Context[Any]
GroupContext = Context[GroupAtMessageCreate]


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
    assert lines_of(caplog, "handler.failures") == [
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
    [record] = [record for record in caplog.records if record.name == "qqgw_trio.handler.failures"]
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
