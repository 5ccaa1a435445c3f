"""The wish to stop: expressed from any thread, awaited in trio."""

from __future__ import annotations

import trio

__all__ = ["StopRequest"]


class StopRequest:
    """A wish that can be expressed once; made inside of trio."""

    def __init__(self) -> None:
        self._event = trio.Event()
        self._token = trio.lowlevel.current_trio_token()

    @property
    def is_made(self) -> bool:
        """Whether somebody has asked."""
        return self._event.is_set()

    def make(self) -> None:
        """Asks; harmless when repeated, and when trio has ended meanwhile."""
        try:
            trio.lowlevel.current_task()
        except RuntimeError:
            # A sync handler runs in a thread of its own: an event set from there would wake nobody.
            self._make_from_elsewhere()
        else:
            self._event.set()

    async def wait(self) -> None:
        """Until somebody asks."""
        await self._event.wait()

    def _make_from_elsewhere(self) -> None:
        try:
            self._token.run_sync_soon(self._event.set)
        except trio.RunFinishedError:
            return
