"""One handler's wait for a further event."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

import trio

from qqgw_proto.events import Event
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.delivery.lanes import Lane
from qqgw_trio.delivery.records import Attempt, Taken
from qqgw_trio.delivery.settling import Port, Work
from qqgw_trio.handler.handler_errors import NoAnswer
from qqgw_trio.handler.interruptions import failure_of

__all__ = ["Heeding", "Waiter", "Wanted"]

EventT_co = TypeVar("EventT_co", bound=Event, covariant=True)


class Heeding(Protocol):
    """Where handlers wait: hands them the events that they want."""

    def add(self, waiter: Waiter[Event]) -> None:
        """Begins to look for its event."""
        ...

    def remove(self, waiter: Waiter[Event]) -> None:
        """Ends that."""
        ...

    def parked(self, lane: Lane) -> AbstractContextManager[None]:
        """Holds while the handler that holds this lane waits."""
        ...


class Wanted(Protocol[EventT_co]):
    """What a handler waits for."""

    @property
    def names(self) -> frozenset[str]:
        """Type names as on the wire."""
        ...

    @property
    def anywhere(self) -> bool:
        """Whether it may happen in another conversation."""
        ...

    def accept(self, frame: Dispatch) -> EventT_co | None:
        """The event, if it is wanted; may raise whatever the author's check raises."""
        ...


class Waiter(Generic[EventT_co]):
    """One wait of one handler; it is given its event inside the `with` block.

    Args:
        heeding: Where it waits.
        lane: The conversation that the handler holds.
        attempt: What the handler does; what it gets is noted there.
        wanted: What is waited for.
    """

    def __init__(self, heeding: Heeding, lane: Lane, attempt: Attempt, wanted: Wanted[EventT_co]) -> None:
        self.lane = lane
        self.attempt = attempt
        self.wanted = wanted
        self.deadline = math.inf
        self._heeding = heeding
        self._found: EventT_co | None = None
        self._error: Exception | None = None
        self._news = trio.Event()

    @property
    def is_served(self) -> bool:
        """Whether it has what it waits for."""
        return self._news.is_set()

    def __enter__(self) -> Self:
        self._heeding.add(self)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._heeding.remove(self)
        if kind is not None and self._found is not None:
            # It was not told: whoever asks next gets it.
            self.attempt.read = [taken for taken in self.attempt.read if taken.event is not self._found]

    async def wait(self, what: str, seconds: float) -> EventT_co:
        """The event.

        Args:
            what: What is waited for, in words.
            seconds: How long.

        Raises:
            NoAnswer: It has not come.
            Exception: What the author's check raised.
        """
        self.deadline = trio.current_time() + seconds
        with self._heeding.parked(self.lane), trio.move_on_at(self.deadline):
            await self._news.wait()
        if self._error is not None:
            raise self._error
        if self._found is None:
            raise NoAnswer(what, seconds)
        return self._found

    def offer(self, port: Port, work: Work) -> bool:
        """Takes the event if it is wanted."""
        if self.is_served or work.event.t not in self.wanted.names:
            return False
        try:
            found = self.wanted.accept(work.event)
        except BaseException as error:  # a check may raise whatever it likes; `wait` raises it again
            self._error = failure_of(error)
            if self._error is None:
                raise
            self._news.set()
            return False
        if found is None:
            return False
        self._found = found
        taken = Taken(found, work.at)
        self.attempt.read.append(taken)
        self.attempt.own.taken.append(taken)
        self.attempt.record.taken.append((port, work))
        self._news.set()
        return True
