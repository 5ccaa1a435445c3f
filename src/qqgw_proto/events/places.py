"""The commonest place of an event: a channel of a guild."""

from __future__ import annotations

from typing import ClassVar

from qqgw_proto.events.base import Conversation, Event, channel_key

__all__ = ["ChannelScopedEvent"]


class ChannelScopedEvent(Event, frozen=True):
    """Something happened in a channel.

    Attributes:
        guild_id: The guild.
        channel_id: The channel.
    """

    guild_id: str | None = None
    channel_id: str | None = None

    conversation_fields: ClassVar[tuple[str, ...]] = ("channel_id", "guild_id")

    @property
    def guild(self) -> str | None:
        """The guild's id."""
        return self.guild_id

    @property
    def conversation(self) -> Conversation | None:
        """The channel, or the guild where no channel is named."""
        return channel_key(self.channel_id, self.guild_id)
