"""Which intents a bot asks for, and what is said about them."""

from __future__ import annotations

import logging
import signal
from collections.abc import Generator
from typing import Any

import pytest

from qqgw_proto.errors import InsufficientPermissions
from qqgw_proto.events import (
    Event,
    ForumEvent,
    GroupAtMessageCreate,
    GroupMessage,
    GuildCreate,
    Intents,
    Message,
    MessageCreate,
    Ready,
)
from qqgw_trio import Bot, Credentials, EventHandler, GatewayConfig
from qqgw_trio.handler.handlers import Handlers
from qqgw_trio.handler.subscribing import Subscribing
from support.elsewhere import Elsewhere
from support.handling import AnyContext
from support.programs import BOTS, environment, program


async def handle(_ctx: AnyContext, _event: Event) -> None:
    raise AssertionError("nobody calls it")


def made(*what: type[Event] | str, given: Intents | None = None) -> Subscribing:
    handlers = Handlers()
    for one in what:
        handlers.add(handle, [one])
    return Subscribing(given, handlers)


class Channels(EventHandler):
    async def message_create(self, _ctx: AnyContext, _event: Event) -> None:
        raise AssertionError("nobody calls it")


class Groups(EventHandler):
    async def group_message_create(self, _ctx: AnyContext, _event: Event) -> None:
        raise AssertionError("nobody calls it")


class Both(Channels):
    async def at_message_create(self, _ctx: AnyContext, _event: Event) -> None:
        raise AssertionError("nobody calls it")


# --- derived from the handlers


def test_the_handlers_types_say_what_is_asked_for() -> None:
    assert made(GuildCreate, GroupAtMessageCreate).intents(None) == Intents.GUILDS | Intents.GROUP_AND_C2C_EVENT
    assert made(GuildCreate, given=Intents.INTERACTION).intents(None) == Intents.INTERACTION


def test_a_catch_all_alone_asks_for_what_every_bot_has_and_beside_others_for_nothing_more() -> None:
    handlers = Handlers()
    handlers.add(handle)
    assert Subscribing(None, handlers).intents(None) == Intents.default()
    handlers.add(handle, [GroupAtMessageCreate])
    assert Subscribing(None, handlers).intents(None) == Intents.GROUP_AND_C2C_EVENT


def test_without_handlers_or_with_ready_alone_it_is_what_every_bot_has() -> None:
    assert made().intents(None) == Intents.default()
    assert made(Ready).intents(None) == Intents.default()


@pytest.mark.parametrize(
    ("handler", "private", "intents"),
    [
        (Channels, None, Intents.PUBLIC_GUILD_MESSAGES),
        (Channels, False, Intents.PUBLIC_GUILD_MESSAGES),
        (Channels, True, Intents.GUILD_MESSAGES),
        (Both, None, Intents.GUILD_MESSAGES | Intents.PUBLIC_GUILD_MESSAGES),
        (Groups, None, Intents.GROUP_AND_C2C_EVENT),
    ],
)
def test_message_create_asks_for_bit_9_only_in_a_bot_declared_private(
    handler: type[EventHandler], private: bool | None, intents: Intents
) -> None:
    bot = Bot(Credentials("1", "secret"), handler=handler(), settings=GatewayConfig(private=private))
    assert bot.intents == intents


@pytest.mark.parametrize(
    ("shape", "private", "intents"),
    [
        (Message, None, Intents.PUBLIC_GUILD_MESSAGES),
        (Message, True, Intents.GUILD_MESSAGES),
        (GroupMessage, None, Intents.GROUP_AND_C2C_EVENT),
        (ForumEvent, None, Intents.OPEN_FORUM_EVENT),
        (ForumEvent, True, Intents.OPEN_FORUM_EVENT | Intents.FORUMS_EVENT),
        (Event, None, Intents.default()),
    ],
)
def test_a_class_that_stands_for_several_asks_for_what_this_bot_is_sure_to_have(
    shape: type[Event], private: bool | None, intents: Intents
) -> None:
    assert made(shape).intents(private) == intents
    assert made(shape, GuildCreate).intents(private) == Intents.GUILDS | (intents if shape is not Event else 0)


async def ping(_ctx: AnyContext) -> None:
    raise AssertionError("nobody calls it")


def test_a_command_asks_for_what_needs_no_approval_or_for_the_types_it_names() -> None:
    settings: dict[bool, Any] = {private: GatewayConfig(private=private) for private in (True, False)}
    who = Credentials("1", "secret")
    bots = {private: Bot(who, settings=settings[private]) for private in (True, False)}
    for bot in bots.values():
        bot.command("ping")(ping)
    assert bots[False].intents == Intents.PUBLIC_GUILD_MESSAGES
    assert bots[True].intents == Intents.GUILD_MESSAGES
    bots[False].command("pong", types=[GroupAtMessageCreate])(ping)
    assert bots[False].intents == Intents.PUBLIC_GUILD_MESSAGES | Intents.GROUP_AND_C2C_EVENT
    only = Bot(who)
    only.command("ping", types=["GROUP_AT_MESSAGE_CREATE"])(ping)
    assert only.intents == Intents.GROUP_AND_C2C_EVENT


# --- what is said at start


