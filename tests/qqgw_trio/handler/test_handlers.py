"""Which function handles which event."""

from __future__ import annotations

from typing import Any

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.events import (
    AtMessageCreate,
    AudioOnMic,
    Event,
    GroupMessage,
    GuildCreate,
    MessageCreate,
    UnknownEvent,
)
from qqgw_trio.handler.handlers import Handlers, type_names_of
from support.handling import HandlerLog as Log
from support.handling import make_dispatch as dispatch


def test_events_are_named_by_class_or_by_type_name() -> None:
    assert type_names_of([GuildCreate, "AT_MESSAGE_CREATE", "NOT_YET_KNOWN"]) == (
        "GUILD_CREATE",
        "AT_MESSAGE_CREATE",
        "NOT_YET_KNOWN",
    )
    assert type_names_of([GroupMessage, "GUILD_CREATE"]) == (
        "GROUP_AT_MESSAGE_CREATE",
        "GROUP_MESSAGE_CREATE",
        "GUILD_CREATE",
    )


@pytest.mark.parametrize("what", [UnknownEvent, int, object])
def test_what_names_no_event_is_refused(what: type[Any]) -> None:
    with pytest.raises(ConfigurationError, match="names no event: give an event class, or a type name such as"):
        Handlers().add(print, [what])


def of_one(_event: object) -> None:
    raise AssertionError("nobody calls it")


def test_what_was_probably_meant_is_said() -> None:
    meant: Any = of_one
    with pytest.raises(ConfigurationError, match=r"names no event: write @bot.on\(…\) with"):
        Handlers().add(print, [meant])


async def test_a_class_that_stands_for_several_is_each_of_them() -> None:
    log = Log()
    log.handler("group", GroupMessage)
    log.handler("every", Event)
    for name in ("GROUP_AT_MESSAGE_CREATE", "GROUP_MESSAGE_CREATE", "C2C_MESSAGE_CREATE", "NOT_YET_KNOWN"):
        await log.take(dispatch(name))
    assert log.calls == ["group", "every", "group", "every", "every", "every"]


GROUP = frozenset({"GROUP_AT_MESSAGE_CREATE", "GROUP_MESSAGE_CREATE"})
GUILD = frozenset({"GUILD_CREATE"})


@pytest.mark.parametrize(
    ("what", "any_will_do", "asks"),
    [
        ((GuildCreate, "AT_MESSAGE_CREATE"), False, (GUILD, frozenset({"AT_MESSAGE_CREATE"}))),
        ((GuildCreate, "AT_MESSAGE_CREATE"), True, (GUILD | {"AT_MESSAGE_CREATE"},)),
        ((GroupMessage, GuildCreate, "GUILD_CREATE"), False, (GROUP, GUILD)),
        ((), False, ()),
        ((), True, ()),
        ((Event, GuildCreate), True, ()),
    ],
    ids=["every one", "any one", "one of a family", "catch-all", "any of all", "all there are"],
)
def test_a_handler_asks_for_its_types(
    what: tuple[type[Event] | str, ...], any_will_do: bool, asks: tuple[frozenset[str], ...]
) -> None:
    handlers = Handlers()
    handlers.add(print, what, any_will_do=any_will_do)
    [entry] = handlers.entries
    assert entry.asks == asks


def test_a_function_that_cannot_take_context_and_event_is_refused_at_once() -> None:
    wrong: Any = of_one
    silent: Any = zip  # It does not say what it takes.
    with pytest.raises(ConfigurationError, match=r"of_one cannot be called with \(ctx, event\): .*: let it take"):
        Handlers().add(wrong)
    Handlers().add(silent)


def test_a_where_that_is_no_function_is_refused_at_once() -> None:
    always: Any = True
    with pytest.raises(ConfigurationError, match="True is no filter: give a function of the event"):
        Handlers().add(print, where=always)


@pytest.mark.parametrize("named", ["ON_MIC", "AUDIO_ON_MIC", AudioOnMic])
@pytest.mark.parametrize("sent", ["ON_MIC", "AUDIO_ON_MIC"])
async def test_both_names_of_the_microphone_events_mean_the_same(named: str | type[Event], sent: str) -> None:
    log = Log()
    log.handler("mic", named)
    await log.take(dispatch(sent))
    assert log.calls == ["mic"]


async def test_an_event_reaches_its_handlers_and_every_catch_all_in_the_order_of_registration() -> None:
    log = Log()
    log.handler("all")
    log.handler("guild", GuildCreate)
    log.handler("message", AtMessageCreate, MessageCreate)
    log.handler("both", "GUILD_CREATE", AtMessageCreate)
    await log.take(dispatch("GUILD_CREATE"))
    await log.take(dispatch("AT_MESSAGE_CREATE"))
    await log.take(dispatch("MESSAGE_CREATE"))
    await log.take(dispatch("GUILD_DELETE"))
    assert log.calls == ["all", "guild", "both", "all", "message", "both", "all", "message", "all"]


async def test_a_handler_registered_later_is_called_as_well() -> None:
    log = Log()
    log.handler("early", GuildCreate)
    await log.take(dispatch("GUILD_CREATE"))
    log.handler("late", GuildCreate)
    await log.take(dispatch("GUILD_CREATE"))
    assert log.calls == ["early", "early", "late"]


async def test_only_what_the_filter_lets_pass_reaches_a_handler() -> None:
    log = Log()
    log.handler("home", GuildCreate, where=lambda event: event.guild == "home")
    log.handler("any", GuildCreate)
    await log.take(dispatch("GUILD_CREATE", {"id": "home"}))
    await log.take(dispatch("GUILD_CREATE", {"id": "away"}))
    assert log.calls == ["home", "any", "any"]


def test_it_is_known_which_types_are_wanted() -> None:
    log = Log()
    log.handler("guild", GuildCreate, "NOT_YET_KNOWN")
    assert log.handlers.type_names == ("GUILD_CREATE", "NOT_YET_KNOWN")
    assert log.handlers.wants("GUILD_CREATE")
    assert log.handlers.wants("NOT_YET_KNOWN")
    assert not log.handlers.wants("GUILD_DELETE")
    assert not log.handlers.wants("INVENTED")
    assert not log.handlers.wants(None)
    log.handler("all")
    assert log.handlers.wants("INVENTED")
    assert log.handlers.wants(None)
    assert log.handlers.type_names == ("GUILD_CREATE", "NOT_YET_KNOWN")
    assert [entry.name.startswith("HandlerLog.handler.<locals>.call (") for entry in log.handlers.entries] == [True] * 2
