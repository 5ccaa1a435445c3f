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

from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar, cast

import msgspec
import trio

from qqgw_proto.errors import MisuseError

if TYPE_CHECKING:
    from qqgw_trio.running.asyncio_thread import AsyncioThread

__all__ = ["asyncio_loop", "run_asyncio"]

ResultT = TypeVar("ResultT")


class _Shared(msgspec.Struct):
    """What the bots of one trio run share.

    Attributes:
        users: How many there are.
        thread: The loop, from the first coroutine on.
    """

    users: int = 0
    thread: AsyncioThread | None = None


_shared: trio.lowlevel.RunVar[_Shared | None] = trio.lowlevel.RunVar("qqgw asyncio", None)


@asynccontextmanager
async def asyncio_loop() -> AsyncGenerator[None]:
    """Makes `run_asyncio` work inside; a bot does so by itself, and bots of one trio run share the loop."""
    shared = _shared.get() or _Shared()
    _shared.set(shared)
    shared.users += 1
    try:
        yield
    finally:
        shared.users -= 1
        if not shared.users:
            _shared.set(None)
            if shared.thread is not None:
                await shared.thread.close()


async def run_asyncio(coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Runs a coroutine of asyncio's world and waits for it.

    Args:
        coroutine: What an `async def` function of a library for asyncio returns.

    Returns:
        What it returns.

    Raises:
        HandlerError: The asyncio task was cancelled, but not by the caller.
        MisuseError: No bot runs, or that is no coroutine.
        BaseException: What it raises.
    """
    given = cast("object", coroutine)
    if not isinstance(given, Coroutine):
        name = getattr(given, "__qualname__", "")
        remedy = f"call it: run_asyncio({name}(…))" if name else "give what a call of an async function returns"
        raise MisuseError(f"run_asyncio takes a coroutine, not {given!r}", remedy=remedy)
    shared = _shared.get()
    if shared is None:
        coroutine.close()
        remedy = "call it from a handler or hook, or inside of `async with asyncio_loop()`"
        raise MisuseError("run_asyncio works only while a bot runs", remedy=remedy)
    if shared.thread is None:
        from qqgw_trio.running.asyncio_thread import AsyncioThread  # noqa: PLC0415 - asyncio is large; few bots need it

        shared.thread = AsyncioThread()
    return await shared.thread.run(coroutine)
