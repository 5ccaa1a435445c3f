"""What the specification says of the client that a bot author uses, seen against the simulator over real sockets."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
import trio

from qqgw_proto import ShardConfig
from qqgw_proto.errors import AuthenticationFailed
from qqgw_proto.events import AtMessageCreate, Event, GuildCreate, Intents, MessageCreate, Ready
from qqgw_proto.machine import effects as do
from qqgw_trio import Bot, Context, Credentials, EventHandler, GatewayConfig
from qqgw_trio.connection.shard import Shard
from qqgw_trio.simulator.settings import SimulatorConfig
from qqgw_trio.simulator.simulator import Simulator

MessageContext = Context[MessageCreate | AtMessageCreate]


class Platform:
    """A silent simulator, and what the bot says to it."""

    def __init__(self) -> None:
        self.simulator = Simulator(SimulatorConfig(events=0), on_reply=self._note)
        self._replies, self._said = trio.open_memory_channel[str](10)

    def _note(self, _kind: str, _target: str, text: str) -> None:
        self._replies.send_nowait(text)

    async def answer_to(self, text: str) -> str:
        self.simulator.say("channel", "visitor", text)
        return await self._said.receive()

    @property
    def credentials(self) -> Credentials:
        return Credentials(self.simulator.app_id, self.simulator.secret)

    @property
    def settings(self) -> GatewayConfig:
        return GatewayConfig(api_url=self.simulator.rest_url, token_url=self.simulator.token_url)


@pytest.fixture
async def platform() -> AsyncGenerator[Platform]:
    found = Platform()
    async with found.simulator:
        yield found


@asynccontextmanager
async def running(bot: Bot, platform: Platform) -> AsyncGenerator[None]:
    """The bot in READY; stopped at the end of the block."""
    ready = trio.Event()

    def listen(_shard: Shard, notice: do.Notice) -> None:
        if isinstance(notice, do.Ready):
            ready.set()

    bot.on_notice = listen
    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            await nursery.start(bot.serve)
            await ready.wait()
            yield
            bot.stop()


class MyHandler(EventHandler):
    """Notes what it is called with."""

    def __init__(self) -> None:
        self.readies: list[Ready] = []
        self.guilds: list[GuildCreate] = []
        self.contexts: list[Context[Event]] = []

    async def ready(self, ctx: Context[Event], event: Ready) -> None:
        self.contexts.append(ctx)
        self.readies.append(event)

    async def guild_create(self, ctx: Context[Event], event: GuildCreate) -> None:
        self.contexts.append(ctx)
        self.guilds.append(event)

    async def message_create(self, ctx: MessageContext, event: MessageCreate | AtMessageCreate) -> None:
        await ctx.reply(f"heard {event.text}")


# --- the client (F01 to F03, F18 to F22, F58)


def test_a_bot_is_made_as_the_specification_makes_its_client() -> None:
    intents = Intents.default().with_guilds()
    bot = Bot(Credentials("1", "secret"), intents, handler=MyHandler(), sandbox=False, shards=ShardConfig(0, 4))
    assert bot.intents == Intents.default()
    assert bot.sandbox is False
    assert bot.settings.shards.configs() == [ShardConfig(0, 4)]


def test_the_intents_follow_from_the_handlers_unless_they_are_given() -> None:
    bot = Bot(Credentials("1", "secret"), handler=MyHandler())
    assert bot.intents == Intents.none().with_guilds().with_public_guild_messages()
    bot = Bot(Credentials("1", "secret"), handler=MyHandler(), settings=GatewayConfig(private=True))
    assert bot.intents == Intents.none().with_guilds().with_guild_messages()
    bot = Bot(Credentials("1", "secret"), Intents.none().with_guilds(), handler=MyHandler())
    assert bot.intents == Intents.GUILDS


def test_a_bot_that_does_not_run_is_not_connected_and_has_no_session() -> None:
    bot = Bot(Credentials("1", "secret"))
    assert bot.is_connected() is False
    assert bot.get_session_info() is None
    assert bot.get_session_info(shard_id=0) is None


async def test_a_bot_that_runs_is_connected_and_tells_its_session(platform: Platform) -> None:
    bot = Bot(platform.credentials, Intents.default(), settings=platform.settings, shards=ShardConfig(1, 4))
    async with running(bot, platform):
        session = bot.get_session_info()
        assert session is not None
        assert session.session_id
        assert session.sequence_number == 1
        assert session.shard == (1, 4)
        assert bot.get_session_info(shard_id=1) == session
        assert bot.get_session_info(shard_id=0) is None
    assert bot.is_connected() is False


async def test_a_bot_that_cannot_come_back_raises_instead_of_ending_as_if_nothing_were(platform: Platform) -> None:
    wrong = Credentials(platform.simulator.app_id, "another-secret")
    bot = Bot(wrong, Intents.default(), settings=platform.settings)
    with trio.fail_after(30), pytest.raises(AuthenticationFailed):
        await bot.serve()


# --- handlers (F33 to F37, F41 to F43, F91)


async def test_each_event_calls_the_method_named_after_it_with_a_context_of_its_own(platform: Platform) -> None:
    handler = MyHandler()
    bot = Bot(platform.credentials, Intents.default(), handler=handler, settings=platform.settings)
    handled: set[str | None] = set()
    done = trio.Event()

    @bot.on()
    async def note(ctx: Context[Event], event: Event) -> None:
        handled.add(event.event_id)
        if handled == {None, *platform.simulator.ledger.sent_ids} and len(handled) == 22:  # None: READY
            done.set()

    async with running(bot, platform):
        assert await platform.answer_to("hello") == "heard hello"
        await platform.simulator.emit(20, rate=1000.0)  # more than one event of every type that is subscribed to
        await done.wait()
    assert handler.guilds
    [ready] = handler.readies
    assert ready.user.username
    assert ready.session_id
    assert ready.version == 1
    assert ready.shard == (0, 1)
    assert len({id(context) for context in handler.contexts}) == len(handler.contexts)


async def test_a_handler_replies_and_asks_whether_the_bot_is_connected(platform: Platform) -> None:
    bot = Bot(platform.credentials, Intents.default(), settings=platform.settings)

    @bot.on(AtMessageCreate)
    async def status(ctx: Context[AtMessageCreate], event: AtMessageCreate) -> None:
        assert ctx.api is bot.api
        await ctx.reply("online" if ctx.bot.is_connected() else "offline")

    async with running(bot, platform):
        assert await platform.answer_to("/status") == "online"


class FilteringHandler(EventHandler):
    """The specification's sample in our words: some guilds, a prefix, two commands."""

    def __init__(self, allowed_guilds: set[str], command_prefix: str) -> None:
        self._allowed_guilds = allowed_guilds
        self._command_prefix = command_prefix

    async def message_create(self, ctx: MessageContext, event: MessageCreate | AtMessageCreate) -> None:
        if event.guild not in self._allowed_guilds or not event.text.startswith(self._command_prefix):
            return
        match event.text.removeprefix(self._command_prefix).strip():
            case "ping":
                await ctx.reply("Pong!")
            case "status":
                await ctx.reply("状态: 在线" if ctx.bot.is_connected() else "状态: 离线")
            case _:
                pass


async def test_the_filtering_handler_of_the_specification(platform: Platform) -> None:
    guild = platform.simulator.platform.world.places.guilds[0].guild_id
    handler = FilteringHandler({guild}, "/")
    bot = Bot(platform.credentials, Intents.default(), handler=handler, settings=platform.settings)
    async with running(bot, platform):
        platform.simulator.say("channel", "visitor", "no command")
        platform.simulator.say("channel", "visitor", "/unknown")
        assert await platform.answer_to("/ping") == "Pong!"
        assert await platform.answer_to("/status") == "状态: 在线"


async def test_a_guild_that_is_not_allowed_is_not_answered(platform: Platform) -> None:
    bot = Bot(platform.credentials, Intents.default(), handler=FilteringHandler(set(), "/"), settings=platform.settings)
    finished = trio.Event()

    @bot.on(AtMessageCreate)
    async def note(ctx: Context[AtMessageCreate], event: AtMessageCreate) -> None:
        finished.set()

    async with running(bot, platform):
        platform.simulator.say("channel", "visitor", "/ping")
        await finished.wait()
    assert platform.simulator.ledger.replies == []
