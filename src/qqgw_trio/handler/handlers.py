"""Which function handles which event: registration and lookup.

A handler is called with a `Context` and the typed event, in a thread where it is sync (`calling`). An event reaches
every handler that is registered for its type and every catch-all, in the order of registration, as far as their filters
let it pass. `handling` says what happens to one event.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeAlias, TypeVar, cast

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.events import ALIASES, Event, event_class
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.delivery.wishes import names_under
from qqgw_trio.handler.calling import Callee
from qqgw_trio.handler.context import Context
from qqgw_trio.handler.entries import Entry, Handler, Where
from qqgw_trio.handler.failures import ErrorHook
from qqgw_trio.handler.handling import Handling
from qqgw_trio.handler.middleware import Middleware
from qqgw_trio.handler.registered import check_filter, check_parameters

__all__ = ["FunctionT", "HandlerFunction", "Handlers", "type_names_of"]

HandlerFunction: TypeAlias = Callable[[Context[Any], Any], object]
"""Sync or async; what it returns is of no matter, so that it may end with `return await ctx.reply(…)`."""
FunctionT = TypeVar("FunctionT", bound=HandlerFunction)


def type_names_of(what: Iterable[type[Event] | str]) -> tuple[str, ...]:
    """The documented wire names of event classes and type names; of a class that stands for several, all of them.

    Raises:
        ConfigurationError: One of them is neither an event class nor a type name.
    """
    return tuple(name for one in what for name in sorted(_types_of(one)))


def _types_of(one: type[Event] | str) -> frozenset[str]:
    if isinstance(one, str):
        return frozenset({ALIASES.get(one, one)})
    names = names_under(one) if inspect.isclass(cast("object", one)) else frozenset[str]()
    if not names:
        raise _names_no_event(one)
    return names


def _names_no_event(one: object) -> ConfigurationError:
    """The error for what names no event, with what was probably meant."""
    remedy = "give an event class, or a type name such as 'GROUP_AT_MESSAGE_CREATE'"
    if inspect.isroutine(one):
        remedy = "write @bot.on(…) with parentheses, and in them what is to be handled"
    return ConfigurationError(f"{one!r} names no event", remedy=remedy)


class Handlers:
    """All registrations of a bot."""

    def __init__(self) -> None:
        self._all: list[Entry] = []
        self._by_type: dict[str | None, tuple[Entry, ...]] = {}
        self._handling = Handling(self.of_type)
        self.handle_typed: Final = self._handling.handle_typed
        """As `handle`, for an event that is decoded already: takes its context, and how often it comes at most."""

    # --- registration

    def add(
        self,
        function: HandlerFunction,
        what: Iterable[type[Event] | str] = (),
        *,
        where: Where | None = None,
        on_error: ErrorHook | None = None,
        any_will_do: bool = False,
    ) -> None:
        """Registers a function; for no types at all it is a catch-all.

        Args:
            function: The handler.
            what: Event classes and type names. For a class that stands for several types, intents that deliver one
                of them are enough; `Event` stands for all there are, as no type does.
            where: Which of these events it wants.
            on_error: Told when it raises.
            any_will_do: Whether intents that deliver one of all the types are enough.
        """
        named = tuple(what)
        each = [_types_of(one) for one in named]
        every = not each or Event in named
        check_parameters(function, "ctx", "event")
        if where is not None:
            check_filter(where)
        call: Callee[object] = Callee(function)
        if on_error is not None:
            check_parameters(on_error, "ctx", "failure")
        own_hook: Callee[bool | None] | None = None if on_error is None else Callee(on_error)
        types = frozenset[str]().union(*each)
        asks = () if every else (types,) if any_will_do else tuple(dict.fromkeys(each))
        self.add_entry(Handler(call, None if every else types, where, own_hook, asks))

    def add_entry(self, entry: Entry) -> None:
        """Registers something that finds a handler for each event."""
        self._all.append(entry)
        self.forget_lookups()

    def forget_lookups(self) -> None:
        """Must be called when the types of an entry have changed."""
        self._by_type.clear()
        self._handling.forget_lookups()

    def add_middleware(self, function: Middleware) -> None:
        """Puts a function around all handlers, inside of those registered before."""
        self._handling.add_middleware(function)

    def add_error_hook(self, hook: ErrorHook) -> None:
        """Registers a hook that is told whenever a handler raises."""
        check_parameters(hook, "ctx", "failure")
        self._handling.add_error_hook(hook)

    # --- lookup

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Everything registered, in order."""
        return tuple(self._all)

    @property
    def type_names(self) -> tuple[str, ...]:
        """Every type that a handler names."""
        return tuple(sorted({name for entry in self._all for name in entry.types or ()}))

    def of_type(self, type_name: str | None) -> tuple[Entry, ...]:
        """Who is registered for this type, by its documented or its alternative name."""
        found = self._by_type.get(type_name)
        if found is None:
            name = ALIASES.get(type_name or "", type_name)
            found = tuple(entry for entry in self._all if entry.types is None or name in entry.types)
            # Only names that mean something are kept: a peer that invents names does not make this grow.
            if event_class(type_name) is not None or name in self.type_names:
                self._by_type[type_name] = found
        return found

    def wants(self, type_name: str | None) -> bool:
        """Whether anyone handles this type."""
        return bool(self.of_type(type_name))

    # --- work

    async def handle(
        self, dispatch: Dispatch, make_context: Callable[[Event], Context[Any]], *, attempts: int = 1
    ) -> None:
        """Calls the handlers of an event; on a repetition only those that raised before.

        Args:
            dispatch: The event; each repetition brings the same object.
            make_context: Makes what the handlers are called with.
            attempts: How often the event comes at most.

        Raises:
            HandlersFailed: The event is to be tried again, or is given up; all errors have been reported.
        """
        await self._handling.handle(dispatch, make_context, attempts)
