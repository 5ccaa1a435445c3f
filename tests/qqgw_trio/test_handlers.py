"""Which function handles which event, and what happens where one raises."""

from __future__ import annotations

import functools
import logging
import threading
from typing import Any, cast

import pytest
import trio

from qqgw_proto.errors import ConfigurationError, EventDecodeError
from qqgw_proto.events import AtMessageCreate, Event, GuildCreate, MessageCreate, UnknownEvent
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.handlers import MOST_UNFINISHED, HandlerFunction, Handlers, type_names_of
from support.handling import AnyContext, make_context
from support.handling import make_dispatch as dispatch


class Log:
    """Handlers that note their name, and raise as often as they are told."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.events: list[Event] = []
        self.failures: dict[str, int] = {}
        self.handlers = Handlers()

    def handler(self, name: str, *what: type[Event] | str) -> None:
        async def call(_ctx: AnyContext, event: Event) -> None:
            self.calls.append(name)
            self.events.append(event)
            if self.failures.get(name, 0) > 0:
                self.failures[name] -= 1
                raise RuntimeError(name)

        self.handlers.add(call, what)

    async def take(self, event: Dispatch) -> None:
        await self.handlers.handle(event, make_context)


# --- registration


def test_events_are_named_by_class_or_by_type_name() -> None:
    assert type_names_of([GuildCreate, "AT_MESSAGE_CREATE", "NOT_YET_KNOWN"]) == (
        "GUILD_CREATE",
        "AT_MESSAGE_CREATE",
        "NOT_YET_KNOWN",
    )


@pytest.mark.parametrize("what", [Event, UnknownEvent, int])
def test_what_names_no_event_is_refused(what: type[Any]) -> None:
    with pytest.raises(ConfigurationError, match="names no event: give an event class, or a type name such as"):
        Handlers().add(print, [what])


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
    assert log.handlers.type_names == ("GUILD_CREATE", "NOT_YET_KNOWN")


# --- what a handler gets


async def test_handlers_of_one_event_share_the_typed_event() -> None:
    log = Log()
    log.handler("one", GuildCreate)
    log.handler("two")
    await log.take(dispatch("GUILD_CREATE", {"id": "g1", "name": "home"}))
    first, second = log.events
    assert isinstance(first, GuildCreate)
    assert first is second
    assert first.name == "home"


async def test_a_type_that_is_unknown_reaches_who_names_it_and_catch_alls_raw() -> None:
    log = Log()
    log.handler("named", "BRAND_NEW")
    log.handler("all")
    log.handler("other", GuildCreate)
    await log.take(dispatch("BRAND_NEW", {"some": "thing"}))
    assert log.calls == ["named", "all"]
    assert isinstance(log.events[0], UnknownEvent)
    assert log.events[0].type_name == "BRAND_NEW"
    assert bytes(log.events[0].raw) == b'{"some":"thing"}'


async def test_a_payload_of_the_wrong_shape_reaches_catch_alls_raw_and_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = Log()
    log.handler("guild", GuildCreate)
    log.handler("all")
    with caplog.at_level(logging.WARNING, "qqgw_trio.handlers"):
        await log.take(dispatch("GUILD_CREATE", {"id": {"no": "id"}}))
    assert log.calls == ["all"]
    assert isinstance(log.events[0], UnknownEvent)
    assert log.events[0].type_name == "GUILD_CREATE"
    assert bytes(log.events[0].raw) == b'{"id":{"no":"id"}}'
    [record] = caplog.records
    assert "GUILD_CREATE does not decode at $.id" in record.getMessage()


async def test_a_payload_of_the_wrong_shape_without_a_catch_all_is_an_error() -> None:
    log = Log()
    log.handler("guild", GuildCreate)
    with pytest.raises(EventDecodeError, match=r"GUILD_CREATE does not decode at \$\.id"):
        await log.take(dispatch("GUILD_CREATE", {"id": {"no": "id"}}))
    assert log.calls == []


# --- sync and async


async def test_a_sync_handler_runs_in_a_thread_and_can_call_back() -> None:
    here = threading.current_thread()
    threads: list[threading.Thread] = []
    handlers = Handlers()

    def handle(_ctx: AnyContext, _event: Event) -> str:
        threads.append(threading.current_thread())
        trio.from_thread.run_sync(lambda: threads.append(threading.current_thread()))
        return "what it returns is nobody's business"

    handlers.add(cast("HandlerFunction", handle))
    await handlers.handle(dispatch("GUILD_CREATE"), make_context)
    assert threads[0] is not here
    assert threads[1] is here


async def test_async_functions_are_awaited_however_they_are_wrapped() -> None:
    calls: list[str] = []
    handlers = Handlers()

    async def note(name: str, _ctx: AnyContext, _event: Event) -> None:
        await trio.lowlevel.checkpoint()
        calls.append(name)

    class Callable:
        async def __call__(self, ctx: AnyContext, event: Event) -> None:
            await note("an object", ctx, event)

    handlers.add(functools.partial(note, "a partial"))
    handlers.add(Callable())
    handlers.add(lambda ctx, event: note("a lambda", ctx, event))
    await handlers.handle(dispatch("GUILD_CREATE"), make_context)
    assert calls == ["a partial", "an object", "a lambda"]


# --- a handler that raises


async def test_all_handlers_are_called_though_one_raises_and_the_first_error_is_told() -> None:
    log = Log()
    for name in ("one", "two", "three"):
        log.handler(name)
    log.failures = {"one": 1, "three": 1}
    with pytest.raises(RuntimeError, match="one"):
        await log.take(dispatch("GUILD_CREATE"))
    assert log.calls == ["one", "two", "three"]


async def test_on_a_repetition_only_those_are_called_that_raised() -> None:
    log = Log()
    for name in ("one", "two", "three"):
        log.handler(name)
    log.failures = {"one": 2, "three": 1}
    event, other = dispatch("GUILD_CREATE"), dispatch("GUILD_CREATE")
    with pytest.raises(RuntimeError, match="one"):
        await log.take(event)
    log.calls.clear()
    with pytest.raises(RuntimeError, match="one"):
        await log.take(event)
    assert log.calls == ["one", "three"]
    log.calls.clear()
    await log.take(other)
    assert log.calls == ["one", "two", "three"]
    log.calls.clear()
    await log.take(event)
    assert log.calls == ["one"]


async def test_an_event_that_is_given_up_is_forgotten() -> None:
    log = Log()
    log.handler("one")
    log.handler("two")
    log.failures = {"one": 1}
    event = dispatch("GUILD_CREATE")
    with pytest.raises(RuntimeError, match="one"):
        await log.take(event)
    log.handlers.forget(event)
    log.handlers.forget(event)
    log.calls.clear()
    await log.take(event)
    assert log.calls == ["one", "two"]


async def test_memory_of_failures_is_bounded() -> None:
    log = Log()
    log.handler("one")
    log.handler("two")
    events = [dispatch("GUILD_CREATE") for _ in range(MOST_UNFINISHED + 1)]
    log.failures = {"one": len(events)}
    for event in events:
        with pytest.raises(RuntimeError, match="one"):
            await log.take(event)
    log.calls.clear()
    await log.take(events[0])
    await log.take(events[-1])
    assert log.calls == ["one", "two", "one"]


async def test_a_cancelled_handler_is_no_failure() -> None:
    log = Log()

    async def sleep(_ctx: AnyContext, _event: Event) -> None:
        await trio.sleep_forever()

    log.handlers.add(sleep)
    log.handler("behind")
    with trio.CancelScope() as scope:
        scope.cancel()
        await log.take(dispatch("GUILD_CREATE"))
    assert scope.cancelled_caught
    assert log.calls == []


# --- names


def test_a_handler_is_named_with_its_place() -> None:
    log = Log()
    log.handler("one")
    [handler] = log.handlers.of_type("GUILD_CREATE")
    assert handler.name.startswith("Log.handler.<locals>.call (")
    assert handler.name.endswith(")")
    handlers = Handlers()
    handlers.add(print)
    [builtin] = handlers.of_type("GUILD_CREATE")
    assert builtin.name == "print"
