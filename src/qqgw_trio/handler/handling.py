"""What happens to one event: decoding, middleware, handlers, errors, repetition.

Every handler of an event is called though another raises. If some raise, only those are tried again. What can never
succeed is reported once and not tried again: a payload that does not decode, and a handler that ends with one of the
`POINTLESS` errors.
"""

from __future__ import annotations

import functools
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias

import attrs

from qqgw_proto.errors import EventDecodeError
from qqgw_proto.events import Event, UnknownEvent, decode
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.handler.calling import Callee, name_of
from qqgw_trio.handler.context import Context
from qqgw_trio.handler.entries import Entry, Handler
from qqgw_trio.handler.failures import ErrorHook, Failure, HandlersFailed, asyncio_mistake, is_dealt_with
from qqgw_trio.handler.handler_errors import POINTLESS
from qqgw_trio.handler.interruptions import failure_of
from qqgw_trio.handler.middleware import Middleware, checked

__all__ = ["MOST_UNFINISHED", "Handling"]

MOST_UNFINISHED: Final = 1000
"""Events of which it is remembered which handlers failed; of one that was forgotten all handlers are tried again."""

DECODING: Final = "decoding"
"""What has failed where no handler could be called."""

logger = logging.getLogger(__name__)

_Lone: TypeAlias = tuple[Handler, Callable[..., Awaitable[object]]]
"""The only handler of a type, and its function."""


@attrs.frozen
class _Unfinished:
    """What is left to do for an event; the event is kept so that no other can have its identity meanwhile."""

    dispatch: Dispatch
    entries: tuple[Entry, ...]
    attempts_made: int


@attrs.define
class _Attempt:
    """One attempt at one event.

    Attributes:
        context: What handlers are called with.
        event: The event.
        entries: Who has still to handle it.
        number: The attempt's, from 1.
        most: How many there are.
        is_alone: Whether a single handler is all that the event can reach.
        raised: What the only handler has raised, where it was called already.
        told: Errors that need not be reported again.
    """

    context: Context[Any]
    event: Event
    entries: tuple[Entry, ...]
    number: int
    most: int
    is_alone: bool
    raised: Exception | None = None
    told: tuple[Exception, ...] = ()


