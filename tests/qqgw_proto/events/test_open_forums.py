from __future__ import annotations

from collections.abc import Callable

import pytest

from qqgw_proto.events import (
    Event,
    OpenForumPostCreate,
    OpenForumPostDelete,
    OpenForumReplyCreate,
    OpenForumReplyDelete,
    OpenForumThreadCreate,
    OpenForumThreadDelete,
    OpenForumThreadUpdate,
)


@pytest.mark.parametrize(
    ("type_name", "shape"),
    [
        ("OPEN_FORUM_THREAD_CREATE", OpenForumThreadCreate),
        ("OPEN_FORUM_THREAD_UPDATE", OpenForumThreadUpdate),
        ("OPEN_FORUM_THREAD_DELETE", OpenForumThreadDelete),
        ("OPEN_FORUM_POST_CREATE", OpenForumPostCreate),
        ("OPEN_FORUM_POST_DELETE", OpenForumPostDelete),
        ("OPEN_FORUM_REPLY_CREATE", OpenForumReplyCreate),
        ("OPEN_FORUM_REPLY_DELETE", OpenForumReplyDelete),
    ],
)
def test_who_did_something_where(decode_sample: Callable[[str], Event], type_name: str, shape: type[Event]) -> None:
    event = decode_sample(type_name)
    assert type(event) is shape
    assert event.guild == "47129941624960822"
    assert event.conversation == ("channel", "1661124")
    assert event.author_id == "144115218182563108"
    assert event.text == ""
    assert event.reply_key is None
