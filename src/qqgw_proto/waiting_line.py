"""Who waits for a permit, in the order of asking, and who is due for news; no step looks at everybody without need.

Each who waits was told an instant at which it is served; when that has come, it is due to be told another. A thousand
shards ask one after the other, and each asks while all before it wait: what is done for one must not grow with their
number.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import NewType

import msgspec

__all__ = ["RequestId", "WaitingLine"]

RequestId = NewType("RequestId", int)


class _Waiting(msgspec.Struct):
    shard_id: int
    until: float


class WaitingLine:
    """Requests in the order of asking."""

    def __init__(self) -> None:
        self._waiting: dict[RequestId, _Waiting] = {}
        # One entry for each instant told; those that no longer hold are dropped when they come to the top.
        self._told: list[tuple[float, RequestId]] = []

    def __len__(self) -> int:
        return len(self._waiting)

    def join(self, request: RequestId, shard_id: int, now: float) -> None:
        """Goes to the end, due for news at once."""
        self._waiting[request] = _Waiting(shard_id, now)
        heapq.heappush(self._told, (now, request))

    def leave(self, request: RequestId) -> bool:
        """Goes away; whether it was there."""
        return self._waiting.pop(request, None) is not None

    def take_first(self) -> tuple[RequestId, int]:
        """The first, with its shard; it waits no longer."""
        request = next(iter(self._waiting))
        return request, self._waiting.pop(request).shard_id

    def tell(self, request: RequestId, until: float) -> None:
        """It has been told when it is served."""
        self._waiting[request].until = until
        heapq.heappush(self._told, (until, request))

    def expect_news(self, now: float) -> None:
        """What everybody was told has changed."""
        self._told = [(now, request) for request in self._waiting]  # all alike: any order is a heap
        for waiting in self._waiting.values():
            waiting.until = now

    @property
    def next_due(self) -> float | None:
        """When somebody is due for news; None where nobody waits."""
        while self._told and not self._holds(*self._told[0]):
            heapq.heappop(self._told)
        return self._told[0][0] if self._told else None

    def due(self, now: float) -> Iterator[tuple[int, RequestId, int]]:
        """Place, request and shard of all who are due for news, in their order; each must be told before the next."""
        due: set[RequestId] = set()
        while (until := self.next_due) is not None and until <= now:
            due.add(heapq.heappop(self._told)[1])
        last = len(self._waiting) - 1
        newest = next(reversed(self._waiting), None)
        if len(due) == 1 and newest in due and newest is not None:  # Who has just joined stands at the end.
            yield last, newest, self._waiting[newest].shard_id
        elif due:
            places = enumerate(list(self._waiting.items()))
            yield from ((place, request, waiting.shard_id) for place, (request, waiting) in places if request in due)

    def _holds(self, until: float, request: RequestId) -> bool:
        waiting = self._waiting.get(request)
        return waiting is not None and waiting.until == until
