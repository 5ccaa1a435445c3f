"""How an author's function, sync or async, is called, and how it is named in logs.

Sync functions run in a worker thread, so that a slow one delays no heartbeat; in them `trio.from_thread.run(ctx.reply,
"…")` calls back. Whatever a bot author writes is called through `Callee`: that is how the watchdog knows whose code
holds the event loop.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Awaitable, Callable
from typing import Any, Final, Generic, TypeVar, cast

import attrs
import trio

from qqgw_trio.handler.interruptions import HandlerInterrupted, failure_of

__all__ = ["Callee", "name_of"]

ResultT = TypeVar("ResultT")

_THREADS: Final = trio.CapacityLimiter(math.inf)
"""Of handlers: how many run is the workers' to limit. In trio's own, which has 40 places, those that hang would keep
sessions from being saved and names from being looked up."""


def name_of(function: Callable[..., object]) -> str:
    """The function's name and where it stands: `echo (/home/me/bot.py:7)`."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    name = getattr(function, "__qualname__", repr(function))
    return name if code is None else f"{name} ({code.co_filename}:{code.co_firstlineno})"


@attrs.frozen
class Callee(Generic[ResultT]):
    """A function that a bot author has written.

    Attributes:
        function: What is called.
        coroutine_function: The function if it is async, and so needs no thread; else None.
    """

    function: Callable[..., Awaitable[ResultT] | ResultT]
    coroutine_function: Callable[..., Awaitable[ResultT]] | None = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        found = self.function if inspect.iscoroutinefunction(self.function) else None
        object.__setattr__(self, "coroutine_function", found)

    @property
    def name(self) -> str:
        """The function's name and where it stands."""
        return name_of(self.function)

    async def __call__(self, *arguments: object, **named: object) -> ResultT:
        """Calls the function, in a thread where it is not async.

        Raises:
            HandlerInterrupted: It raised what is neither an `Exception` nor to be propagated (`interruptions`).
        """
        try:
            if self.coroutine_function is not None:
                return await self.coroutine_function(*arguments, **named)
            [answer] = await trio.to_thread.run_sync(
                self._call_in_thread, arguments, named, abandon_on_cancel=True, limiter=_THREADS
            )
            return cast("ResultT", await answer if inspect.isawaitable(answer) else answer)
        except BaseException as error:
            failed = failure_of(error)
            if failed is None or failed is error:
                raise
            raise failed from error

    def _call_in_thread(self, arguments: tuple[object, ...], named: dict[str, object]) -> list[Any]:
        # An async function may hide in an object or a lambda; trio takes a coroutine from a thread only wrapped.
        try:
            return [self.function(*arguments, **named)]
        except KeyboardInterrupt as error:  # Nobody's Ctrl-C: that comes in the main thread.
            raise HandlerInterrupted(error) from error
