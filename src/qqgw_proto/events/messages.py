"""Messages: in channels, direct, in groups, and C2C (`protocol.md` 6.3).

A private bot that asks for bits 9 and 30 gets a message for it twice, as MESSAGE_CREATE and as AT_MESSAGE_CREATE with
one `message_id`; the same has been seen with GROUP_MESSAGE_CREATE and GROUP_AT_MESSAGE_CREATE.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from qqgw_proto.events.base import Conversation, Event, ReplyKey, channel_key
from qqgw_proto.events.texts import clean_text, unescape
from qqgw_proto.events.timestamps import RawTimestamp, parse_timestamp
from qqgw_proto.events.values import Attachment, Member, MessageReference, MessageScene, User

__all__ = [
    "AtMessageCreate",
    "C2CMessageCreate",
    "DirectMessageCreate",
    "GroupAtMessageCreate",
    "GroupMessage",
    "GroupMessageCreate",
    "GuildMessage",
    "Message",
    "MessageCreate",
]


class Message(Event, frozen=True):
    """A message, wherever it was written.

    Attributes:
        id: Its id, which a passive reply names as `msg_id`.
        content: The text as on the wire; `text` is the cleaned one.
        author: Who wrote it; the ids present differ from place to place.
        raw_timestamp: When, as on the wire.
        attachments: Files, pictures, voices, videos.
        mentions: Users mentioned.
        message_reference: The message that it answers.
    """

    id: str | None = None
    content: str = ""
    author: User = User()
    raw_timestamp: RawTimestamp = msgspec.field(default=None, name="timestamp")
    attachments: tuple[Attachment, ...] = ()
    mentions: tuple[User, ...] = ()
    message_reference: MessageReference | None = None

    reply_key: ClassVar[ReplyKey] = "msg_id"

    @property
    def timestamp(self) -> datetime | None:
        """When it was written."""
        return parse_timestamp(self.raw_timestamp)

    @property
    def author_id(self) -> str | None:
        """Who wrote it."""
        return self.author.id

    @property
    def text(self) -> str:
        """What the person wrote, without leading mentions."""
        return clean_text(self.content)

    @property
    def is_from_bot(self) -> bool:
        """Whether a bot wrote it."""
        return self.author.bot

    @property
    def message_id(self) -> str | None:
        """The message's id."""
        return self.id


class GuildMessage(Message, frozen=True):
    """A message in a channel of a guild, or a direct message.

    Attributes:
        guild_id: The guild; of a direct message the one made for this chat.
        channel_id: The channel.
        member: The author as a member, in part.
        raw_seq: Number in the channel, deprecated since 2022 (MODEL:20).
        seq_in_channel: Number in the channel, as text (MODEL:21).
        mention_everyone: Whether everyone is mentioned.
        raw_edited_timestamp: When it was changed, as on the wire.
        direct_message: Whether it is a direct one.
        src_guild_id: The guild that a direct message's author came from.
        embeds: Embeds, as JSON.
        ark: An ark template, as JSON.
    """

    guild_id: str | None = None
    channel_id: str | None = None
    member: Member | None = None
    raw_seq: int | None = msgspec.field(default=None, name="seq")
    seq_in_channel: str | None = None
    mention_everyone: bool = False
    raw_edited_timestamp: RawTimestamp = msgspec.field(default=None, name="edited_timestamp")
    direct_message: bool = False
    src_guild_id: str | None = None
    embeds: object = None
    ark: object = None

    conversation_fields: ClassVar[tuple[str, ...]] = ("channel_id", "guild_id")

    @property
    def guild(self) -> str | None:
        """The guild's id."""
        return self.guild_id

    @property
    def conversation(self) -> Conversation | None:
        """The channel, or the guild where no channel is named."""
        return channel_key(self.channel_id, self.guild_id)

    @property
    def text(self) -> str:
        """What the person wrote, without leading mentions and without the wire's escapes."""
        # Mentions go first: "&lt;@1&gt;" is what a person typed, not a mention.
        return unescape(clean_text(self.content))

    @property
    def edited_timestamp(self) -> datetime | None:
        """When it was changed, or None."""
        return parse_timestamp(self.raw_edited_timestamp)


class MessageCreate(GuildMessage, frozen=True):
    """Any message of a guild; for private bots (bit 9)."""

    wire_name: ClassVar[str] = "MESSAGE_CREATE"


class AtMessageCreate(GuildMessage, frozen=True):
    """A message of a guild that mentions the bot (bit 30)."""

    wire_name: ClassVar[str] = "AT_MESSAGE_CREATE"


class DirectMessageCreate(GuildMessage, frozen=True):
    """A direct message of a guild's member to the bot."""

    wire_name: ClassVar[str] = "DIRECT_MESSAGE_CREATE"
    conversation_fields: ClassVar[tuple[str, ...]] = ("guild_id",)

    @property
    def guild(self) -> str | None:
        """The guild that the person came from; `guild_id` is the one made for this chat."""
        return self.src_guild_id

    @property
    def conversation(self) -> Conversation | None:
        """The chat, which the wire names by a guild of its own."""
        return ("dm", self.guild_id) if self.guild_id else None


class _ChatMessage(Message, frozen=True):
    """What group and C2C messages have besides.

    Attributes:
        message_type: 0 text, 103 a quotation (`protocol.md` 6.3).
        message_scene: How the person came to write.
        msg_elements: A quoted message, as JSON.
    """

    message_type: int | None = None
    message_scene: MessageScene | None = None
    msg_elements: object = None


class GroupMessage(_ChatMessage, frozen=True):
    """A message in a group.

    Attributes:
        group_openid: The group.
        group_id: The group once more, seen live.
    """

    group_openid: str | None = None
    group_id: str | None = None

    conversation_fields: ClassVar[tuple[str, ...]] = ("group_openid", "group_id")

    @property
    def conversation(self) -> Conversation | None:
        """The group."""
        group = self.group_openid or self.group_id
        return ("group", group) if group else None

    @property
    def author_id(self) -> str | None:
        """Who wrote it, by the id in the group."""
        return self.author.member_openid or self.author.id


class GroupAtMessageCreate(GroupMessage, frozen=True):
    """A message in a group that mentions the bot; `content` begins with the space that the mention left (EVT:140)."""

    wire_name: ClassVar[str] = "GROUP_AT_MESSAGE_CREATE"


class GroupMessageCreate(GroupMessage, frozen=True):
    """Any message in a group whose owner lets the bot read all."""

    wire_name: ClassVar[str] = "GROUP_MESSAGE_CREATE"


class C2CMessageCreate(_ChatMessage, frozen=True):
    """A message of a person to the bot."""

    wire_name: ClassVar[str] = "C2C_MESSAGE_CREATE"
    conversation_fields: ClassVar[tuple[str, ...]] = ("author",)

    @property
    def conversation(self) -> Conversation | None:
        """The person."""
        person = self.author.user_openid or self.author.id
        return ("c2c", person) if person else None

    @property
    def author_id(self) -> str | None:
        """Who wrote it, by openid."""
        return self.author.user_openid or self.author.id
