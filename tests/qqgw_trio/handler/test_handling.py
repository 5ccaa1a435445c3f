"""What happens to one event: decoding, handlers, errors, repetition. Middleware is in `test_middleware`."""

from __future__ import annotations

import asyncio
import logging

import pytest
import trio

from qqgw_proto.errors import ConfigurationError, EventDecodeError, GatewayError, MisuseError
from qqgw_proto.events import Event, GuildCreate, UnknownEvent
from qqgw_trio.handler.failures import Failure, HandlersFailed
from qqgw_trio.handler.handler_errors import NotRetried
from qqgw_trio.handler.handlers import Handlers
from qqgw_trio.handler.handling import MOST_UNFINISHED
from qqgw_trio.handler.interruptions import HandlerInterrupted
from support.handling import AnyContext, make_context
from support.handling import HandlerLog as Log
from support.handling import make_dispatch as dispatch

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
    with caplog.at_level(logging.WARNING, "qqgw_trio.handler.handling"):
        await log.take(dispatch("GUILD_CREATE", {"id": {"no": "id"}}))
    assert log.calls == ["all"]
    assert isinstance(log.events[0], UnknownEvent)
    assert log.events[0].type_name == "GUILD_CREATE"
    assert bytes(log.events[0].raw) == b'{"id":{"no":"id"}}'
    [record] = caplog.records
    assert "GUILD_CREATE does not decode at $.id" in record.getMessage()


async def test_a_payload_of_the_wrong_shape_without_a_catch_all_is_told_once_and_not_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = Log()
    log.handler("guild", GuildCreate)
    with caplog.at_level(logging.WARNING, "qqgw_trio"):
        await log.take(dispatch("GUILD_CREATE", {"id": {"no": "id"}}))
    assert log.calls == []
    [record] = caplog.records
    assert record.getMessage() == "decoding failed on GUILD_CREATE (event id e1), attempt 1 of 1: given up"
    assert record.exc_info
    assert str(record.exc_info[1]).startswith("GUILD_CREATE does not decode at $.id")


async def test_error_hooks_hear_of_a_payload_of_the_wrong_shape() -> None:
    log = Log()
    log.handler("guild", GuildCreate)
    failures: list[Failure] = []

    async def hook(ctx: AnyContext, failure: Failure) -> bool:
        assert isinstance(ctx.event, UnknownEvent)
        failures.append(failure)
        return True

    log.handlers.add_error_hook(hook)
    await log.take(dispatch("GUILD_CREATE", {"id": {"no": "id"}}))
    [failure] = failures
    assert isinstance(failure.error, EventDecodeError)
    assert failure.given_up


# --- a handler that raises


async def test_all_handlers_are_called_though_one_raises() -> None:
    log = Log()
    for name in ("one", "two", "three"):
        log.handler(name)
    log.failures = {"one": 1, "three": 1}
    with pytest.raises(HandlersFailed, match="2 of the handlers of GUILD_CREATE failed") as caught:
        await log.take(dispatch("GUILD_CREATE"))
    assert str(caught.value.__cause__) == "one"
    assert log.calls == ["one", "two", "three"]


async def test_on_a_repetition_only_those_are_called_that_raised() -> None:
    log = Log()
    for name in ("one", "two", "three"):
        log.handler(name)
    log.failures = {"one": 2, "three": 1}
    event, other = dispatch("GUILD_CREATE"), dispatch("GUILD_CREATE")
    for _ in range(2):
        with pytest.raises(HandlersFailed):
            await log.take(event)
    assert log.calls == ["one", "two", "three", "one", "three"]
    log.calls.clear()
    await log.take(other)
    assert log.calls == ["one", "two", "three"]
    log.calls.clear()
    await log.take(event)
    assert log.calls == ["one"]


async def test_each_failure_of_each_handler_is_told_with_its_attempt(caplog: pytest.LogCaptureFixture) -> None:
    log = Log()
    for name in ("one", "two"):
        log.handler(name)
    log.failures = {"one": 9, "two": 1}
    event = dispatch("GUILD_CREATE")
    with caplog.at_level(logging.ERROR, "qqgw_trio"):
        for _ in range(3):
            with pytest.raises(HandlersFailed):
                await log.take(event)
    lines = [record.getMessage().partition("), ")[2] for record in caplog.records]
    errors = [str(record.exc_info and record.exc_info[1]) for record in caplog.records]
    assert list(zip(errors, lines, strict=True)) == [
        ("one", "attempt 1 of 3"),
        ("two", "attempt 1 of 3"),
        ("one", "attempt 2 of 3"),
        ("one", "attempt 3 of 3: given up"),
    ]


