"""Which function handles which event: registration, lookup, and one call that suits sync and async functions alike.

A handler is called with a `Context` and the typed event. Sync functions run in a worker thread, so that a slow one
holds no heartbeat; in them `trio.from_thread.run(ctx.reply, "…")` calls back. An event reaches every handler that is
registered for its type and every catch-all, in the order of registration. If some raise, only those are tried again.
"""

from __future__ import annotations

import inspect
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final, TypeAlias, TypeVar, cast

import attrs
import trio

from qqgw_proto.errors import ConfigurationError, EventDecodeError
from qqgw_proto.events import Event, UnknownEvent, decode, event_class, type_name_of
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.context import Context

__all__ = ["Handler", "HandlerFunction", "Handlers", "type_names_of"]

HandlerFunction: TypeAlias = Callable[[Context[Any], Any], Awaitable[None] | None]
FunctionT = TypeVar("FunctionT", bound=HandlerFunction)

MOST_UNFINISHED: Final = 1000
"""Events of which it is remembered which handlers failed; of one that was forgotten all handlers are tried again."""

logger = logging.getLogger(__name__)


def type_names_of(what: Iterable[type[Event] | str]) -> tuple[str, ...]:
    """The wire names of event classes and type names.

    Raises:
        ConfigurationError: One of them is neither.
    """
    names: list[str] = []
    for one in what:
        if isinstance(one, str):
            names.append(one)
        elif getattr(one, "wire_name", ""):
            names.append(type_name_of(one))
        else:
            remedy = "give an event class, or a type name such as 'GROUP_AT_MESSAGE_CREATE'"
            raise ConfigurationError(f"{one!r} names no event", remedy=remedy)
    return tuple(names)


@attrs.frozen
class Handler:
    """One registration.

    Attributes:
        function: What is called.
        types: Its type names; None = every event.
        is_async: Whether it needs no thread; found out once.
    """

    function: HandlerFunction
    types: frozenset[str] | None
    is_async: bool = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "is_async", inspect.iscoroutinefunction(self.function))

    @property
    def name(self) -> str:
        """The function's name and where it stands."""
        code = getattr(inspect.unwrap(self.function), "__code__", None)
        name = getattr(self.function, "__qualname__", repr(self.function))
        return name if code is None else f"{name} ({code.co_filename}:{code.co_firstlineno})"

    async def __call__(self, context: Context[Any], event: Event) -> None:
        """Calls the function, in a thread where it is not async."""
        if self.is_async:
            await cast("Awaitable[None]", self.function(context, event))
            return
        # An async function may hide in an object or a lambda; trio takes no coroutine from a thread, unless wrapped.
        [answer] = await trio.to_thread.run_sync(lambda: [self.function(context, event)], abandon_on_cancel=True)
        if inspect.isawaitable(answer):
            await answer


class Handlers:
    """All registrations of a bot."""

    def __init__(self) -> None:
        self._all: list[Handler] = []
        self._by_type: dict[str | None, tuple[Handler, ...]] = {}
        # By identity; the event is kept as well, so that no other can have its identity meanwhile.
        self._unfinished: OrderedDict[int, tuple[Dispatch, tuple[Handler, ...]]] = OrderedDict()

    def add(self, function: HandlerFunction, what: Iterable[type[Event] | str] = ()) -> None:
        """Registers a function; for no types at all it is a catch-all."""
        types = type_names_of(what)
        self._all.append(Handler(function, frozenset(types) if types else None))
        self._by_type.clear()

    @property
    def type_names(self) -> tuple[str, ...]:
        """Every type that a handler names."""
        return tuple(sorted({name for handler in self._all for name in handler.types or ()}))

    def of_type(self, type_name: str | None) -> tuple[Handler, ...]:
        """Who handles this type."""
        found = self._by_type.get(type_name)
        if found is None:
            found = tuple(handler for handler in self._all if handler.types is None or type_name in handler.types)
            # Only known names are kept: a peer that invents names does not make this grow.
            if event_class(type_name) is not None or found:
                self._by_type[type_name] = found
        return found

    def wants(self, type_name: str | None) -> bool:
        """Whether anyone handles this type."""
        return bool(self.of_type(type_name))

    async def handle(self, dispatch: Dispatch, make_context: Callable[[Event], Context[Any]]) -> None:
        """Decodes the event once and calls its handlers; on a repetition only those that raised before.

        A payload of the wrong shape still reaches the catch-alls, as an `UnknownEvent` with its raw JSON.

        Raises:
            EventDecodeError: The payload has the wrong shape, and there is no catch-all.
            Exception: What the first failing handler raised, once all have been called.
        """
        _, handlers = self._unfinished.pop(id(dispatch), (dispatch, self.of_type(dispatch.t)))
        try:
            event = decode(dispatch)
        except EventDecodeError as error:
            handlers = tuple(handler for handler in handlers if handler.types is None)
            if not handlers:
                raise
            logger.warning("only catch-all handlers get this event: %s", error)
            event = UnknownEvent(frame=dispatch)
        context = make_context(event)
        failed: list[Handler] = []
        first: Exception | None = None
        for handler in handlers:
            try:
                await handler(context, event)
            except Exception as error:  # noqa: BLE001 - a handler may raise anything; it is raised again below
                failed.append(handler)
                first = first or error
        if first is not None:
            self._remember(dispatch, tuple(failed))
            raise first

    def forget(self, dispatch: Dispatch) -> None:
        """The event will not be tried again."""
        self._unfinished.pop(id(dispatch), None)

    def _remember(self, dispatch: Dispatch, failed: tuple[Handler, ...]) -> None:
        self._unfinished[id(dispatch)] = (dispatch, failed)
        if len(self._unfinished) > MOST_UNFINISHED:
            self._unfinished.popitem(last=False)
