"""The queue for permits: requests in the order of asking, and which of them are due for news.

Each request was told an instant at which it is expected to be served; when that has come and it still waits, it is due
to be told another. A thousand shards may wait at once, so that the work done for one must not grow with their number.
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
        """Puts a request at the end, due for news at once."""
        self._waiting[request] = _Waiting(shard_id, now)
        heapq.heappush(self._told, (now, request))

    def leave(self, request: RequestId) -> bool:
        """Removes a request; returns whether it was there."""
        return self._waiting.pop(request, None) is not None

    def take_first(self) -> tuple[RequestId, int]:
        """Removes and returns the first request, with its shard."""
        request = next(iter(self._waiting))
        return request, self._waiting.pop(request).shard_id

    def tell(self, request: RequestId, until: float) -> None:
        """Notes what a request was told: when it is expected to be served."""
        self._waiting[request].until = until
        heapq.heappush(self._told, (until, request))

    def expect_news(self, now: float) -> None:
        """Makes every request due for news: what they were told is no longer right."""
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
