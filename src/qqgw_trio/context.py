"""What a handler gets beside its event: the bot, the shard, REST, and `reply`.

A reply names the message (or event) that it answers. The server takes every pair of message id and `msg_seq` once, so
each further reply to one message gets the next number (`protocol.md` 9), and a repetition of a failed call its own.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from qqgw_proto.errors import GatewayError
from qqgw_proto.events import Event
from qqgw_trio.api import Api
from qqgw_trio.api_types import MessageAudit, SentMessage
from qqgw_trio.messages import MessageFields

if TYPE_CHECKING:
    from qqgw_trio.bot import Bot
    from qqgw_trio.shard import Shard

__all__ = ["CannotReply", "Context", "ReplyNumbers"]

EventT = TypeVar("EventT", bound=Event)


class CannotReply(GatewayError):
    """The platform offers no way to answer this event."""

    default_remedy = "send to a channel, group or user through ctx.api instead"


class ReplyNumbers:
    """The next `msg_seq` for each message, for as many messages as can still be answered.

    Args:
        most: Messages remembered.
    """

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._last: OrderedDict[str, int] = OrderedDict()

    def next(self, message: str) -> int:
        """A number not used for this message before, from 1."""
        number = self._last.pop(message, 0) + 1
        self._last[message] = number
        if len(self._last) > self._most:
            self._last.popitem(last=False)
        return number


class Context(Generic[EventT]):
    """What surrounds one event.

    Attributes:
        bot: The bot.
        shard: The shard that received it.
        event: The event.
    """

    __slots__ = ("bot", "event", "shard")

    def __init__(self, bot: Bot, shard: Shard, event: EventT) -> None:
        self.bot = bot
        self.shard = shard
        self.event = event

    @property
    def api(self) -> Api:
        """REST."""
        return self.bot.api

    @property
    def event_id(self) -> str | None:
        """The frame's id, which a reply to a notice names."""
        return self.event.event_id

    @property
    def raw(self) -> msgspec.Raw:
        """The payload as received."""
        return self.event.raw

    async def reply(self, text: str) -> SentMessage | MessageAudit:
        """Answers in the place where the event happened.

        Args:
            text: What to say.

        Raises:
            CannotReply: This kind of event cannot be answered.
            GatewayError: The call failed.
        """
        conversation = self.event.conversation
        if conversation is None:
            raise CannotReply(f"{self.event.type_name} happened in no place that could be answered")
        kind, place = conversation
        fields: MessageFields = {**self._reference(), "content": text}
        match kind:
            case "group":
                return await self.api.send_group(place, **self._numbered(fields))
            case "c2c":
                return await self.api.send_c2c(place, **self._numbered(fields))
            case "channel":
                return await self.api.send_channel(place, **fields)
            case "dm":
                return await self.api.send_dm(place, **fields)
            case "guild":
                raise CannotReply(f"{self.event.type_name} happened in no channel that could be answered")

    def _reference(self) -> MessageFields:
        """What the reply names: the message by `msg_id`, a notice by `event_id` (POST:49)."""
        event = self.event
        if event.reply_key == "msg_id" and event.message_id:
            return {"msg_id": event.message_id}
        if event.reply_key == "event_id" and event.event_id:
            return {"event_id": event.event_id}
        raise CannotReply(f"{event.type_name} is no event that a reply can name")

    def _numbered(self, fields: MessageFields) -> MessageFields:
        """Groups and C2C want a number for each reply to one message (SEND:84)."""
        named = fields.get("msg_id") or fields.get("event_id", "")
        return {**fields, "msg_type": 0, "msg_seq": self.bot.reply_numbers.next(named)}
