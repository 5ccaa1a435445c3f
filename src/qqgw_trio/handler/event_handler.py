"""`EventHandler`: one method per event, for those who prefer the specification's style.

Override what you want to handle; every method takes a `Context` and the event. `message_create` is called for
MESSAGE_CREATE and, unless `at_message_create` is overridden, for AT_MESSAGE_CREATE; `group_message_create` likewise for
GROUP_AT_MESSAGE_CREATE. A bot that receives both types gets some messages as both: such a method is called for the one
that comes first. A method that names no event raises when the object is made, with the nearest name.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable
from typing import Any, Final, Self, cast

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.events import EVENT_CLASSES, Event
from qqgw_trio.delivery.once import OnceAMessage
from qqgw_trio.handler.context import Context
from qqgw_trio.handler.handlers import HandlerFunction

__all__ = ["EventHandler"]

_METHODS: Final = {name.lower(): name for name in EVENT_CLASSES}
_BEHIND: Final = {"message_create": "at_message_create", "group_message_create": "group_at_message_create"}


class EventHandler:
    """Base class; a public method is the handler of the event that it names.

    Raises:
        ConfigurationError: A public method names no event.
    """

    # `Any`: pyright holds `object` against the narrower `__init__` of an author's class.
    def __new__(cls, *_args: Any, **_options: Any) -> Self:
        """Checks the names here and not in `__init__`, which a subclass need not call."""
        for name in cls._method_names():
            if name not in _METHODS:
                raise ConfigurationError(f"{cls.__name__}.{name} names no event", remedy=_nearest(name))
        return super().__new__(cls)

    def handlers(self) -> list[tuple[HandlerFunction, tuple[str, ...]]]:
        """Each method with the type names of its event; of two types either will do."""
        found: list[tuple[HandlerFunction, tuple[str, ...]]] = []
        names = self._method_names()
        for name in names:
            function: HandlerFunction = getattr(self, name)
            special = _BEHIND.get(name)
            if special is None or special in names:
                found.append((function, (_METHODS[name],)))
            else:
                found.append((_once_a_message(function), (_METHODS[name], _METHODS[special])))
        return found

    @classmethod
    def _method_names(cls) -> list[str]:
        names = (name for name in dir(cls) if not name.startswith("_") and not hasattr(EventHandler, name))
        return [name for name in names if inspect.isroutine(getattr(cls, name))]


def _once_a_message(method: HandlerFunction) -> HandlerFunction:
    """Lets a method see each message once, though it comes as two types."""
    once = OnceAMessage()

    @functools.wraps(method)
    async def call_async(context: Context[Any], event: Event) -> None:
        if once.is_first(event):
            await cast("Awaitable[object]", method(context, event))

    @functools.wraps(method)
    def call(context: Context[Any], event: Event) -> object:
        return method(context, event) if once.is_first(event) else None

    return call_async if inspect.iscoroutinefunction(method) else call


def _nearest(name: str) -> str:
    import difflib  # noqa: PLC0415 - only where something is wrong

    near = difflib.get_close_matches(name, _METHODS, n=1)
    meant = f"did you mean {near[0]}? " if near else ""
    return f"{meant}name helper methods with a leading underscore"
