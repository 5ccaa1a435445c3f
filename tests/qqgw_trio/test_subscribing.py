"""Which intents a bot asks for, what is said about them, and what happens when they are refused."""

from __future__ import annotations

import logging
import signal
from collections.abc import Generator
from typing import Any

import pytest

from qqgw_proto.errors import GatewayError, InsufficientPermissions, InvalidIntents, RateLimited
from qqgw_proto.events import Event, GroupAtMessageCreate, GuildCreate, Intents, MessageCreate, Ready
from qqgw_proto.machine import effects as do
from qqgw_trio import Bot, Credentials, EventHandler, GatewayConfig
from qqgw_trio.handlers import Handlers
from qqgw_trio.subscribing import Subscribing
from support.elsewhere import Elsewhere
from support.handling import AnyContext
from support.programs import BOTS, environment, program

REFUSED = InvalidIntents((9, 26), "the gateway closed the connection: an intent is not permitted", code=4014)


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
    with caplog.at_level(logging.WARNING, "qqgw_trio.subscribing"):
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


# --- when they are refused


def test_a_refusal_names_the_suspicious_intents() -> None:
    subscribing = made(given=Intents.GUILDS | Intents.GUILD_MESSAGES | Intents.INTERACTION)
    subscribing.begin(None, negotiate=False)
    with pytest.raises(InvalidIntents) as caught:
        subscribing.give_way(REFUSED, None)
    assert caught.value.message == (
        "the gateway closed the connection: an intent is not permitted; suspicious intent bits: 9, 26:"
        " GUILD_MESSAGES (bit 9, private bots only),"
        " INTERACTION (bit 26, needs approval on the platform's console)"
    )
    assert (caught.value.suspects, caught.value.code) == ((9, 26), 4014)
    assert caught.value.remedy == REFUSED.remedy


def test_where_nothing_is_suspicious_the_error_stays_as_it_is() -> None:
    subscribing = made(given=Intents.GUILDS)
    subscribing.begin(None, negotiate=True)
    with pytest.raises(InvalidIntents) as caught:
        subscribing.give_way(REFUSED, None)
    assert caught.value is REFUSED


def test_negotiation_drops_the_privileged_bits_once_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    subscribing = made(GuildCreate, "INTERACTION_CREATE")
    subscribing.begin(None, negotiate=True)
    subscribing.give_way(REFUSED, None)
    assert subscribing.intents(None) == Intents.GUILDS
    assert [record.getMessage() for record in caplog.records] == [
        (
            "the gateway refused the intents (the gateway closed the connection: an intent is not permitted;"
            " suspicious intent bits: 9, 26);"
            " going on without INTERACTION (bit 26, needs approval on the platform's console)"
        ),
        "INTERACTION_CREATE has a handler, but no chosen intent delivers it: add INTERACTION",
    ]
    with pytest.raises(InvalidIntents):
        subscribing.give_way(REFUSED, None)
    subscribing.begin(None, negotiate=False)  # started again
    assert subscribing.intents(None) == Intents.GUILDS | Intents.INTERACTION


def test_where_nothing_would_be_left_there_is_nothing_to_negotiate() -> None:
    subscribing = made(GroupAtMessageCreate)
    subscribing.begin(None, negotiate=True)
    with pytest.raises(InvalidIntents, match="GROUP_AND_C2C_EVENT"):
        subscribing.give_way(REFUSED, None)


@pytest.mark.parametrize(
    ("negotiate", "notice", "heeded"),
    [
        (True, do.Retrying(1.0, REFUSED), [REFUSED]),
        (False, do.Retrying(1.0, REFUSED), []),
        (True, do.Retrying(1.0, RateLimited(5)), []),
        (True, do.Disconnected(1, REFUSED), []),
    ],
)
def test_a_refusal_is_answered_at_once_where_negotiation_is_wanted(
    negotiate: bool, notice: do.Notice, heeded: list[GatewayError]
) -> None:
    subscribing = made(GuildCreate)
    subscribing.begin(None, negotiate=negotiate)
    failures: list[GatewayError] = []
    subscribing.heed(notice, failures.append)
    assert failures == heeded


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
    told = [record.getMessage() for record in caplog.records if "commands are heard in channels only" in record.message]
    assert len(told) == is_told
