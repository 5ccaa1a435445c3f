"""One method per event, in the specification's style."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.events import Event, Intents
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio import Bot, Credentials, EventHandler
from qqgw_trio.handler.failures import HandlersFailed
from qqgw_trio.handler.handlers import Handlers
from support.handling import AnyContext, make_context, make_dispatch


def message(type_name: str, message_id: str | None, event_id: str = "e1") -> Dispatch:
    data = {"content": "hi"} if message_id is None else {"content": "hi", "id": message_id}
    return make_dispatch(type_name, data, event_id)


class Calling:
    """What becomes of events in the hands of a handler."""

    def __init__(self, handler: EventHandler) -> None:
        self.handlers = Handlers()
        for function, type_names in handler.handlers():
            self.handlers.add(function, type_names)

    async def __call__(self, dispatch: Dispatch) -> None:
        await self.handlers.handle(dispatch, make_context, attempts=3)


class Channels(EventHandler):
    """Handles messages in channels, whichever type they come as."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.failures = 0

    async def message_create(self, _ctx: AnyContext, event: Event) -> None:
        self.seen.append(event.type_name)
        if self.failures:
            self.failures -= 1
            raise RuntimeError("not now")


class Groups(EventHandler):
    """Handles messages in groups, in a thread."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def group_message_create(self, _ctx: AnyContext, event: Event) -> None:
        self.seen.append(event.type_name)


class Both(Channels):
    """Tells the two types apart."""

    async def at_message_create(self, _ctx: AnyContext, event: Event) -> None:
        self.seen.append(f"at: {event.type_name}")


@pytest.mark.parametrize("type_name", ["MESSAGE_CREATE", "AT_MESSAGE_CREATE"])
async def test_message_create_is_called_for_both_types_of_channel_messages(type_name: str) -> None:
    handler = Channels()
    await Calling(handler)(message(type_name, "m1"))
    assert handler.seen == [type_name]


@pytest.mark.parametrize("type_name", ["GROUP_MESSAGE_CREATE", "GROUP_AT_MESSAGE_CREATE"])
async def test_group_message_create_is_called_for_both_types_of_group_messages(type_name: str) -> None:
    handler = Groups()
    await Calling(handler)(message(type_name, "m1"))
    assert handler.seen == [type_name]


async def test_an_overridden_at_message_create_takes_its_type_away_from_message_create() -> None:
    handler = Both()
    calling = Calling(handler)
    await calling(message("AT_MESSAGE_CREATE", "m1"))
    await calling(message("MESSAGE_CREATE", "m2"))
    assert handler.seen == ["at: AT_MESSAGE_CREATE", "MESSAGE_CREATE"]


@pytest.mark.parametrize(
    ("make", "types"),
    [
        (Channels, ("AT_MESSAGE_CREATE", "MESSAGE_CREATE")),
        (Channels, ("MESSAGE_CREATE", "AT_MESSAGE_CREATE")),
        (Groups, ("GROUP_AT_MESSAGE_CREATE", "GROUP_MESSAGE_CREATE")),
    ],
)
async def test_a_message_that_comes_as_both_types_is_handled_once(
    make: Callable[[], Channels | Groups], types: tuple[str, str]
) -> None:
    handler = make()
    calling = Calling(handler)
    for event_id, type_name in enumerate(types):
        await calling(message(type_name, "m1", str(event_id)))
    assert handler.seen == [types[0]]
    await calling(message(types[1], "m2", "2"))
    assert handler.seen == [types[0], types[1]]


async def test_messages_without_an_id_are_all_handled() -> None:
    handler = Channels()
    calling = Calling(handler)
    await calling(message("AT_MESSAGE_CREATE", None))
    await calling(message("MESSAGE_CREATE", None))
    assert handler.seen == ["AT_MESSAGE_CREATE", "MESSAGE_CREATE"]


async def test_a_message_whose_handling_failed_is_not_taken_for_handled() -> None:
    handler = Channels()
    handler.failures = 1
    calling = Calling(handler)
    event = message("AT_MESSAGE_CREATE", "m1")
    with pytest.raises(HandlersFailed):
        await calling(event)
    await calling(event)
    await calling(message("MESSAGE_CREATE", "m1"))
    assert handler.seen == ["AT_MESSAGE_CREATE", "AT_MESSAGE_CREATE"]


async def test_an_error_names_the_users_own_method() -> None:
    [(function, _)] = Groups().handlers()
    handlers = Handlers()
    handlers.add(function)
    [handler] = handlers.entries
    assert handler.name.startswith("Groups.group_message_create (")
    assert "test_event_handler.py" in handler.name


# --- names


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("mesage_create", "did you mean message_create? name helper methods with a leading underscore"),
        ("group_at_message", "did you mean group_at_message_create? name helper methods with a leading underscore"),
        ("on_error", "name helper methods with a leading underscore"),
    ],
)
def test_a_method_that_names_no_event_is_refused_at_construction_with_the_nearest_name(name: str, advice: str) -> None:
    async def method(_self: EventHandler, _ctx: AnyContext, _event: Event) -> None:
        raise AssertionError("nobody calls it")

    wrong = type("Wrong", (EventHandler,), {name: method})
    with pytest.raises(ConfigurationError) as caught:
        wrong()
    assert caught.value.message == f"Wrong.{name} names no event"
    assert caught.value.remedy == advice


def test_helpers_attributes_and_arguments_are_the_users_own() -> None:
    class Mine(EventHandler):
        """All that a class may have besides."""

        prefix = "/"

        class Options:
            """No method."""

        def __init__(self, prefix: str, *, when_done: Callable[[], None]) -> None:
            self.prefix = prefix
            self.when_done = when_done

        def _helper(self) -> None:
            raise AssertionError("nobody calls it")

        async def ready(self, _ctx: AnyContext, _event: Event) -> None:
            raise AssertionError("nobody calls it")

    mine = Mine("!", when_done=lambda: None)
    assert [type_names for _, type_names in mine.handlers()] == [("READY",)]


def test_every_method_subscribes_to_its_event() -> None:
    assert Bot(Credentials("1", "secret"), handler=Groups()).intents == Intents.GROUP_AND_C2C_EVENT
    assert EventHandler().handlers() == []


def test_a_class_in_place_of_an_object_is_refused() -> None:
    of_class: Any = Groups
    with pytest.raises(ConfigurationError, match=r"Groups is a class: give an object: Groups\(\)"):
        Bot(Credentials("1", "secret"), handler=of_class)
