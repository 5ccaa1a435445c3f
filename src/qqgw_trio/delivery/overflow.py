"""What happens to events when the buffer is full, and how the loss of some is announced.

`block`: nothing is dropped; the shards stop reading and TCP holds the gateway back. `drop_oldest` and `drop_newest`:
the user's own choice to lose events, announced by one `Dropped` a burst (invariant I3).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, TypeAlias

import msgspec
import trio
from msgspec.structs import replace

from qqgw_trio.delivery.settling import Port

__all__ = ["BURST_SECONDS", "DropLog", "Dropped", "Overflow"]

Overflow: TypeAlias = Literal["block", "drop_oldest", "drop_newest"]
"""What happens to events beyond the capacity."""

BURST_SECONDS: Final = 1.0
"""What is dropped within this time from the first drop on is one burst."""


class Dropped(msgspec.Struct, frozen=True):
    """Events of one shard were lost by the user's own overflow policy; announced once a burst.

    Attributes:
        count: How many.
        first: The `s` of the first; None where it had none.
        last: The `s` of the last; None where none had one. Events between the two need not all be lost.
        shard_id: Whose they were.
    """

    count: int
    first: int | None
    last: int | None
    shard_id: int


class DropLog:
    """Counts drops and announces them.

    Args:
        on_dropped: Called with every burst; must not raise.
    """

    def __init__(self, on_dropped: Callable[[Dropped], None]) -> None:
        self._on_dropped = on_dropped
        self._bursts: dict[Port, Dropped] = {}
        self._begun = trio.Event()

    def add(self, port: Port, seq: int | None) -> None:
        """Notes the drop of one event; within a session in the order of `s`."""
        burst = self._bursts.get(port)
        if burst is not None and burst.last is not None and seq is not None and seq <= burst.last:
            # Numbers of another session: they cannot share a span.
            self._on_dropped(self._bursts.pop(port))
            burst = None
        if burst is None:
            self._bursts[port] = Dropped(1, seq, seq, port.shard_id)
        else:
            last = burst.last if seq is None else seq
            self._bursts[port] = replace(burst, count=burst.count + 1, last=last)
        self._begun.set()

    def announce(self) -> None:
        """Ends the bursts under way."""
        self._begun = trio.Event()
        while self._bursts:
            _, burst = self._bursts.popitem()
            self._on_dropped(burst)

    async def run(self) -> None:
        """Announces every burst when it is over, for ever."""
        while True:
            await self._begun.wait()
            await trio.sleep(BURST_SECONDS)
            self.announce()
