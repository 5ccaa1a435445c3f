"""How much a growing number has grown in the last seconds, from a look at it now and then.

`Marks.note` is called before every change and keeps at most one value a second. A quiet time leaves no marks and needs
none: the number does not change in it, and the change that ends it leaves one.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import Final

from qqgw_proto.errors import ConfigurationError

__all__ = ["LONGEST_WINDOW", "Marks"]

SPACING: Final = 1.0
"""Seconds from one mark to the next at least."""

LONGEST_WINDOW: Final = 300.0
"""Seconds that can be looked back."""

_MOST: Final = int(LONGEST_WINDOW / SPACING) + 2


class Marks:
    """When a number had which value."""

    __slots__ = ("_times", "_values", "next")

    def __init__(self) -> None:
        self.next = float("-inf")
        """From when on `note` has something to do."""
        self._times = array("d")
        self._values = array("q")

    def note(self, now: float, value: int) -> None:
        """Remembers the value before whatever is about to change it."""
        if now < self.next:
            return
        self.next = now + SPACING
        self._times.append(now)
        self._values.append(value)
        if len(self._times) > 2 * _MOST:
            del self._times[:_MOST], self._values[:_MOST]

    def grown(self, since: float, value: int) -> int:
        """How much it has grown since then.

        Args:
            since: Of the same clock.
            value: The present one.
        """
        at = bisect_left(self._times, since)
        return value - self._values[at] if at < len(self._values) else 0

    def rate(self, now: float, window: float, begin: float | None, value: int) -> float:
        """Growth per second within the window; the window is shorter where it all began later.

        Args:
            now: Of the same clock.
            window: Seconds, above 0 and up to `LONGEST_WINDOW`.
            begin: When it all began; None = it has not.
            value: The present one.

        Raises:
            ConfigurationError: The window cannot be looked back.
        """
        if not 0 < window <= LONGEST_WINDOW:
            raise ConfigurationError(f"the window must be above 0 and up to {LONGEST_WINDOW:g} s, not {window!r}")
        if begin is None or now <= begin:
            return 0.0
        seconds = min(window, now - begin)
        return self.grown(now - seconds, value) / seconds
