from __future__ import annotations

from collections.abc import Callable

import pytest

from qqgw_proto.events import (
    AudioChannelMemberEvent,
    AudioEvent,
    AudioFinish,
    AudioOffMic,
    AudioOnMic,
    AudioOrLiveChannelMemberEnter,
    AudioOrLiveChannelMemberExit,
    AudioStart,
    Event,
)


@pytest.mark.parametrize(
    ("type_name", "shape", "url", "line"),
    [
        ("AUDIO_START", AudioStart, "http://qq.com/a.mp3", "xxx"),
        ("AUDIO_FINISH", AudioFinish, "http://qq.com/a.mp3", "xxx"),
        ("AUDIO_ON_MIC", AudioOnMic, "", ""),
        ("AUDIO_OFF_MIC", AudioOffMic, "", ""),
    ],
)
def test_playback_and_microphone(
    decode_sample: Callable[[str], Event], type_name: str, shape: type[AudioEvent], url: str, line: str
) -> None:
    event = decode_sample(type_name)
    assert isinstance(event, shape)
    assert event.conversation == ("channel", "100010")
    assert event.guild == "18700000000001"
    assert (event.audio_url, event.raw_text) == (url, line)
    assert event.text == ""
    assert event.author_id is None


@pytest.mark.parametrize(
    ("wire", "documented", "shape"),
    [("ON_MIC", "AUDIO_ON_MIC", AudioOnMic), ("OFF_MIC", "AUDIO_OFF_MIC", AudioOffMic)],
)
def test_the_other_names_of_the_microphone_events(
    decode_as: Callable[[str, str], Event], wire: str, documented: str, shape: type[AudioEvent]
) -> None:
    event = decode_as(wire, '{"channel_id":"100010"}')
    assert isinstance(event, shape)
    assert event.type_name == documented
    assert event.frame.t == wire


@pytest.mark.parametrize(
    ("type_name", "shape"),
    [
        ("AUDIO_OR_LIVE_CHANNEL_MEMBER_ENTER", AudioOrLiveChannelMemberEnter),
        ("AUDIO_OR_LIVE_CHANNEL_MEMBER_EXIT", AudioOrLiveChannelMemberExit),
    ],
)
def test_someone_comes_and_goes(
    decode_sample: Callable[[str], Event], type_name: str, shape: type[AudioChannelMemberEvent]
) -> None:
    event = decode_sample(type_name)
    assert isinstance(event, shape)
    assert event.conversation == ("channel", "1661124")
    assert event.author_id == event.user_id == "144115218182563108"
    assert event.channel_type == 2