async def test_an_event_that_is_given_up_is_forgotten() -> None:
    log = Log()
    log.handler("one")
    log.handler("two")
    log.failures = {"one": 3}
    event = dispatch("GUILD_CREATE")
    for _ in range(3):
        with pytest.raises(HandlersFailed):
            await log.take(event)
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
        with pytest.raises(HandlersFailed):
            await log.take(event)
    log.calls.clear()
    await log.take(events[0])
    await log.take(events[-1])
    assert log.calls == ["one", "two", "one"]


@pytest.mark.parametrize("hopeless", [NotRetried, ConfigurationError, MisuseError])
async def test_what_can_never_succeed_is_not_tried_again(
    hopeless: type[GatewayError], caplog: pytest.LogCaptureFixture
) -> None:
    log = Log()
    log.handler("one")
    log.handler("two")
    log.failures = {"one": 9, "two": 1}
    log.errors["one"] = hopeless("there is no way")
    event = dispatch("GUILD_CREATE")
    with pytest.raises(HandlersFailed):
        await log.take(event)
    await log.take(event)
    assert log.calls == ["one", "two", "two"]
    assert "attempt 1 of 3: given up" in caplog.records[0].getMessage()
    log.calls.clear()
    await log.take(dispatch("GUILD_CREATE"))  # Only the hopeless one fails: nothing is left to try.
    assert log.calls == ["one", "two"]


async def test_a_filter_that_raises_is_a_failure_of_its_handler(caplog: pytest.LogCaptureFixture) -> None:
    log = Log()

    def broken(_event: Event) -> bool:
        raise RuntimeError("a broken filter")

    log.handler("one", where=broken)
    log.handler("two")
    with pytest.raises(HandlersFailed):
        await log.take(dispatch("GUILD_CREATE"))
    assert log.calls == ["two"]
    assert caplog.records[0].getMessage().startswith("handler HandlerLog.handler.<locals>.call (")


async def test_a_cancelled_handler_is_no_failure_and_who_was_not_reached_is_called_later() -> None:
    log = Log()
    may_pass: list[bool] = []

    async def sleep(_ctx: AnyContext, _event: Event) -> None:
        if not may_pass:
            await trio.sleep_forever()
        log.calls.append("sleeper")

    log.handler("before")
    log.handler("failing")
    log.handlers.add(sleep)
    log.handler("behind")
    log.failures = {"failing": 1}
    event = dispatch("GUILD_CREATE")
    with trio.CancelScope() as scope:
        scope.cancel()
        await log.take(event)
    assert scope.cancelled_caught
    assert log.calls == ["before", "failing"]
    may_pass.append(True)
    await log.take(event)
    assert log.calls == ["before", "failing", "failing", "sleeper", "behind"]


@pytest.mark.parametrize("no_exception", [asyncio.CancelledError(), SystemExit(3)], ids=repr)
@pytest.mark.parametrize("count", [1, 2])  # A handler that is alone is called in a way of its own.
async def test_what_is_no_exception_is_a_failure_unless_it_is_ctrl_c(count: int, no_exception: BaseException) -> None:
    log = Log()
    for name in ("one", "two")[:count]:
        log.handler(name)
    log.failures = {"one": 2}
    log.errors["one"] = no_exception
    event = dispatch("GUILD_CREATE")
    with pytest.raises(HandlersFailed) as raised:
        await log.take(event)
    assert isinstance(raised.value.__cause__, HandlerInterrupted)
    log.errors["one"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        await log.take(event)
    await log.take(event)
    assert log.calls == [*("one", "two")[:count], "one", "one"]


# --- hooks


async def test_the_handlers_own_hook_is_told_before_the_bots() -> None:
    calls: list[str] = []
    handlers = Handlers()

    async def fail(_ctx: AnyContext, _event: Event) -> None:
        raise RuntimeError("a bug")

    async def own(_ctx: AnyContext, failure: Failure) -> None:
        calls.append(f"own: {failure.attempt}")

    async def central(_ctx: AnyContext, failure: Failure) -> None:
        calls.append(f"central: {failure.given_up}")

    handlers.add_error_hook(central)
    handlers.add(fail, on_error=own)
    event = dispatch("GUILD_CREATE")
    for _ in range(2):
        with pytest.raises(HandlersFailed):
            await handlers.handle(event, make_context, attempts=2)
    assert calls == ["own: 1", "central: False", "own: 2", "central: True"]


async def test_what_a_hook_has_dealt_with_is_not_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    log = Log()
    log.failures = {"one": 9}

    def deal(_ctx: AnyContext, _failure: Failure) -> bool:
        return True

    log.handler("one", on_error=deal)
    await log.take(dispatch("GUILD_CREATE"))
    assert log.calls == ["one"]
    assert caplog.records == []
