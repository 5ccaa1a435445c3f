"""Which intents a bot asks for, what is said about them at start, and what happens when they are refused.

Derived from the handlers where none are given: the least set that delivers what the handlers name. A catch-all names
nothing: alone it subscribes `Intents.default()`, beside others nothing more. Where one of several types will do for a
handler (`EventHandler.message_create`, a command, a class such as `Message`), it is the one that needs no approval; bit
9, every message of a guild, is derived so only for a bot that is declared private, and for others bit 30.

The gateway refuses an IDENTIFY for one bit that is not granted, and does not say which one (EE:357-359).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from qqgw_proto.errors import GatewayError, InvalidIntents
from qqgw_proto.events import (
    Intents,
    describe_intents,
    intent_warnings,
    intents_for,
    least_types,
    validate_intents_permissions,
)
from qqgw_proto.machine import effects as do
from qqgw_trio.command.commands import MESSAGE_TYPES
from qqgw_trio.handler.handlers import Handlers

__all__ = ["Subscribing"]

_DEAF: Final = (
    "only messages in channels are heard for %s: to hear groups and C2C as well, add GROUP_AND_C2C_EVENT to the bot's "
    "intents; if channels are enough, name the types"
)

logger = logging.getLogger(__name__)


class Subscribing:
    """The intents of one bot.

    Args:
        given: Those that the author has chosen; None = derived.
        handlers: What they are derived from.
    """

    def __init__(self, given: Intents | int | None, handlers: Handlers) -> None:
        self._given = given
        self._handlers = handlers
        self._refused = Intents.none()
        self._may_give_way = False

    def intents(self, private: bool | None) -> Intents:
        """What is asked for.

        Args:
            private: Whether the bot is a private one; None = it is not said.
        """
        return Intents(int(self._chosen(private)) & ~int(self._refused))

    def fallback(self, private: bool | None) -> Intents | None:
        """What is asked for once the gateway has refused; None where no other attempt is made."""
        asked = self.intents(private)
        rest = Intents(int(asked) & int(Intents.default()))
        return rest if self._may_give_way and asked.privileged and rest else None

    def begin(self, private: bool | None, *, negotiate: bool) -> None:
        """Looks at the choice before any connection, and warns of what is probably a mistake.

        Args:
            private: Whether the bot is a private one; None = it is not said, which makes a warning of an error.
            negotiate: Whether to go on without the privileged bits once the gateway has refused.

        Raises:
            InsufficientPermissions: A bot declared public asks for what only private ones may have.
        """
        self._refused = Intents.none()
        self._may_give_way = negotiate
        if private is False:
            validate_intents_permissions(self.intents(private))
        self._warn(private)

    def heed(self, notice: do.Notice, fail: Callable[[GatewayError], None]) -> None:
        """Notes a refusal: one that will be answered with fewer intents is not repeated until the shard gives up."""
        if isinstance(notice, do.Retrying) and isinstance(notice.why, InvalidIntents) and self._may_give_way:
            fail(notice.why)

    def give_way(self, error: InvalidIntents, private: bool | None) -> None:
        """Drops the privileged bits, once and where that is wanted.

        Args:
            error: The refusal.
            private: As before.

        Raises:
            InvalidIntents: There is nothing to drop; the error names the suspicious intents.
        """
        asked = self.intents(private)
        suspects = asked.privileged
        if self.fallback(private) is None:
            raise _named(error, suspects) from error
        self._may_give_way = False
        self._refused = suspects
        logger.warning(
            "the gateway refused the intents (%s); going on without %s", error.message, describe_intents(suspects)
        )
        self._warn(private)

    def _chosen(self, private: bool | None) -> Intents:
        return Intents(self._given) if self._given is not None else self._derived(private) or Intents.default()

    def _derived(self, private: bool | None) -> Intents:
        asks = [types for entry in self._handlers.entries for types in entry.asks]
        names = [name for types in asks for name in least_types(types, private=private is True)]
        return intents_for(names)

    def _warn(self, private: bool | None) -> None:
        entries = self._handlers.entries
        handled = [types for entry in entries for types in entry.asks]
        # What every bot has, in place of a choice, need not be used either.
        unchosen = self._given is None and not self._derived(private)
        every = unchosen or any(entry.types is None for entry in entries)
        # Without any handler nothing was forgotten: such a bot is a client of REST, or only looks on.
        known = handled if entries else None
        for warning in intent_warnings(self.intents(private), private=private is True, handled=known, catch_all=every):
            logger.warning("%s", warning)
        everywhere = [entry.name for entry in entries if any(types >= MESSAGE_TYPES for types in entry.asks)]
        if everywhere and self._given is None and Intents.GROUP_AND_C2C_EVENT not in self.intents(private):
            logger.warning(_DEAF, ", ".join(everywhere))


def _named(error: InvalidIntents, suspects: Intents) -> InvalidIntents:
    """The same error with the names of the suspicious intents."""
    if not suspects:
        return error
    named = InvalidIntents((), f"{error.message}: {describe_intents(suspects)}", code=error.code)
    named.suspects = error.suspects
    return named
