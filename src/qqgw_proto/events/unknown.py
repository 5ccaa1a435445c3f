"""Events of types that this version does not know."""

from __future__ import annotations

from typing import ClassVar

from qqgw_proto.events.base import Conversation, Event, channel_key

__all__ = ["UnknownEvent"]


class UnknownEvent(Event, frozen=True):
    """An event of an unknown type: `type_name` is the frame's, the payload is in `raw`.

    The ids by which other events name a place are read here too, so that events of new types keep their order; an id
    of another shape is None.

    Attributes:
        guild_id: A guild.
        channel_id: A channel.
        group_openid: A group.
        user_openid: A person.
        openid: A person.
    """

    guild_id: str | None = None
    channel_id: str | None = None
    group_openid: str | None = None
    user_openid: str | None = None
    openid: str | None = None

    conversation_fields: ClassVar[tuple[str, ...]] = (
        "guild_id",
        "channel_id",
        "group_openid",
        "user_openid",
        "openid",
    )

    @property
    def type_name(self) -> str:
        """The frame's `t`, empty where it has none."""
        return self.frame.t or ""

    @property
    def guild(self) -> str | None:
        """The guild's id."""
        return self.guild_id

    @property
    def conversation(self) -> Conversation | None:
        """The group, the channel, the person or the guild, whichever is named."""
        if self.group_openid:
            return ("group", self.group_openid)
        person = self.user_openid or self.openid
        return channel_key(self.channel_id, self.guild_id) or (("c2c", person) if person else None)
