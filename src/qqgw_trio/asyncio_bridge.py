"""`run_asyncio`: for handlers that need a library written for asyncio.

    session = None

    @bot.on_startup
    async def open_session(bot):
        global session
        session = await run_asyncio(make_session())  # async def make_session(): return aiohttp.ClientSession()

    @bot.on(GroupAtMessageCreate)
    async def weather(ctx, event):
        await ctx.reply(await run_asyncio(ask(session, event.text)))

All coroutines of a trio run share one asyncio loop in a thread of its own, so that objects bound to a loop can be used
again and again. The loop begins with the first of them and is closed when the bot has stopped, after the shutdown
hooks; what still runs on it then is cancelled. A coroutine is awaited as anything else in trio: what it raises is
raised, and cancelling the caller cancels it.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar, cast

import attrs
import trio

from qqgw_proto.errors import MisuseError
from qqgw_trio.failures import HandlerError

__all__ = ["asyncio_loop", "run_asyncio"]

ResultT = TypeVar("ResultT")


@attrs.define
class _Outcome(Generic[ResultT]):
    """How a coroutine has ended.

    Attributes:
        result: What it returned.
        error: What it raised.
    """

    result: ResultT | None = None
    error: BaseException | None = None


class _Bridge:
    """One asyncio loop in a thread of its own; the thread begins with the first coroutine."""

    def __init__(self) -> None:
        self.users = 0
        self._token = trio.lowlevel.current_trio_token()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._live, name="qqgw asyncio", daemon=True)
        self._end: asyncio.Event

    async def run(self, coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Runs a coroutine on the loop."""
        loop, caller, outcome = self._running_loop(), trio.lowlevel.current_task(), _Outcome[ResultT]()
        context = contextvars.copy_context()
        tasks: list[asyncio.Task[None]] = []
        raise_cancel: list[trio.lowlevel.RaiseCancelT] = []

        async def run_to_the_end() -> None:
            try:
                outcome.result = await coroutine
            except BaseException as error:  # noqa: BLE001 - handed over to the other side, whatever it is
                outcome.error = error

        def begin() -> None:
            tasks.append(loop.create_task(run_to_the_end(), context=context))
            tasks[0].add_done_callback(finish)

        def finish(task: asyncio.Task[None]) -> None:
            if task.cancelled():  # before its first step
                coroutine.close()
                outcome.error = asyncio.CancelledError()
            self._token.run_sync_soon(trio.lowlevel.reschedule, caller)

        def abort(cancel: trio.lowlevel.RaiseCancelT) -> trio.lowlevel.Abort:
            raise_cancel.append(cancel)
            loop.call_soon_threadsafe(lambda: tasks[0].cancel())  # noqa: PLW0108 - there may be none yet
            return trio.lowlevel.Abort.FAILED

        loop.call_soon_threadsafe(begin)
        await trio.lowlevel.wait_task_rescheduled(abort)
        if isinstance(outcome.error, asyncio.CancelledError):
            if raise_cancel:
                raise_cancel[0]()
            raise HandlerError("the asyncio task was cancelled on its own loop") from outcome.error
        if outcome.error is not None:
            raise outcome.error
        return cast("ResultT", outcome.result)

    async def close(self) -> None:
        """Cancels what runs and closes the loop."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._end.set)
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(self._thread.join)

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._end = asyncio.Event()
            self._thread.start()
        return self._loop

    def _live(self) -> None:
        with asyncio.Runner(loop_factory=lambda: cast("asyncio.AbstractEventLoop", self._loop)) as runner:
            runner.run(self._end.wait())


_bridge: trio.lowlevel.RunVar[_Bridge | None] = trio.lowlevel.RunVar("qqgw asyncio bridge", None)


@asynccontextmanager
async def asyncio_loop() -> AsyncGenerator[None]:
    """Makes `run_asyncio` work inside; a bot does so by itself, and bots of one trio run share the loop."""
    bridge = _bridge.get() or _Bridge()
    _bridge.set(bridge)
    bridge.users += 1
    try:
        yield
    finally:
        bridge.users -= 1
        if not bridge.users:
            _bridge.set(None)
            await bridge.close()


async def run_asyncio(coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Runs a coroutine of asyncio's world and waits for it.

    Args:
        coroutine: What an `async def` function of a library for asyncio returns.

    Returns:
        What it returns.

    Raises:
        HandlerError: The asyncio task was cancelled, but not by the caller.
        MisuseError: No bot runs.
        BaseException: What it raises.
    """
    bridge = _bridge.get()
    if bridge is None:
        coroutine.close()
        remedy = "call it from a handler or hook, or inside of `async with asyncio_loop()`"
        raise MisuseError("run_asyncio works only while a bot runs", remedy=remedy)
    return await bridge.run(coroutine)
