"""Events that wait, in one lane for every conversation.

A lane exists while it has events. It is in exactly one place: among the `ready`, with the worker that serves it, or
resting before a retry; so no two events of a conversation are ever handled at the same time. Nothing here is async.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Hashable, Iterator

import msgspec

from qqgw_trio.delivery.settling import FINISHED, Port, Work

__all__ = ["Lane", "Lanes"]


def _empty() -> deque[Work]:
    return deque()  # deque[Work]() is ten times as dear


class Lane(msgspec.Struct, eq=False):
    """One conversation of one shard.

    Attributes:
        port: The shard.
        key: The conversation.
        queue: What waits, the oldest first; the event being handled is not among it.
        current: The event taken last, to be handled.
    """

    port: Port
    key: Hashable
    queue: deque[Work] = msgspec.field(default_factory=_empty)
    current: Work | None = None

    @property
    def undone(self) -> list[Work]:
        """What is being handled and what waits, the oldest first."""
        work = self.current
        if work is None or work.event is FINISHED or (self.queue and self.queue[0] is work):
            return list(self.queue)
        return [work, *self.queue]


class Lanes:
    """All lanes of a bot.

    Args:
        by_age: Whether `drop_oldest` will be asked for; it costs a little for each event.

    Attributes:
        ready: Lanes whose turn is to come, in its order.
        waiting: Everything that waits, the oldest first, with its lane; None without `by_age`. Who takes an event from
            a lane's queue to handle it takes it from here too.
    """

    def __init__(self, *, by_age: bool) -> None:
        self.ready: deque[Lane] = deque()
        self.waiting: OrderedDict[Work, Lane] | None = OrderedDict() if by_age else None
        self._by_port: dict[Port, dict[Hashable, Lane]] = {}

    def __len__(self) -> int:
        """How many conversations have events that wait or are being handled."""
        return sum(map(len, self._by_port.values()))

    def add(self, port: Port, key: Hashable, work: Work) -> None:
        """Lets an event wait behind those of its conversation."""
        lanes = self._by_port.get(port)
        if lanes is None:
            lanes = self._by_port[port] = {}
        lane = lanes.get(key)
        if lane is None:
            lane = lanes[key] = Lane(port, key)
            self.ready.append(lane)
        lane.queue.append(work)
        if self.waiting is not None:
            self.waiting[work] = lane

    def find(self, port: Port, key: Hashable) -> Lane | None:
        """The lane of a conversation that has events."""
        lanes = self._by_port.get(port)
        return None if lanes is None else lanes.get(key)

    def __iter__(self) -> Iterator[Lane]:
        """The lanes of all shards."""
        return (lane for lanes in self._by_port.values() for lane in lanes.values())

    def longest(self) -> Lane | None:
        """The conversation with the most undone events; None if there is none."""
        return max(self, key=lambda lane: len(lane.undone), default=None)

    def take_out(self, lane: Lane, work: Work) -> None:
        """Takes an event away from among those that wait."""
        lane.queue.remove(work)
        if self.waiting is not None:
            del self.waiting[work]

    def put_back(self, lane: Lane, work: Work) -> None:
        """The event just taken waits again, as the oldest of all."""
        lane.queue.appendleft(work)
        if self.waiting is not None:
            self.waiting[work] = lane
            self.waiting.move_to_end(work, last=False)

    def drop_oldest(self) -> tuple[Port, Work] | None:
        """Takes away the event that has waited longest, in any lane; None if none waits."""
        if not self.waiting:
            return None
        _, lane = self.waiting.popitem(last=False)
        return lane.port, lane.queue.popleft()

    def leave(self, lane: Lane) -> None:
        """Ends a worker's service of the lane, or its rest: the lane is ready again, or gone if it is empty."""
        if lane.queue:
            self.ready.append(lane)
            return
        lanes = self._by_port[lane.port]
        del lanes[lane.key]
        if not lanes:
            # Shards come and go.
            del self._by_port[lane.port]
