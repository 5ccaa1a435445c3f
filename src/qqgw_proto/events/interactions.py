"""Buttons and menus (message/trans/msg-btn.md:172-212; `protocol.md` 6.3).

`id` is what PUT /interactions/{id} wants; a passive reply names the outer `event_id` (`protocol.md` 6.2).
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from qqgw_proto.events.base import Conversation, Event, ReplyKey, channel_key
from qqgw_proto.events.timestamps import RawTimestamp, parse_timestamp

__all__ = ["InteractionCreate", "InteractionData", "InteractionResolved"]


class InteractionResolved(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What was pressed.

    Attributes:
        button_id: The button's id, as the bot gave it.
        button_data: The button's data, as the bot gave it.
        user_id: Who pressed: a user id in guilds, else an openid.
        message_id: The message with the button; in guilds only.
        feature_id: The menu item; for menus only.
    """

    button_id: str | None = None
    button_data: str = ""
    user_id: str | None = None
    message_id: str | None = None
    feature_id: str | None = None


class InteractionData(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What an interaction carries.

    Attributes:
        type: 11 a button, 12 a menu item; more have been seen.
        resolved: What was pressed.
    """

    type: int | None = None
    resolved: InteractionResolved = InteractionResolved()


class InteractionCreate(Event, frozen=True):
    """Someone pressed a button or chose from a menu.

    Attributes:
        id: The interaction's id.
        type: As in `data`.
        data: What was pressed.
        scene: `guild`, `group` or `c2c`.
        chat_type: 0 guild, 1 group, 2 C2C (BTN:179).
        raw_timestamp: When, as on the wire.
        guild_id: The guild.
        channel_id: The channel.
        group_openid: The group.
        group_member_openid: Who pressed in a group.
        user_openid: Who pressed in C2C.
        application_id: The bot's app id.
        version: Of the payload.
    """

    id: str | None = None
    type: int | None = None
    data: InteractionData = InteractionData()
    scene: str = ""
    chat_type: int | None = None
    raw_timestamp: RawTimestamp = msgspec.field(default=None, name="timestamp")
    guild_id: str | None = None
    channel_id: str | None = None
    group_openid: str | None = None
    group_member_openid: str | None = None
    user_openid: str | None = None
    application_id: str | None = None
    version: int | None = None

    wire_name: ClassVar[str] = "INTERACTION_CREATE"
    conversation_fields: ClassVar[tuple[str, ...]] = (
        "group_openid",
        "channel_id",
        "guild_id",
        "user_openid",
        "chat_type",
        "data",
    )
    reply_key: ClassVar[ReplyKey] = "event_id"

    @property
    def timestamp(self) -> datetime | None:
        """When it was pressed."""
        return parse_timestamp(self.raw_timestamp)

    @property
    def guild(self) -> str | None:
        """The guild's id."""
        return self.guild_id

    @property
    def conversation(self) -> Conversation | None:
        """The group, the channel or the person."""
        if self.group_openid:
            return ("group", self.group_openid)
        # The documented C2C sample has no user_openid: the one who pressed stands in `resolved`.
        person = self.user_openid or (self.data.resolved.user_id if self.chat_type == 2 else None)
        return channel_key(self.channel_id, self.guild_id) or (("c2c", person) if person else None)

    @property
    def author_id(self) -> str | None:
        """Who pressed."""
        return self.group_member_openid or self.user_openid or self.data.resolved.user_id

    @property
    def message_id(self) -> str | None:
        """The message with the button, in guilds."""
        return self.data.resolved.message_id
