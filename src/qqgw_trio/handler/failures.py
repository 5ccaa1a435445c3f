"""What becomes of an error that a handler raises: its log line, the error hooks, and whether it is tried again.

An error hook is called as `hook(ctx, failure)`: first the handler's own (`on(…, on_error=…)`), then every
`@bot.on_error`, in the order of registration, at every attempt. A hook that returns True has dealt with the error: the
handler is not tried again, and the log says nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, TypeAlias, cast

import msgspec

from qqgw_proto.errors import GatewayError
from qqgw_proto.events import Event
from qqgw_trio.handler.calling import Callee
from qqgw_trio.handler.context import Context
from qqgw_trio.handler.handler_errors import NotRetried

__all__ = ["ErrorHook", "Failure", "HandlerError", "HandlersFailed", "asyncio_mistake", "is_dealt_with"]

logger = logging.getLogger(__name__)


class HandlerError(NotRetried):
    """A handler or hook does something that cannot work with any event."""

    def __str__(self) -> str:
        return f"{self.message}; {self.remedy}" if self.remedy else self.message


class HandlersFailed(GatewayError):
    """Handlers of one event have raised, which is reported already; the event is to be tried again, or is given up.

    Args:
        message: How many.
    """


class Failure(msgspec.Struct, frozen=True):
    """A handler has raised.

    Attributes:
        handler: What has failed, its name and where it stands: `handler echo (bot.py:7)`.
        event: What it was called with.
        error: What it raised.
        attempt: The attempt's number, from 1.
        attempts: How many there are at most.
        given_up: Whether there is no further one.
    """

    handler: str
    event: Event
    error: Exception
    attempt: int
    attempts: int
    given_up: bool

    def __str__(self) -> str:
        what = f"{self.handler} failed on {self.event.type_name} (event id {self.event.event_id})"
        return f"{what}, attempt {self.attempt} of {self.attempts}{': given up' if self.given_up else ''}"


ErrorHook: TypeAlias = Callable[[Context[Any], Failure], Awaitable[bool | None] | bool | None]
"""Told of a failure; True = dealt with."""


async def is_dealt_with(context: Context[Any], failure: Failure, hooks: Iterable[Callee[bool | None]]) -> bool:
    """Calls the hooks; returns whether one of them has dealt with the failure, which is logged if none has."""
    for hook in hooks:
        try:
            # A reply to each failure at each attempt is a reply of its own.
            own = context.for_handler((id(hook), failure.handler, failure.attempt))
            if await hook(own, failure) is True:
                return True
        except Exception:
            logger.exception("error hook %s failed", hook.name)
    logger.error("%s", failure, exc_info=failure.error)
    return False


# --- asyncio under trio

_FOREIGN_YIELD: Final = "trio.run received unrecognized yield message"
_NO_LOOP: Final = ("no running event loop", "no current event loop")


def asyncio_mistake(error: Exception, name: str) -> HandlerError | None:
    """A clearer error for one that comes from awaiting an asyncio object under trio; None for any other error.

    Args:
        error: What the function raised.
        name: The function's name and where it stands.
    """
    if not _stems_from_asyncio(error):
        return None
    remedy = "use qqgw_trio.run_asyncio(coro) or a sync handler"
    mistake = HandlerError(f"handler {name} awaited an asyncio object", remedy=remedy)
    mistake.__cause__ = error
    return mistake


def _stems_from_asyncio(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        several = cast("BaseExceptionGroup[BaseException]", error)
        return any(_stems_from_asyncio(one) for one in several.exceptions)
    match error:
        case TypeError():
            return str(error).startswith(_FOREIGN_YIELD)
        case RuntimeError():
            return any(text in str(error) for text in _NO_LOOP) or _was_raised_in_asyncio(error)
        case _:
            return False


def _was_raised_in_asyncio(error: BaseException) -> bool:
    """Functions of asyncio complain in words of their own that there is no loop, or no task."""
    trace, module = error.__traceback__, ""
    while trace is not None:
        module = trace.tb_frame.f_globals.get("__name__", "")
        trace = trace.tb_next
    return module.partition(".")[0] == "asyncio"
