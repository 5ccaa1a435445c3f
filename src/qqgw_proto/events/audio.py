"""Audio and live channels: playback, microphones, members coming and going (content/audio/model.md:19-25).

The microphone events are documented as AUDIO_ON_MIC and AUDIO_OFF_MIC (EE:341-342); other clients listen for ON_MIC and
OFF_MIC. Both names are understood, see `registry`.
"""

from __future__ import annotations

from typing import ClassVar

import msgspec

from qqgw_proto.events.places import ChannelScopedEvent

__all__ = [
    "AudioChannelMemberEvent",
    "AudioEvent",
    "AudioFinish",
    "AudioOffMic",
    "AudioOnMic",
    "AudioOrLiveChannelMemberEnter",
    "AudioOrLiveChannelMemberExit",
    "AudioStart",
]


class AudioEvent(ChannelScopedEvent, frozen=True):
    """Playback or the bot's microphone.

    Attributes:
        audio_url: What is played.
        raw_text: The line shown with it; no person wrote it, so `text` is empty.
    """

    audio_url: str = ""
    raw_text: str = msgspec.field(default="", name="text")


class AudioStart(AudioEvent, frozen=True):
    """Playback began."""

    wire_name: ClassVar[str] = "AUDIO_START"


class AudioFinish(AudioEvent, frozen=True):
    """Playback ended."""

    wire_name: ClassVar[str] = "AUDIO_FINISH"


class AudioOnMic(AudioEvent, frozen=True):
    """The bot took the microphone."""

    wire_name: ClassVar[str] = "AUDIO_ON_MIC"


class AudioOffMic(AudioEvent, frozen=True):
    """The bot gave the microphone back."""

    wire_name: ClassVar[str] = "AUDIO_OFF_MIC"


class AudioChannelMemberEvent(ChannelScopedEvent, frozen=True):
    """Someone came or went (channel/role/audio_or_live_channel_member.md).

    Attributes:
        channel_type: 2 audio, 5 live.
        user_id: Who.
    """

    channel_type: int | None = None
    user_id: str | None = None

    @property
    def author_id(self) -> str | None:
        """Who came or went."""
        return self.user_id


class AudioOrLiveChannelMemberEnter(AudioChannelMemberEvent, frozen=True):
    """Someone came."""

    wire_name: ClassVar[str] = "AUDIO_OR_LIVE_CHANNEL_MEMBER_ENTER"


class AudioOrLiveChannelMemberExit(AudioChannelMemberEvent, frozen=True):
    """Someone went."""

    wire_name: ClassVar[str] = "AUDIO_OR_LIVE_CHANNEL_MEMBER_EXIT"
