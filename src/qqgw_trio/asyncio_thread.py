"""One asyncio loop in a thread of its own, for coroutines that are awaited in trio (`asyncio_bridge`)."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Coroutine
from typing import Any, Generic, TypeVar, cast

import attrs
import trio

from qqgw_trio.failures import HandlerError

__all__ = ["AsyncioThread"]

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


class AsyncioThread:
    """One asyncio loop, from the making of this object until `close`."""

    def __init__(self) -> None:
        self._token = trio.lowlevel.current_trio_token()
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
        loop, caller, outcome = self._loop, trio.lowlevel.current_task(), _Outcome[ResultT]()
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
        self._loop.call_soon_threadsafe(self._end.set)
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(self._thread.join)

    def _live(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._end.wait())
