"""What becomes of an error: hooks, the log line, and the word about asyncio."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest
import trio

from qqgw_proto.errors import GatewayError
from qqgw_proto.events import Event, GuildCreate, decode
from qqgw_trio.handler.calling import Callee
from qqgw_trio.handler.failures import Failure, HandlerError, asyncio_mistake, is_dealt_with
from support.handling import AnyContext, make_context, make_dispatch


def failure(error: Exception, *, given_up: bool = False) -> Failure:
    return Failure("handler echo (bot.py:7)", decode(make_dispatch("GUILD_CREATE")), error, 2, 3, given_up)


# --- hooks and the log


async def told(
    caplog: pytest.LogCaptureFixture, what: Failure, *hooks: Callable[..., object]
) -> tuple[bool, list[str]]:
    with caplog.at_level(logging.DEBUG, "qqgw_trio.handler.failures"):
        dealt_with = await is_dealt_with(make_context(what.event), what, [Callee(hook) for hook in hooks])  # type: ignore[arg-type]
    return dealt_with, [record.getMessage() for record in caplog.records]


async def test_a_line_of_the_log_says_who_failed_at_what_and_the_attempt(caplog: pytest.LogCaptureFixture) -> None:
    error = RuntimeError("a bug")
    line = "handler echo (bot.py:7) failed on GUILD_CREATE (event id e1), attempt 2 of 3"
    assert await told(caplog, failure(error)) == (False, [line])
    assert caplog.records[0].levelname == "ERROR"
    assert caplog.records[0].exc_info
    assert caplog.records[0].exc_info[1] is error
    caplog.clear()
    assert await told(caplog, failure(error, given_up=True)) == (False, [f"{line}: given up"])


async def test_hooks_are_told_in_order_until_one_has_dealt_with_it(caplog: pytest.LogCaptureFixture) -> None:
    calls: list[str] = []

    async def first(ctx: AnyContext, what: Failure) -> None:
        calls.append(f"first: {what.error} in {ctx.event.type_name}")

    def second(_ctx: AnyContext, what: Failure) -> bool:
        calls.append(f"second: attempt {what.attempt}")
        return True

    async def third(_ctx: AnyContext, _what: Failure) -> None:
        raise AssertionError("nobody calls it")

    assert await told(caplog, failure(RuntimeError("a bug")), first, second, third) == (True, [])
    assert calls == ["first: a bug in GUILD_CREATE", "second: attempt 2"]


async def test_a_hook_that_fails_is_told_and_hides_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def fails(_ctx: AnyContext, _what: Failure) -> None:
        raise RuntimeError("the hook's own bug")

    dealt_with, lines = await told(caplog, failure(RuntimeError("a bug")), fails)
    assert not dealt_with
    assert lines[0].startswith("error hook test_a_hook_that_fails_is_told_and_hides_nothing.<locals>.fails (")
    assert lines[1] == "handler echo (bot.py:7) failed on GUILD_CREATE (event id e1), attempt 2 of 3"


# --- asyncio


async def sleep() -> None:
    await asyncio.sleep(1)


async def give_way() -> None:
    await asyncio.sleep(0)


async def await_future() -> None:
    loop = asyncio.new_event_loop()
    try:
        await loop.create_future()
    finally:
        loop.close()


async def ask_for_a_loop() -> None:
    asyncio.get_running_loop()


async def use_a_timeout() -> None:
    async with asyncio.timeout(1):
        await trio.lowlevel.checkpoint()


async def in_a_nursery() -> None:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(give_way)


@pytest.mark.parametrize(
    "handler", [sleep, give_way, await_future, ask_for_a_loop, use_a_timeout, in_a_nursery], ids=lambda f: f.__name__
)
async def test_who_awaits_an_asyncio_object_is_told_what_to_use(handler: Callable[[], Awaitable[None]]) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011 - whatever asyncio and trio make of it
        await handler()
    mistake = asyncio_mistake(caught.value, "fetch (bot.py:7)")
    assert isinstance(mistake, GatewayError)
    assert f"{type(mistake).__name__}: {mistake}" == (
        "HandlerError: handler fetch (bot.py:7) awaited an asyncio object; "
        "use qqgw_trio.run_asyncio(coro) or a sync handler"
    )
    assert mistake.__cause__ is caught.value


@pytest.mark.parametrize(
    "error",
    [TypeError("no"), RuntimeError("no"), ValueError("no"), ExceptionGroup("several", [ValueError("no")])],
    ids=repr,
)
def test_other_errors_are_left_alone(error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        raise error
    assert asyncio_mistake(caught.value, "fetch") is None


def test_a_handler_error_without_advice_is_its_message() -> None:
    assert str(HandlerError("that cannot work")) == "that cannot work"


def test_a_failure_knows_its_event() -> None:
    event: Event = failure(RuntimeError()).event
    assert isinstance(event, GuildCreate)
