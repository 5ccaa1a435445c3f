"""Middleware: functions around all handlers of an event.

`async def mw(ctx, event, call_next)` is called once for each event that somebody handles, and once for each repetition.
`await call_next()` calls what is inside: the middleware registered next, and at last the handlers. It raises what the
first failing handler has raised; a middleware that catches this has dealt with it, and the event is not tried again.
One that does not call it keeps the event from the handlers. Called again, it calls the handlers that have failed.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.handler.calling import name_of
from qqgw_trio.handler.context import Context
from qqgw_trio.handler.registered import check_parameters

__all__ = ["CallNext", "Middleware", "checked"]

CallNext: TypeAlias = Callable[[], Awaitable[None]]
"""What is inside of a middleware."""

Middleware: TypeAlias = Callable[[Context[Any], Any, CallNext], Awaitable[object]]
"""Around all handlers of an event."""


def checked(function: Middleware) -> Middleware:
    """The same function.

    Raises:
        ConfigurationError: It is not async, or takes something else.
    """
    check_parameters(function, "ctx", "event", "call_next")
    if not inspect.iscoroutinefunction(function):
        raise ConfigurationError(f"middleware {name_of(function)} is not async", remedy="write it with async def")
    return function
