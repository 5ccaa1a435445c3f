"""Reactions to messages (message/trans/emoji.md; `protocol.md` 6.3)."""

from __future__ import annotations

from enum import IntEnum, unique
from typing import ClassVar

import msgspec

from qqgw_proto.events.base import ReplyKey
from qqgw_proto.events.places import ChannelScopedEvent
from qqgw_proto.events.values import Emoji

__all__ = [
    "MessageReactionAdd",
    "MessageReactionEvent",
    "MessageReactionRemove",
    "ReactionTarget",
    "ReactionTargetType",
]


@unique
class ReactionTargetType(IntEnum):
    """What a reaction is attached to (openapi/reaction/model.md:23-28)."""

    MESSAGE = 0
    THREAD = 1
    POST = 2
    REPLY = 3


# The documents say a number, the wire says a text, one of them misspelt.
_TARGET_TYPES: dict[int | str | None, ReactionTargetType] = {
    **{kind.value: kind for kind in ReactionTargetType},
    **{str(kind.value): kind for kind in ReactionTargetType},
    "ReactionTargetType_MSG": ReactionTargetType.MESSAGE,
    "ReactionTargetType_FEED": ReactionTargetType.THREAD,
    "ReactionTargetType_COMMNENT": ReactionTargetType.POST,
    "ReactionTargetType_COMMENT": ReactionTargetType.POST,
    "ReactionTargetType_REPLY": ReactionTargetType.REPLY,
}


class ReactionTarget(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a reaction is attached to.

    Attributes:
        id: Its id.
        raw_type: Its kind as on the wire, a number or a text.
    """

    id: str | None = None
    raw_type: int | str | None = msgspec.field(default=None, name="type")

    @property
    def type(self) -> ReactionTargetType | None:
        """Its kind, or None where it is unknown."""
        return _TARGET_TYPES.get(self.raw_type)


class MessageReactionEvent(ChannelScopedEvent, frozen=True):
    """Someone reacted, or took a reaction back; `message_id` is set where the target is a message.

    Attributes:
        user_id: Who.
        emoji: The reaction.
        target: What it is attached to.
    """

    user_id: str | None = None
    emoji: Emoji = Emoji()
    target: ReactionTarget = ReactionTarget()

    reply_key: ClassVar[ReplyKey] = "event_id"

    @property
    def author_id(self) -> str | None:
        """Who did it."""
        return self.user_id

    @property
    def message_id(self) -> str | None:
        """The message reacted to; None where the target is none."""
        return self.target.id if self.target.type is ReactionTargetType.MESSAGE else None


class MessageReactionAdd(MessageReactionEvent, frozen=True):
    """Someone reacted."""

    wire_name: ClassVar[str] = "MESSAGE_REACTION_ADD"


class MessageReactionRemove(MessageReactionEvent, frozen=True):
    """Someone took a reaction back."""

    wire_name: ClassVar[str] = "MESSAGE_REACTION_REMOVE"
