"""Functions around all handlers of an event."""

from __future__ import annotations

import asyncio

import pytest
import trio

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.events import Event
from qqgw_trio.handler.failures import HandlersFailed
from qqgw_trio.handler.interruptions import HandlerInterrupted
from qqgw_trio.handler.middleware import CallNext
from support.handling import AnyContext
from support.handling import HandlerLog as Log
from support.handling import make_dispatch as dispatch


async def test_middleware_is_called_around_the_handlers_outermost_first() -> None:
    log = Log()

    async def outer(ctx: AnyContext, event: Event, call_next: CallNext) -> None:
        log.calls.append(f"outer {event.type_name} {ctx.event is event}")
        await call_next()
        log.calls.append("outer out")

    async def inner(_ctx: AnyContext, _event: Event, call_next: CallNext) -> None:
        log.calls.append("inner")
        await call_next()
        log.calls.append("inner out")

    log.handlers.add_middleware(outer)
    log.handlers.add_middleware(inner)
    log.handler("one")
    log.handler("two")
    await log.take(dispatch("GUILD_CREATE"))
    assert log.calls == ["outer GUILD_CREATE True", "inner", "one", "two", "inner out", "outer out"]


async def test_who_does_not_call_what_is_inside_keeps_the_event_from_the_handlers() -> None:
    log = Log()

    async def guard(_ctx: AnyContext, event: Event, call_next: CallNext) -> None:
        if event.guild == "home":
            await call_next()

    log.handlers.add_middleware(guard)
    log.handler("one")
    await log.take(dispatch("GUILD_CREATE", {"id": "away"}))
    assert log.calls == []
    await log.take(dispatch("GUILD_CREATE", {"id": "home"}))
    assert log.calls == ["one"]


async def test_who_catches_what_a_handler_raised_has_dealt_with_it(caplog: pytest.LogCaptureFixture) -> None:
    log = Log()
    caught: list[str] = []

    async def forgive(_ctx: AnyContext, _event: Event, call_next: CallNext) -> None:
        try:
            await call_next()
        except RuntimeError as error:
            caught.append(str(error))

    log.handlers.add_middleware(forgive)
    log.handler("one")
    log.failures = {"one": 1}
    await log.take(dispatch("GUILD_CREATE"))
    assert caught == ["one"]
    assert len(caplog.records) == 1  # The handler's failure is told all the same.


async def test_what_nobody_catches_is_tried_again_through_the_middleware() -> None:
    log = Log()

    async def count(_ctx: AnyContext, _event: Event, call_next: CallNext) -> None:
        log.calls.append("around")
        await call_next()

    log.handlers.add_middleware(count)
    log.handler("one")
    log.handler("two")
    log.failures = {"two": 1}
    event = dispatch("GUILD_CREATE")
    with pytest.raises(HandlersFailed):
        await log.take(event)
    await log.take(event)
    assert log.calls == ["around", "one", "two", "around", "two"]


async def test_called_again_it_calls_those_that_have_failed() -> None:
    log = Log()

    async def insist(_ctx: AnyContext, _event: Event, call_next: CallNext) -> None:
        try:
            await call_next()
        except RuntimeError:
            await call_next()

    log.handlers.add_middleware(insist)
    log.handler("one")
    log.handler("two")
    log.failures = {"two": 1}
    await log.take(dispatch("GUILD_CREATE"))
    assert log.calls == ["one", "two", "two"]


async def test_what_a_middleware_raises_before_the_handlers_is_told_and_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = Log()
    failures = [RuntimeError("not now")]

    async def broken(_ctx: AnyContext, _event: Event, call_next: CallNext) -> None:
        if failures:
            raise failures.pop()
        await call_next()

    log.handlers.add_middleware(broken)
    log.handler("one")
    event = dispatch("GUILD_CREATE")
    with pytest.raises(HandlersFailed):
        await log.take(event)
    await log.take(event)
    assert log.calls == ["one"]
    [record] = caplog.records
    assert record.getMessage().startswith("middleware test_what_a_middleware_raises_before")
    assert record.getMessage().endswith("failed on GUILD_CREATE (event id e1), attempt 1 of 3")


async def test_what_a_middleware_raises_after_the_handlers_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    log = Log()

    async def outer(_ctx: AnyContext, _event: Event, call_next: CallNext) -> None:
        await call_next()

    async def broken(_ctx: AnyContext, _event: Event, call_next: CallNext) -> None:
        await call_next()
        raise RuntimeError("too late")

    log.handlers.add_middleware(outer)
    log.handlers.add_middleware(broken)
    log.handler("one")
    await log.take(dispatch("GUILD_CREATE"))  # Nothing is left to try.
    assert log.calls == ["one"]
    assert len(caplog.records) == 1


async def test_a_middleware_that_awaits_asyncio_is_told_what_to_use(caplog: pytest.LogCaptureFixture) -> None:
    log = Log()

    async def broken(_ctx: AnyContext, _event: Event, _call_next: CallNext) -> None:
        await asyncio.sleep(1)

    log.handlers.add_middleware(broken)
    log.handler("one")
    with pytest.raises(HandlersFailed):
        await log.take(dispatch("GUILD_CREATE"))
    error = caplog.records[0].exc_info and caplog.records[0].exc_info[1]
    assert str(error).endswith("awaited an asyncio object; use qqgw_trio.run_asyncio(coro) or a sync handler")


async def test_a_cancelled_middleware_is_no_failure() -> None:
    log = Log()

    async def slow(_ctx: AnyContext, _event: Event, call_next: CallNext) -> None:
        await call_next()
        await trio.sleep_forever()

    log.handlers.add_middleware(slow)
    log.handler("one")
    with trio.CancelScope() as scope:
        scope.cancel()
        await log.take(dispatch("GUILD_CREATE"))
    assert scope.cancelled_caught
    assert log.calls == ["one"]


def test_middleware_is_async() -> None:
    def sync(_ctx: AnyContext, _event: Event, call_next: CallNext) -> None:
        raise AssertionError("nobody calls it")

    with pytest.raises(ConfigurationError, match=r"middleware .+sync \(.+\) is not async: write it with async def"):
        Log().handlers.add_middleware(sync)  # type: ignore[arg-type]


async def test_middleware_that_lets_out_what_is_no_exception_has_failed(caplog: pytest.LogCaptureFixture) -> None:
    log = Log()

    async def cancel(_ctx: AnyContext, _event: Event, _call_next: CallNext) -> None:
        raise asyncio.CancelledError

    log.handlers.add_middleware(cancel)
    log.handler("one")
    with pytest.raises(HandlersFailed):
        await log.take(dispatch("GUILD_CREATE"))
    [record] = caplog.records
    assert record.getMessage().startswith("middleware ")
    assert record.exc_info
    assert isinstance(record.exc_info[1], HandlerInterrupted)
