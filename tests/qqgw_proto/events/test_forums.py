from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

from qqgw_proto.events import (
    Event,
    ForumEvent,
    ForumPostCreate,
    ForumPostDelete,
    ForumPostEvent,
    ForumPublishAuditResult,
    ForumReplyCreate,
    ForumReplyDelete,
    ForumReplyEvent,
    ForumThreadCreate,
    ForumThreadDelete,
    ForumThreadEvent,
    ForumThreadUpdate,
)

WRITTEN = datetime(2021, 12, 30, 15, 17, 34, tzinfo=timezone(timedelta(hours=8)))


@pytest.mark.parametrize(
    ("type_name", "shape"),
    [
        ("FORUM_THREAD_CREATE", ForumThreadCreate),
        ("FORUM_THREAD_UPDATE", ForumThreadUpdate),
        ("FORUM_THREAD_DELETE", ForumThreadDelete),
    ],
)
def test_a_thread_as_documented(
    decode_sample: Callable[[str], Event], type_name: str, shape: type[ForumThreadEvent]
) -> None:
    event = decode_sample(type_name)
    assert isinstance(event, shape)
    assert event.thread_info.title == "Test"
    assert event.thread_info.content == "tencent #隐私子频道 Apple"
    assert event.text == "tencent #隐私子频道 Apple"
    assert event.thread_info.thread_id == "B_7c02cb615f8904001441152181825631080X60"
    assert event.thread_info.date_time == WRITTEN
    assert event.conversation == ("channel", "1661124")
    assert event.reply_key == "event_id"


def test_ids_written_as_numbers_beyond_2_to_the_53_are_exact(decode_sample: Callable[[str], Event]) -> None:
    event = decode_sample("FORUM_THREAD_CREATE")
    assert event.guild == "47129941624960822"
    assert event.author_id == "144115218182563108"


def test_a_thread_as_seen_on_the_wire(decode_sample: Callable[[str], Event]) -> None:
    event = decode_sample("FORUM_THREAD_CREATE.wire")
    assert isinstance(event, ForumThreadCreate)
    assert event.thread_info.title == "Test"
    assert event.thread_info.content == "tencent "
    assert event.text == "tencent"
    assert event.thread_info.raw_title == '{"paragraphs":[{"elems":[{"text":{"text":"Test"},"type":1}],"props":{}}]}'
    assert event.guild == "47129941624960822"


@pytest.mark.parametrize(
    ("type_name", "shape"), [("FORUM_POST_CREATE", ForumPostCreate), ("FORUM_POST_DELETE", ForumPostDelete)]
)
def test_a_post(decode_sample: Callable[[str], Event], type_name: str, shape: type[ForumPostEvent]) -> None:
    event = decode_sample(type_name)
    assert isinstance(event, shape)
    assert event.text == "test111"
    assert event.post_info.post_id == "c_1500cb611f950a001441152181825631080X60"
    assert event.post_info.title == ""
    assert event.author_id == "144115218182563108"


@pytest.mark.parametrize(
    ("type_name", "shape"), [("FORUM_REPLY_CREATE", ForumReplyCreate), ("FORUM_REPLY_DELETE", ForumReplyDelete)]
)
def test_a_reply(decode_sample: Callable[[str], Event], type_name: str, shape: type[ForumReplyEvent]) -> None:
    event = decode_sample(type_name)
    assert isinstance(event, shape)
    assert event.text == "Apple"
    assert event.reply_info.reply_id == "r_e701cb6128dc0b001441152181825631080X60"
    assert event.author_id == "144115218182563108"


def test_a_verdict(decode_sample: Callable[[str], Event]) -> None:
    event = decode_sample("FORUM_PUBLISH_AUDIT_RESULT")
    assert isinstance(event, ForumPublishAuditResult)
    assert (event.type, event.result, event.err_msg) == (1, 0, "")
    assert event.thread_id == "B_8914b26116bb03001441152181867088220X60"
    assert event.guild == "47129941624960822"
    assert event.date_time is None
    assert event.reply_key is None


def test_a_forum_event_of_which_nothing_is_said(decode_as: Callable[[str, str], Event]) -> None:
    event = decode_as("FORUM_THREAD_CREATE", "{}")
    assert isinstance(event, ForumEvent)
    assert event.text == ""
    assert event.conversation is None


def test_the_time_of_a_review_is_read_where_there_is_one(decode_as: Callable[[str, str], Event]) -> None:
    event = decode_as("FORUM_PUBLISH_AUDIT_RESULT", '{"date_time":"2021-11-23T11:09:31+08:00"}')
    assert isinstance(event, ForumPublishAuditResult)
    assert event.date_time == datetime(2021, 11, 23, 11, 9, 31, tzinfo=timezone(timedelta(hours=8)))
