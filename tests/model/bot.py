"""The bot around the client: which delivered events are open, which were handled, what is saved.

Values are unique, as those of `far` are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, TypeAlias, cast

import attrs

from model.invariants import check
from qqgw_proto import Snapshot, Ticket

__all__ = ["Bot", "Opened", "Saves"]

Opened: TypeAlias = tuple[Ticket, int]
"""The ticket of a delivered event, and the event's number."""

Saves: TypeAlias = tuple[Snapshot | None, ...]
"""What was saved, in order: the last one stands."""


@attrs.define(eq=False)
class Bot:
    """Attributes:
    open: Delivered and not handled, in the order of delivery.
    handled: Which events were handled, by number.
    crashed: Whether the process was ever killed: then, and only then, may an event be handled again.
    saved: What is in the store, where it can still be read.
    reads_again: Whether the store can still be read.
    """

    reads_again: bool
    open: tuple[Opened, ...] = ()
    handled: tuple[bool, ...] = ()
    crashed: bool = False
    saved: Snapshot | None = None
    afterwards: dict[object, Bot] = attrs.field(factory=dict[object, "Bot"], repr=False)

    unique: ClassVar[dict[object, Bot]] = {}

    def grown(self) -> Bot:
        """With an event that the server has made."""
        return self.afterwards.get("grown") or self._becomes("grown", handled=(*self.handled, False))

    def served(self, events: tuple[Opened, ...], saves: Saves) -> Bot:
        """With events that the client has delivered, and what it has saved."""
        if not events and not saves:
            return self
        name = (events, saves)
        saved = saves[-1] if saves and self.reads_again else self.saved
        return self.afterwards.get(name) or self._becomes(name, open=self.open + events, saved=saved)

    def without(self, index: int) -> Bot:
        """With one open event handled."""
        known = self.afterwards.get(index)
        if known is not None:
            return known
        event = self.open[index][1]
        check("I3", self.crashed or not self.handled[event], f"event {event} was handled twice without a crash")
        handled = (*self.handled[:event], True, *self.handled[event + 1 :])
        return self._becomes(index, open=self.open[:index] + self.open[index + 1 :], handled=handled)

    def renewed(self) -> Bot:
        """In a new session: nobody will ask for the events of the old one again, so none of them is missed."""
        known = self.afterwards.get("renewed")
        if known is not None:
            return known
        still_open = {event for _, event in self.open}
        handled = tuple(event not in still_open for event in range(len(self.handled)))
        return self._becomes("renewed", handled=handled)

    def restarted(self, *, reads_again: bool) -> Bot:
        """With nothing open, because the process is gone."""
        name = ("restarted", reads_again)
        known = self.afterwards.get(name)
        return known or self._becomes(
            name, open=(), crashed=True, reads_again=reads_again, saved=self.saved if reads_again else None
        )

    def _becomes(self, name: object, **changes: object) -> Bot:
        evolve = cast("Callable[..., Bot]", attrs.evolve)
        draft = evolve(self, afterwards={}, **changes)
        key = (draft.open, draft.handled, draft.crashed, draft.saved, draft.reads_again)
        known = self.afterwards[name] = Bot.unique.setdefault(key, draft)
        return known