def warnings(caplog: pytest.LogCaptureFixture, subscribing: Subscribing, private: bool | None = None) -> list[str]:
    caplog.clear()
    with caplog.at_level(logging.WARNING, "qqgw_trio.handler.subscribing"):
        subscribing.begin(private, negotiate=False)
    return [record.getMessage() for record in caplog.records]


def test_a_public_bot_that_asks_for_bit_9_is_told_of_bit_30(caplog: pytest.LogCaptureFixture) -> None:
    said = warnings(caplog, made(MessageCreate))
    assert said == [
        "GUILD_MESSAGES is for private bots only",
        (
            "GUILD_MESSAGES (bit 9) is every message of a guild; PUBLIC_GUILD_MESSAGES (bit 30) delivers the messages"
            " that mention the bot, without approval"
        ),
    ]
    assert warnings(caplog, made(MessageCreate), private=True) == []


def test_a_bot_declared_public_does_not_start_with_what_only_private_ones_have() -> None:
    with pytest.raises(InsufficientPermissions, match="only private bots may ask for GUILD_MESSAGES"):
        made(MessageCreate).begin(private=False, negotiate=False)
    made(GuildCreate).begin(private=False, negotiate=False)


def test_handlers_without_events_and_intents_without_handlers_are_told(caplog: pytest.LogCaptureFixture) -> None:
    said = warnings(caplog, made(GroupAtMessageCreate, "GUILD_CRATE", given=Intents.INTERACTION))
    assert said == [
        "GROUP_AT_MESSAGE_CREATE has a handler, but no chosen intent delivers it: add GROUP_AND_C2C_EVENT",
        "GUILD_CRATE has a handler, but this version knows no such event: did you mean GUILD_CREATE?",
        "INTERACTION is asked for, but no handler takes any of its events",
    ]


def test_a_bot_without_handlers_or_with_a_catch_all_uses_whatever_it_asks_for(caplog: pytest.LogCaptureFixture) -> None:
    assert warnings(caplog, made(given=Intents.INTERACTION)) == []
    handlers = Handlers()
    handlers.add(handle)
    assert warnings(caplog, Subscribing(Intents.INTERACTION, handlers)) == []


def test_derived_intents_need_no_warning(caplog: pytest.LogCaptureFixture) -> None:
    assert warnings(caplog, made(GuildCreate, GroupAtMessageCreate, Ready)) == []
    assert warnings(caplog, made(Ready)) == []


def test_a_type_that_is_unknown_is_told_of_without_what_every_bot_has(caplog: pytest.LogCaptureFixture) -> None:
    said = ["GUILD_CRATE has a handler, but this version knows no such event: did you mean GUILD_CREATE?"]
    assert warnings(caplog, made("GUILD_CRATE")) == said


@pytest.fixture
def elsewhere() -> Generator[Elsewhere]:
    with Elsewhere() as found:
        yield found


async def test_who_runs_a_bot_sees_the_warnings_once(elsewhere: Elsewhere) -> None:
    simulator = elsewhere.simulator
    env = environment(QQ_BOT_APP_ID=simulator.app_id, QQ_BOT_SECRET=simulator.secret)
    where = ("--api-url", simulator.rest_url, "--token-url", simulator.token_url)
    async with program("run", f"{BOTS / 'deaf.py'}:bot", *where, env=env) as running:
        await running.until(lambda: any("is ready" in line for line in (*running.err, *running.out)))
        await running.end(signal.SIGINT)
    missing = "GROUP_AT_MESSAGE_CREATE has a handler, but no chosen intent delivers it: add GROUP_AND_C2C_EVENT"
    idle = "GUILDS is asked for, but no handler takes any of its events"
    assert [sum(warning in line for line in running.err) for warning in (missing, idle)] == [1, 1]


@pytest.mark.parametrize(
    ("given", "types", "is_told"),
    [
        (None, (), True),
        (Intents.PUBLIC_GUILD_MESSAGES, (), False),
        (None, ("AT_MESSAGE_CREATE",), False),
        (None, ("GROUP_AT_MESSAGE_CREATE",), False),
    ],
)
def test_a_bot_whose_commands_are_heard_in_channels_only_is_told(
    given: Intents | None, types: tuple[str, ...], is_told: bool, caplog: pytest.LogCaptureFixture
) -> None:
    bot = Bot(Credentials("1", "secret"), given)

    @bot.command("ping", types=types)
    async def ping(_ctx: AnyContext) -> None:
        raise AssertionError("nobody calls it")

    Subscribing(given, bot.handlers).begin(None, negotiate=False)
    told = [record for record in caplog.records if "in channels are heard for commands: to hear" in record.getMessage()]
    assert len(told) == is_told


def test_a_bot_whose_handler_of_every_message_hears_channels_only_is_told(caplog: pytest.LogCaptureFixture) -> None:
    where = f"{__file__}:{handle.__code__.co_firstlineno}"
    assert warnings(caplog, made(Message)) == [
        (
            f"only messages in channels are heard for handle ({where}): to hear groups and C2C as well, add"
            " GROUP_AND_C2C_EVENT to the bot's intents; if channels are enough, name the types"
        )
    ]
    assert warnings(caplog, made(Message, GroupAtMessageCreate)) == []
    assert warnings(caplog, made(Message, given=Intents.PUBLIC_GUILD_MESSAGES)) == []
