"""What can be registered for events: a handler, or something that finds a handler for each event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

import msgspec

from qqgw_proto.events import Event
from qqgw_trio.handler.calling import Callee

__all__ = ["Entry", "Handler", "Where"]

Where: TypeAlias = Callable[[Event], bool]
"""Whether an event is wanted; a `Filter`, or any function."""


class Entry(Protocol):
    """What is registered: a handler, or something that finds one for each event."""

    @property
    def name(self) -> str:
        """What it is called in the log."""
        ...

    @property
    def types(self) -> frozenset[str] | None:
        """Its type names; None = every event."""
        ...

    @property
    def asks(self) -> tuple[frozenset[str], ...]:
        """What it needs to be subscribed to: of each set of types one at least."""
        ...

    def pick(self, event: Event) -> Handler | None:
        """Who handles this event; None = nobody here."""
        ...


class Handler(msgspec.Struct, frozen=True):
    """One handler.

    Attributes:
        call: What is called.
        types: Its type names; None = every event.
        where: Which events of these types it wants; None = all.
        on_error: Told when it raises, before the bot's own hooks.
        asks: What it needs to be subscribed to: of each set of types one at least.
    """

    call: Callee[object]
    types: frozenset[str] | None
    where: Where | None = None
    on_error: Callee[bool | None] | None = None
    asks: tuple[frozenset[str], ...] = ()

    @property
    def name(self) -> str:
        """The function's name and where it stands."""
        return self.call.name

    def pick(self, event: Event) -> Handler | None:
        """Itself, if its filter lets the event pass."""
        return self if self.where is None or self.where(event) else None
