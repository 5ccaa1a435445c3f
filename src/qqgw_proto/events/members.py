"""Members of a guild come, change, go (channel/role/guild_member.md)."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from qqgw_proto.events.base import Conversation, Event, ReplyKey, channel_key
from qqgw_proto.events.timestamps import RawTimestamp, parse_timestamp
from qqgw_proto.events.values import User

__all__ = ["GuildMemberAdd", "GuildMemberEvent", "GuildMemberRemove", "GuildMemberUpdate"]


class GuildMemberEvent(Event, frozen=True):
    """Something happened to a member; `author_id` is who did it, `user.id` who it happened to.

    Attributes:
        guild_id: The guild.
        user: The member.
        nick: Name in this guild, may be empty.
        roles: Ids of the roles.
        raw_joined_at: When the member joined, as on the wire.
        op_user_id: Who did it.
    """

    guild_id: str | None = None
    user: User = User()
    nick: str = ""
    roles: tuple[str, ...] = ()
    raw_joined_at: RawTimestamp = msgspec.field(default=None, name="joined_at")
    op_user_id: str | None = None

    conversation_fields: ClassVar[tuple[str, ...]] = ("guild_id",)
    reply_key: ClassVar[ReplyKey] = "event_id"

    @property
    def joined_at(self) -> datetime | None:
        """When the member joined."""
        return parse_timestamp(self.raw_joined_at)

    @property
    def guild(self) -> str | None:
        """The guild's id."""
        return self.guild_id

    @property
    def conversation(self) -> Conversation | None:
        """The guild."""
        return channel_key(None, self.guild_id)

    @property
    def author_id(self) -> str | None:
        """Who did it."""
        return self.op_user_id


class GuildMemberAdd(GuildMemberEvent, frozen=True):
    """Someone joined a guild."""

    wire_name: ClassVar[str] = "GUILD_MEMBER_ADD"


class GuildMemberUpdate(GuildMemberEvent, frozen=True):
    """A member was changed."""

    wire_name: ClassVar[str] = "GUILD_MEMBER_UPDATE"


class GuildMemberRemove(GuildMemberEvent, frozen=True):
    """Someone left a guild, or was removed."""

    wire_name: ClassVar[str] = "GUILD_MEMBER_REMOVE"
