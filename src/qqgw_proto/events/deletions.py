"""Deleted messages: the payload is `{message, op_user}`, not a message itself (`protocol.md` 6.3; MODEL:93-98)."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from qqgw_proto.events.base import Conversation, Event, channel_key
from qqgw_proto.events.values import User

__all__ = ["DeletedMessage", "DirectMessageDelete", "MessageDelete", "MessageDeletion", "PublicMessageDelete"]


class DeletedMessage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is left of a deleted message (MODEL:93-98).

    Attributes:
        id: Its id.
        guild_id: The guild; of a direct message the one made for that chat.
        channel_id: The channel.
        author: Who wrote it.
        direct_message: Whether it was a direct one.
        src_guild_id: The guild that a direct message's author came from.
    """

    id: str | None = None
    guild_id: str | None = None
    channel_id: str | None = None
    author: User = User()
    direct_message: bool = False
    src_guild_id: str | None = None


class MessageDeletion(Event, frozen=True):
    """A message was deleted; `message_id` is its id, and nothing can be replied to it.

    Attributes:
        message: The message, in part.
        op_user: Who deleted it.
    """

    message: DeletedMessage = DeletedMessage()
    op_user: User = User()

    conversation_fields: ClassVar[tuple[str, ...]] = ("message",)

    @property
    def guild(self) -> str | None:
        """The guild's id."""
        return self.message.guild_id

    @property
    def conversation(self) -> Conversation | None:
        """The channel, or the guild where no channel is named."""
        return channel_key(self.message.channel_id, self.message.guild_id)

    @property
    def author_id(self) -> str | None:
        """Who deleted it."""
        return self.op_user.id

    @property
    def is_from_bot(self) -> bool:
        """Whether a bot deleted it."""
        return self.op_user.bot

    @property
    def message_id(self) -> str | None:
        """The deleted message's id."""
        return self.message.id


class MessageDelete(MessageDeletion, frozen=True):
    """Any message of a guild was deleted; for private bots (bit 9)."""

    wire_name: ClassVar[str] = "MESSAGE_DELETE"


class PublicMessageDelete(MessageDeletion, frozen=True):
    """A message that mentioned the bot was deleted (bit 30)."""

    wire_name: ClassVar[str] = "PUBLIC_MESSAGE_DELETE"


class DirectMessageDelete(MessageDeletion, frozen=True):
    """A direct message was deleted."""

    wire_name: ClassVar[str] = "DIRECT_MESSAGE_DELETE"

    @property
    def guild(self) -> str | None:
        """The guild that the person came from."""
        return self.message.src_guild_id

    @property
    def conversation(self) -> Conversation | None:
        """The chat, which the wire names by a guild of its own."""
        return ("dm", self.message.guild_id) if self.message.guild_id else None
