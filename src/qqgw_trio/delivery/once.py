"""Each message once, though it comes as two types.

A bot that receives MESSAGE_CREATE and AT_MESSAGE_CREATE gets a message for it as both, with one id; likewise
GROUP_MESSAGE_CREATE and GROUP_AT_MESSAGE_CREATE (`protocol.md` 6.1). Both belong to one conversation, so the second
waits until the first is done.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from qqgw_proto.events import Event

__all__ = ["OnceAMessage"]

MOST_MESSAGES: Final = 10_000


class OnceAMessage:
    """Which messages have come already, for as many as are remembered.

    Args:
        most: How many that is.
    """

    def __init__(self, most: int = MOST_MESSAGES) -> None:
        self._most = most
        self._types: OrderedDict[str, str] = OrderedDict()

    def is_first(self, event: Event) -> bool:
        """Whether the message has not come as another type before; what is no message is always the first."""
        if event.message_id is None:
            return True
        # By type, not once and for all: the same event comes again when its handler has raised.
        first = self._types.setdefault(event.message_id, event.type_name)
        if len(self._types) > self._most:
            self._types.popitem(last=False)
        return first == event.type_name
