"""What is called before a bot's shards start, and after its handlers are done."""

from __future__ import annotations

import asyncio
import logging

import pytest
import trio
import trio.testing

from qqgw_trio.handler.failures import HandlerError
from qqgw_trio.handler.hooks import Hooks
from qqgw_trio.running.stopping import StopRequest


class Log:
    """Hooks that write down that they were called, and for whom."""

    def __init__(self, *names: str) -> None:
        self.lines: list[str] = []
        self.hooks = Hooks()
        for name in names:
            self.register(name)

    def register(self, name: str) -> None:
        async def up(bot: object) -> None:
            await trio.lowlevel.checkpoint()
            self.lines.append(f"{name} up for {bot}")

        def down(bot: object) -> None:
            self.lines.append(f"{name} down for {bot}")

        self.hooks.on_startup(up)
        self.hooks.on_shutdown(down)


async def test_hooks_are_called_with_the_bot_and_backwards_at_the_end() -> None:
    log = Log("one", "two")
    assert await log.hooks.start("the bot", StopRequest()) is None
    await log.hooks.end("the bot", 10)
    assert log.lines == ["one up for the bot", "two up for the bot", "two down for the bot", "one down for the bot"]


async def test_without_hooks_nothing_happens() -> None:
    assert await Hooks().start("the bot", StopRequest()) is None
    await Hooks().end("the bot", 10)


async def test_a_startup_that_fails_says_which_hook_it_was_and_calls_no_further_one() -> None:
    log = Log()

    async def connect(_bot: object) -> None:
        raise ConnectionRefusedError("no database")

    log.hooks.on_startup(connect)
    log.register("two")
    failure = await log.hooks.start("the bot", StopRequest())
    assert isinstance(failure, HandlerError)
    assert failure.message.startswith("startup hook test_a_startup_that_fails")
    assert failure.message.endswith("failed: ConnectionRefusedError('no database')")
    assert failure.remedy == "mend it, or let it catch that"
    assert isinstance(failure.__cause__, ConnectionRefusedError)
    assert log.lines == []


async def test_a_startup_that_awaits_asyncio_is_told_what_to_use() -> None:
    hooks = Hooks()

    async def connect(_bot: object) -> None:
        await asyncio.sleep(1)

    hooks.on_startup(connect)
    failure = await hooks.start("the bot", StopRequest())
    assert str(failure).endswith("awaited an asyncio object; use qqgw_trio.run_asyncio(coro) or a sync handler")


async def test_a_stop_ends_a_startup_that_hangs() -> None:
    hooks, stop = Hooks(), StopRequest()

    async def hang(_bot: object) -> None:
        stop.make()
        await trio.sleep_forever()

    hooks.on_startup(hang)
    assert await hooks.start("the bot", stop) is None


async def test_a_shutdown_that_fails_is_told_and_keeps_no_other_from_its_work(caplog: pytest.LogCaptureFixture) -> None:
    log = Log("one")

    async def fail(_bot: object) -> None:
        raise RuntimeError("a bug")

    log.hooks.on_shutdown(fail)
    await log.hooks.end("the bot", 10)
    assert log.lines == ["one down for the bot"]
    [record] = caplog.records
    assert record.levelname == "ERROR"
    assert record.getMessage().startswith("shutdown hook test_a_shutdown_that_fails")
    assert record.exc_info


async def test_shutdown_hooks_are_called_though_all_else_is_cancelled() -> None:
    log = Log("one")
    with trio.CancelScope() as scope:
        scope.cancel()
        await log.hooks.end("the bot", 10)
    assert log.lines == ["one down for the bot"]


async def test_shutdown_hooks_have_a_limited_time(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    hooks = Hooks()

    async def hang(_bot: object) -> None:
        await trio.sleep_forever()

    hooks.on_shutdown(hang)
    with caplog.at_level(logging.ERROR, "qqgw_trio.handler.hooks"):
        await hooks.end("the bot", 10)
    assert trio.current_time() == 10
    assert [record.getMessage() for record in caplog.records] == ["the shutdown hooks took longer than 10 s"]
