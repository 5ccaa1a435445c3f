"""What handlers have done about an event, kept over all attempts.

A handler that raises is called again from its beginning. Its first reply is then the first reply once more, with the
number that the first attempt gave it, so that the server can tell the copy; what it had waited for and got, it gets
again. So everything is counted by handler and by its place among what that handler does, not by time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

import msgspec

from qqgw_proto.events import Event
from qqgw_trio.handler.messages import MessageFields
from qqgw_trio.rest.api_types import MessageAudit, SentMessage

if TYPE_CHECKING:
    from qqgw_trio.delivery.settling import Port, Work

__all__ = ["Attempt", "EventRecord", "HandlerRecord", "ReplyRecord", "Taken"]


class ReplyRecord(msgspec.Struct, eq=False):
    """One reply of one handler.

    Attributes:
        number: Its `msg_seq`.
        counted: Whether it counts against the quota.
        fields: What was sent last.
        result: What the server made of it, once it is known to be sent.
    """

    number: int
    counted: bool = False
    fields: MessageFields | None = None
    result: SentMessage | MessageAudit | None = None


class Taken(msgspec.Struct, frozen=True, eq=False):
    """A further event that a handler has waited for and got.

    Attributes:
        event: The event.
        at: When it came.
    """

    event: Event
    at: float


class HandlerRecord(msgspec.Struct, eq=False):
    """What one handler has done about one event.

    Attributes:
        replies: To each message or event that it has answered, in the order of its calls.
        taken: Further events, in the order in which it got them.
        acked: Ids of the interactions that are acknowledged.
    """

    replies: dict[str, list[ReplyRecord]] = {}
    taken: list[Taken] = []
    acked: set[str] = set()


class EventRecord(msgspec.Struct, eq=False):
    """What all handlers have done about one event.

    Attributes:
        at: When the event came.
        clock: The clock of that instant.
        taken: Further events that were taken by handlers of this one; they are finished when it is.
    """

    at: float
    clock: Callable[[], float]
    taken: list[tuple[Port, Work]] = []
    _handlers: dict[Hashable, HandlerRecord] = {}

    def of(self, handler: Hashable) -> HandlerRecord:
        """What one handler has done."""
        return self._handlers.setdefault(handler, HandlerRecord())


class Attempt(msgspec.Struct, eq=False):
    """One attempt of one handler: how far it has come in repeating what it did before.

    Attributes:
        event: What is handled.
        record: Of the event.
        own: Of the handler.
        read: The further events that it has got, this time.
    """

    event: Event
    record: EventRecord
    own: HandlerRecord
    read: list[Taken] = []
    _replies: dict[str, int] = {}

    @property
    def addressed(self) -> Taken:
        """What a reply answers: the further event got last in the same conversation, else the event itself.

        Each has a window and a quota of its own, so that a long dialogue does not run out of replies.
        """
        for taken in reversed(self.read):
            if taken.event.reply_key is not None and taken.event.conversation == self.event.conversation:
                return taken
        return Taken(self.event, self.record.at)

    def age_of(self, taken: Taken) -> float:
        """Seconds since it came."""
        return self.record.clock() - taken.at

    def next_reply(self, named: str, number: Callable[[str], int]) -> ReplyRecord:
        """The next reply to a message or event: that of an earlier attempt, or a new one.

        Args:
            named: The message or event.
            number: Gives a number for a new reply.
        """
        replies, position = self.own.replies.setdefault(named, []), self._replies.get(named, 0)
        self._replies[named] = position + 1
        if position == len(replies):
            replies.append(ReplyRecord(number(named)))
        return replies[position]

    def unread(self) -> list[Taken]:
        """Further events that earlier attempts got, or that came too late for who waited."""
        return [taken for taken in self.own.taken if taken not in self.read]
