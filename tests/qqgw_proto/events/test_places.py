from __future__ import annotations

from qqgw_proto.events import ChannelScopedEvent


def test_what_happens_in_a_channel_keeps_the_channels_order() -> None:
    event = ChannelScopedEvent(guild_id="1", channel_id="2")
    assert event.guild == "1"
    assert event.conversation == ("channel", "2")


def test_without_a_channel_it_keeps_the_guilds_order() -> None:
    assert ChannelScopedEvent(guild_id="1").conversation == ("guild", "1")
    assert ChannelScopedEvent().conversation is None
