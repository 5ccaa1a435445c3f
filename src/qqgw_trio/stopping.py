"""The wish to stop: expressed from any thread, awaited in trio."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import trio

__all__ = ["StopRequest", "call_in_trio"]


class StopRequest:
    """A wish that can be expressed once; made inside of trio."""

    def __init__(self) -> None:
        self._event = trio.Event()
        self._haste = trio.Event()
        self._token = trio.lowlevel.current_trio_token()

    @property
    def is_made(self) -> bool:
        """Whether somebody has asked."""
        return self._event.is_set()

    def make(self) -> None:
        """Asks; harmless when repeated, and when trio has ended meanwhile."""
        call_in_trio(self._token, self._event.set)

    async def wait(self) -> None:
        """Until somebody asks."""
        await self._event.wait()

    def hurry(self) -> None:
        """Asks not to wait for anything; from inside of trio only."""
        self._haste.set()

    async def wait_for_haste(self) -> None:
        """Until somebody asks not to wait."""
        await self._haste.wait()


def call_in_trio(token: trio.lowlevel.TrioToken, call: Callable[[], object]) -> None:
    """Calls at once where trio runs, and soon from any other thread; not at all once trio has ended.

    A sync handler runs in a thread of its own: an event set from there would wake nobody.
    """
    try:
        trio.lowlevel.current_task()
    except RuntimeError:
        with suppress(trio.RunFinishedError):
            token.run_sync_soon(call)
    else:
        call()
