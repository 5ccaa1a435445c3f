"""`EventHandler`: one method per event, for those who prefer the specification's style.

Override what you want to handle; every method takes a `Context` and the event. `message_create` is called for
MESSAGE_CREATE and, unless `at_message_create` is overridden, for AT_MESSAGE_CREATE; `group_message_create` likewise for
GROUP_AT_MESSAGE_CREATE. A method that names no event raises when the object is made, with the nearest name.
"""

from __future__ import annotations

import difflib
from typing import Final

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.events import EVENT_CLASSES
from qqgw_trio.handlers import HandlerFunction

__all__ = ["EventHandler"]

_METHODS: Final = {name.lower(): name for name in EVENT_CLASSES}
_BEHIND: Final = {"at_message_create": "message_create", "group_at_message_create": "group_message_create"}


class EventHandler:
    """Base class; a public method is the handler of the event that it names.

    Raises:
        ConfigurationError: A public method names no event.
    """

    def handlers(self) -> list[tuple[HandlerFunction, str]]:
        """Each method with the type name of its event."""
        own = {name for name in dir(self) if not name.startswith("_") and name not in dir(EventHandler)}
        found: list[tuple[HandlerFunction, str]] = []
        for name in sorted(name for name in own if callable(getattr(self, name))):
            if name not in _METHODS:
                raise ConfigurationError(f"{type(self).__name__}.{name} names no event", remedy=_nearest(name))
            found.append((getattr(self, name), _METHODS[name]))
        for special, general in _BEHIND.items():
            if general in own and special not in own:
                found.append((getattr(self, general), _METHODS[special]))
        return found


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name, _METHODS, n=1)
    meant = f"did you mean {near[0]}? " if near else ""
    return f"{meant}name helper methods with a leading underscore"