class Handling:
    """What happens to events.

    Args:
        entries_of: Who is registered for a type.
    """

    def __init__(self, entries_of: Callable[[str | None], tuple[Entry, ...]]) -> None:
        self._entries_of = entries_of
        self._middleware: list[Middleware] = []
        self._hooks: list[Callee[bool | None]] = []
        self._unfinished: OrderedDict[int, _Unfinished] = OrderedDict()
        self._lone: dict[str | None, _Lone] = {}

    def forget_lookups(self) -> None:
        """Must be called when the handlers of a type have changed."""
        self._lone.clear()

    def add_middleware(self, function: Middleware) -> None:
        """Puts a function around all handlers, inside of those added before.

        Raises:
            ConfigurationError: It is not async.
        """
        self._middleware.append(checked(function))
        self.forget_lookups()

    def add_error_hook(self, hook: ErrorHook) -> None:
        """Adds a hook that is told of every failure."""
        self._hooks.append(Callee(hook))

    async def handle(self, dispatch: Dispatch, make_context: Callable[[Event], Context[Any]], attempts: int) -> None:
        """Calls the handlers of an event; on a repetition only those that raised before.

        A payload of the wrong shape still reaches the catch-alls, as an `UnknownEvent` with its raw JSON.

        Raises:
            HandlersFailed: The event is to be tried again, or is given up; all errors have been reported.
        """
        try:
            event = decode(dispatch)
        except EventDecodeError as error:
            event = UnknownEvent(frame=dispatch)
            catch_alls = tuple(entry for entry in self._entries_of(dispatch.t) if entry.types is None)
            if not catch_alls:
                await self._tell_undecodable(make_context(event), error)
                return
            logger.warning("only catch-all handlers get this event: %s", error)
            await self._attempt(make_context(event), attempts, catch_alls)
        else:
            await self.handle_typed(make_context(event), attempts)

    def handle_typed(self, context: Context[Any], attempts: int) -> Awaitable[None]:
        """The same for an event that is decoded already.

        Raises:
            HandlersFailed: The event is to be tried again, or is given up; all errors have been reported.
        """
        lone = self._lone.get(context.event.frame.t) or self._find_lone(context.event)
        if lone is None or self._unfinished:
            return self._attempt(context, attempts, self._entries_of(context.event.frame.t))
        return self._handle_alone(*lone, context, attempts)

    def _find_lone(self, event: Event) -> _Lone | None:
        """The only handler that events of this type reach, if it is async and nothing is around it."""
        entries = self._entries_of(event.frame.t)
        handler = entries[0] if len(entries) == 1 and not self._middleware else None
        if not isinstance(handler, Handler) or handler.call.coroutine_function is None or handler.where is not None:
            return None
        lone = handler, handler.call.coroutine_function
        if not isinstance(event, UnknownEvent):  # A peer that invents names does not make this grow.
            self._lone[event.frame.t] = lone
        return lone

    async def _handle_alone(
        self, handler: Handler, function: Callable[..., Awaitable[object]], context: Context[Any], attempts: int
    ) -> None:
        """Most events: one handler, nothing around it, nothing to remember."""
        try:
            await function(context, context.event)
        except BaseException as error:
            raised = failure_of(error)
            if raised is None:
                self._remember(_Unfinished(context.event.frame, (handler,), 0))
                raise
        else:
            return
        await self._attempt(context, attempts, (handler,), raised)

    async def _attempt(
        self, context: Context[Any], attempts: int, everybody: tuple[Entry, ...], raised: Exception | None = None
    ) -> None:
        """Calls those who are to handle an event, or those who are left; the only one may have raised already."""
        event = context.event
        left = self._unfinished.pop(id(event.frame), None) if self._unfinished else None
        entries, made = (everybody, 0) if left is None else (left.entries, left.attempts_made)
        is_alone = len(everybody) == 1 and not self._middleware
        attempt = _Attempt(context, event, entries, made + 1, attempts, is_alone, raised)
        try:
            await (self._pass(attempt, 0) if self._middleware else self._call_handlers(attempt))
        except Exception as error:  # noqa: BLE001 - what a handler raised; it has been told
            self._finish(event.frame, attempt, error)
        except BaseException:
            self._remember(_Unfinished(event.frame, attempt.entries, made))
            raise

    async def _pass(self, attempt: _Attempt, position: int) -> None:
        """Goes through the middleware from this position on, and to the handlers."""
        if position == len(self._middleware):
            await self._call_handlers(attempt)
            return
        function = self._middleware[position]
        call_next = functools.partial(self._pass, attempt, position + 1)
        try:
            await function(attempt.context, attempt.event, call_next)
        except BaseException as raised:
            error = failure_of(raised)
            if error is None or any(error is told for told in attempt.told):
                raise
            name = name_of(function)
            shown = asyncio_mistake(error, name) or error
            await self._tell(attempt, shown, f"middleware {name}", None)
            raise shown from shown.__cause__

    async def _call_handlers(self, attempt: _Attempt) -> None:
        """Calls each; those that are to be called again, or were not reached, remain.

        Raises:
            Exception: What the first failing one raised, unless a hook has dealt with it.
        """
        entries, event = attempt.entries, attempt.event
        failed: tuple[Entry, ...] = ()
        first: Exception | None = None
        for position, entry in enumerate(entries):
            handler: Handler | None = None
            try:
                handler = entry.pick(event)
                if handler is None:
                    continue
                if attempt.raised is not None:
                    raise attempt.raised  # noqa: TRY301 - told as if it were raised here
                # Replies of several handlers are counted apart.
                context = attempt.context if attempt.is_alone else attempt.context.for_handler(id(entry))
                # What `Callee` does, without a call of its own for each event.
                await (handler.call.coroutine_function or handler.call)(context, event)
            except BaseException as raised:
                error = failure_of(raised)
                if error is None:
                    attempt.entries = (*failed, *entries[position:])
                    raise
                name = (handler or entry).name
                shown = asyncio_mistake(error, name) or error
                if not await self._tell(attempt, shown, f"handler {name}", handler.on_error if handler else None):
                    first = first or shown
                    failed += () if isinstance(shown, POINTLESS) else (entry,)
        attempt.entries = failed
        if first is not None:
            raise first

    async def _tell(self, attempt: _Attempt, error: Exception, name: str, own_hook: Callee[bool | None] | None) -> bool:
        """Reports a failure; returns whether a hook has dealt with it."""
        attempt.told += (error,)
        given_up = attempt.number >= attempt.most or isinstance(error, POINTLESS)
        failure = Failure(name, attempt.event, error, attempt.number, attempt.most, given_up)
        return await is_dealt_with(attempt.context, failure, [own_hook, *self._hooks] if own_hook else self._hooks)

    async def _tell_undecodable(self, context: Context[Any], error: EventDecodeError) -> None:
        failure = Failure(DECODING, context.event, error, 1, 1, given_up=True)
        await is_dealt_with(context, failure, self._hooks)

    def _finish(self, dispatch: Dispatch, attempt: _Attempt, error: Exception) -> None:
        if not attempt.entries:
            return  # All that is left to do has been done, or can never be done.
        if attempt.number < attempt.most:
            self._remember(_Unfinished(dispatch, attempt.entries, attempt.number))
        count = len(attempt.entries)
        message = f"{count} of the handlers of {attempt.event.type_name} failed"
        raise HandlersFailed(message, remedy="see the log lines before this one") from error

    def _remember(self, unfinished: _Unfinished) -> None:
        self._unfinished[id(unfinished.dispatch)] = unfinished
        if len(self._unfinished) > MOST_UNFINISHED:
            self._unfinished.popitem(last=False)
