"""Guilds and channels created, changed, deleted (channel/manage/event/guild.md, channel.md).

The payload is the guild or the channel itself, a channel in part. DELETE carries the state before the deletion.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from qqgw_proto.events.base import Conversation, Event, channel_key
from qqgw_proto.events.timestamps import RawTimestamp, parse_timestamp

__all__ = [
    "ChannelCreate",
    "ChannelDelete",
    "ChannelEvent",
    "ChannelUpdate",
    "GuildCreate",
    "GuildDelete",
    "GuildEvent",
    "GuildUpdate",
]


class GuildEvent(Event, frozen=True):
    """Something happened to a guild.

    Attributes:
        id: The guild.
        name: Its name.
        description: What it says of itself.
        icon: URL of its picture; not normalised by the platform.
        owner_id: Who owns it.
        owner: Whether the bot owns it.
        member_count: Members now.
        max_members: Members possible.
        raw_joined_at: When the bot joined, as on the wire; not normalised by the platform.
        op_user_id: Who did it.
    """

    id: str | None = None
    name: str = ""
    description: str = ""
    icon: str = ""
    owner_id: str | None = None
    owner: bool = False
    member_count: int | None = None
    max_members: int | None = None
    raw_joined_at: RawTimestamp = msgspec.field(default=None, name="joined_at")
    op_user_id: str | None = None

    conversation_fields: ClassVar[tuple[str, ...]] = ("id",)

    @property
    def joined_at(self) -> datetime | None:
        """When the bot joined."""
        return parse_timestamp(self.raw_joined_at)

    @property
    def guild(self) -> str | None:
        """The guild's id."""
        return self.id

    @property
    def conversation(self) -> Conversation | None:
        """The guild."""
        return channel_key(None, self.id)

    @property
    def author_id(self) -> str | None:
        """Who did it."""
        return self.op_user_id


class GuildCreate(GuildEvent, frozen=True):
    """The bot joined a guild."""

    wire_name: ClassVar[str] = "GUILD_CREATE"


class GuildUpdate(GuildEvent, frozen=True):
    """A guild was changed."""

    wire_name: ClassVar[str] = "GUILD_UPDATE"


class GuildDelete(GuildEvent, frozen=True):
    """A guild was dissolved, or the bot was removed from it."""

    wire_name: ClassVar[str] = "GUILD_DELETE"


class ChannelEvent(Event, frozen=True):
    """Something happened to a channel.

    Attributes:
        id: The channel.
        guild_id: The guild.
        name: Its name.
        type: 0 text, 2 voice, 4 group of channels, 10005 live, 10006 application, 10007 forum.
        sub_type: Kind of a text channel.
        position: Place in the list.
        parent_id: The group of channels that it is in.
        owner_id: Who made it.
        private_type: Who may see it.
        speak_permission: Who may speak.
        application_id: The application of an application channel.
        op_user_id: Who did it.
    """

    id: str | None = None
    guild_id: str | None = None
    name: str = ""
    type: int | None = None
    sub_type: int | None = None
    position: int | None = None
    parent_id: str | None = None
    owner_id: str | None = None
    private_type: int | None = None
    speak_permission: int | None = None
    application_id: str | None = None
    op_user_id: str | None = None

    conversation_fields: ClassVar[tuple[str, ...]] = ("id", "guild_id")

    @property
    def guild(self) -> str | None:
        """The guild's id."""
        return self.guild_id

    @property
    def conversation(self) -> Conversation | None:
        """The channel itself."""
        return channel_key(self.id, self.guild_id)

    @property
    def author_id(self) -> str | None:
        """Who did it."""
        return self.op_user_id


class ChannelCreate(ChannelEvent, frozen=True):
    """A channel was made."""

    wire_name: ClassVar[str] = "CHANNEL_CREATE"


class ChannelUpdate(ChannelEvent, frozen=True):
    """A channel was changed."""

    wire_name: ClassVar[str] = "CHANNEL_UPDATE"


class ChannelDelete(ChannelEvent, frozen=True):
    """A channel was deleted."""

    wire_name: ClassVar[str] = "CHANNEL_DELETE"
