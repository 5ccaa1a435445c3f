from __future__ import annotations

from datetime import datetime, timedelta, timezone

import msgspec
import pytest

from qqgw_proto.events import Attachment, Member, User


@pytest.mark.parametrize(
    ("wire", "usable"),
    [
        ("gchat.qpic.cn/a.jpg", "https://gchat.qpic.cn/a.jpg"),  # protocol.md 6.3: guilds leave the scheme out
        ("//gchat.qpic.cn/a.jpg", "https://gchat.qpic.cn/a.jpg"),
        ("https://example.invalid/a.jpg", "https://example.invalid/a.jpg"),
        ("http://example.invalid/a.jpg", "http://example.invalid/a.jpg"),
        ("", ""),
    ],
)
def test_an_attachment_url_without_scheme_gets_one(wire: str, usable: str) -> None:
    attachment = Attachment(raw_url=wire, raw_voice_wav_url=wire)
    assert attachment.url == usable
    assert attachment.voice_wav_url == usable
    assert attachment.raw_url == wire


def test_when_a_member_joined() -> None:
    member = Member(raw_joined_at="2021-04-12T16:34:42+08:00")
    assert member.joined_at == datetime(2021, 4, 12, 16, 34, 42, tzinfo=timezone(timedelta(hours=8)))
    assert Member().joined_at is None
    read = msgspec.json.decode(b'{"joined_at":"2021-04-12T16:34:42+08:00"}', type=Member)
    assert read.raw_joined_at == member.raw_joined_at


def test_a_user_of_whom_nothing_is_known() -> None:
    assert User().id is None
    assert User().bot is False


def test_where_the_addresses_of_an_attachment_stand() -> None:
    attachment = msgspec.json.decode(b'{"url":"a.example","voice_wav_url":"b.example"}', type=Attachment)
    assert (attachment.raw_url, attachment.raw_voice_wav_url) == ("a.example", "b.example")
