"""What waits to be written to one client, and every way in which the writing can be made to fail.

`put` never waits. `run` writes: at full speed, slowly, up to a byte and no further, or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs
import trio

__all__ = ["Outbox", "Pace"]

_FULL_SPEED: Final = 1024 * 1024


@attrs.frozen
class Pace:
    """How fast bytes leave.

    Attributes:
        size: Bytes at a time.
        pause: Seconds after each time.
    """

    size: int = _FULL_SPEED
    pause: float = 0.0


class Outbox:
    """The writing half of one connection.

    Args:
        stream: Where the bytes go.
        limit: Bytes that may wait.
        on_excess: Called when more wait.
    """

    def __init__(self, stream: trio.abc.SendStream, limit: int, on_excess: Callable[[], None]) -> None:
        self.pace = Pace()
        self._stream = stream
        self._limit = limit
        self._on_excess = on_excess
        self._waiting = bytearray()
        self._news = trio.Event()
        self._ending = False
        self._mute = False
        self._cut: tuple[int, Callable[[], None]] | None = None

    def put(self, data: bytes) -> None:
        """Queues one frame; dropped once `end` or `silence` was called."""
        if self._ending or self._mute:
            return
        if self._cut is not None:
            size, then = self._cut
            self._cut = None
            self._waiting += data[:size]
            then()
        else:
            self._waiting += data
        self._news.set()
        if len(self._waiting) > self._limit:
            self._on_excess()

    def cut_next(self, size: int, then: Callable[[], None]) -> None:
        """Lets the next frame stop after `size` bytes; `then` says what follows."""
        self._cut = (size, then)

    def end(self) -> None:
        """What waits is still written, nothing more is taken, then `run` returns."""
        self._ending = True
        self._news.set()

    def silence(self) -> None:
        """What waits is still written, nothing more is taken; `run` goes on."""
        self._mute = True

    async def run(self) -> None:
        """Writes until `end`.

        Raises:
            trio.BrokenResourceError: The client is gone.
        """
        while self._waiting or not self._ending:
            if not self._waiting:
                self._news = trio.Event()
                await self._news.wait()
                continue
            data = bytes(self._waiting[: self.pace.size])
            del self._waiting[: len(data)]
            await self._stream.send_all(data)
            if self.pace.pause:
                await trio.sleep(self.pace.pause)
