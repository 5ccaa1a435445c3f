"""One asyncio loop in a thread of its own, for coroutines that are awaited in trio (`asyncio_bridge`)."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar, cast

import trio

from qqgw_trio.handler.failures import HandlerError

__all__ = ["AsyncioThread"]

ResultT = TypeVar("ResultT")


class _Call(Generic[ResultT]):
    """One coroutine on the loop, and the trio task that waits for it.

    Args:
        loop: Where it runs.
        coroutine: What runs.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, ResultT]) -> None:
        self._loop = loop
        self._coroutine = coroutine
        self._caller = trio.lowlevel.current_task()
        self._token = trio.lowlevel.current_trio_token()
        self._context = contextvars.copy_context()
        self._task: asyncio.Task[None]
        self._result: ResultT | None = None
        self._error: BaseException | None = None
        self._raise_cancel: trio.lowlevel.RaiseCancelT | None = None

    async def wait(self) -> ResultT:
        """Lets it run to its end; the trio side."""
        self._loop.call_soon_threadsafe(self._begin)
        await trio.lowlevel.wait_task_rescheduled(self._abort)
        if isinstance(self._error, asyncio.CancelledError):
            if self._raise_cancel is not None:
                self._raise_cancel()
            raise HandlerError("the asyncio task was cancelled on its own loop") from self._error
        if self._error is not None:
            raise self._error
        return cast("ResultT", self._result)

    def _abort(self, raise_cancel: trio.lowlevel.RaiseCancelT) -> trio.lowlevel.Abort:
        self._raise_cancel = raise_cancel
        self._loop.call_soon_threadsafe(self._cancel)
        return trio.lowlevel.Abort.FAILED

    # --- the asyncio side

    def _begin(self) -> None:
        self._task = self._loop.create_task(self._run(), context=self._context)
        self._task.add_done_callback(self._finish)

    async def _run(self) -> None:
        try:
            self._result = await self._coroutine
        except BaseException as error:  # noqa: BLE001 - handed over to the other side, whatever it is
            self._error = error

    def _cancel(self) -> None:
        self._task.cancel()

    def _finish(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():  # before its first step
            self._coroutine.close()
            self._error = asyncio.CancelledError()
        self._token.run_sync_soon(trio.lowlevel.reschedule, self._caller)


class AsyncioThread:
    """One asyncio loop, from the making of this object until `close`."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self._thread = threading.Thread(target=self._live, name="qqgw asyncio", daemon=True)
        self._thread.start()

    async def run(self, coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Runs a coroutine on the loop.

        Raises:
            HandlerError: It was cancelled, but not by the caller.
            BaseException: What it raises.
        """
        return await _Call(self._loop, coroutine).wait()

    async def close(self) -> None:
        """Cancels what runs and closes the loop."""
        self._loop.call_soon_threadsafe(self._end.set)
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(self._thread.join)

    def _live(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._end.wait())
