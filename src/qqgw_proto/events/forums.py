"""Forums of private bots, with content (channel/content/forum/forum.md; `protocol.md` 6.3).

The documented samples write ids as bare numbers above 2**53 and titles as arrays; live they are texts and JSON inside
text. Ids arrive here as exact text, and `title` and `content` as plain words, whichever came.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from qqgw_proto.events.base import ReplyKey
from qqgw_proto.events.places import ChannelScopedEvent
from qqgw_proto.events.texts import plain_text
from qqgw_proto.events.timestamps import RawTimestamp, parse_timestamp

__all__ = [
    "ForumEvent",
    "ForumPostCreate",
    "ForumPostDelete",
    "ForumPostEvent",
    "ForumPublishAuditResult",
    "ForumReplyCreate",
    "ForumReplyDelete",
    "ForumReplyEvent",
    "ForumThreadCreate",
    "ForumThreadDelete",
    "ForumThreadEvent",
    "ForumThreadUpdate",
    "ForumWriting",
]


class ForumWriting(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A thread, a post under it, or a reply to a post.

    Attributes:
        thread_id: The thread.
        post_id: The post; None for a thread.
        reply_id: The reply; None for a thread or a post.
        raw_title: A thread's title as on the wire, decoded from the frame only.
        raw_content: The body, likewise.
        raw_date_time: When, as on the wire.
    """

    thread_id: str | None = None
    post_id: str | None = None
    reply_id: str | None = None
    raw_title: object = msgspec.field(default=None, name="title")
    raw_content: object = msgspec.field(default=None, name="content")
    raw_date_time: RawTimestamp = msgspec.field(default=None, name="date_time")

    @property
    def title(self) -> str:
        """A thread's title in plain words."""
        return plain_text(self.raw_title)

    @property
    def content(self) -> str:
        """The body in plain words."""
        return plain_text(self.raw_content)

    @property
    def date_time(self) -> datetime | None:
        """When it was written."""
        return parse_timestamp(self.raw_date_time)


class ForumEvent(ChannelScopedEvent, frozen=True):
    """Something happened in a forum channel.

    Attributes:
        raw_author_id: Who wrote it; `author_id` is the same.
    """

    raw_author_id: str | None = msgspec.field(default=None, name="author_id")

    @property
    def author_id(self) -> str | None:
        """Who wrote it."""
        return self.raw_author_id


class ForumThreadEvent(ForumEvent, frozen=True):
    """Something happened to a thread.

    Attributes:
        thread_info: The thread.
    """

    thread_info: ForumWriting = ForumWriting()

    reply_key: ClassVar[ReplyKey] = "event_id"

    @property
    def text(self) -> str:
        """What the person wrote, in plain words."""
        return self.thread_info.content.strip()


class ForumThreadCreate(ForumThreadEvent, frozen=True):
    """A thread was opened."""

    wire_name: ClassVar[str] = "FORUM_THREAD_CREATE"


class ForumThreadUpdate(ForumThreadEvent, frozen=True):
    """A thread was changed."""

    wire_name: ClassVar[str] = "FORUM_THREAD_UPDATE"


class ForumThreadDelete(ForumThreadEvent, frozen=True):
    """A thread was deleted."""

    wire_name: ClassVar[str] = "FORUM_THREAD_DELETE"


class ForumPostEvent(ForumEvent, frozen=True):
    """Something happened to a post.

    Attributes:
        post_info: The post.
    """

    post_info: ForumWriting = ForumWriting()

    reply_key: ClassVar[ReplyKey] = "event_id"

    @property
    def text(self) -> str:
        """What the person wrote, in plain words."""
        return self.post_info.content.strip()


class ForumPostCreate(ForumPostEvent, frozen=True):
    """A post was written under a thread."""

    wire_name: ClassVar[str] = "FORUM_POST_CREATE"


class ForumPostDelete(ForumPostEvent, frozen=True):
    """A post was deleted."""

    wire_name: ClassVar[str] = "FORUM_POST_DELETE"


class ForumReplyEvent(ForumEvent, frozen=True):
    """Something happened to a reply.

    Attributes:
        reply_info: The reply.
    """

    reply_info: ForumWriting = ForumWriting()

    reply_key: ClassVar[ReplyKey] = "event_id"

    @property
    def text(self) -> str:
        """What the person wrote, in plain words."""
        return self.reply_info.content.strip()


class ForumReplyCreate(ForumReplyEvent, frozen=True):
    """A reply to a post was written."""

    wire_name: ClassVar[str] = "FORUM_REPLY_CREATE"


class ForumReplyDelete(ForumReplyEvent, frozen=True):
    """A reply was deleted."""

    wire_name: ClassVar[str] = "FORUM_REPLY_DELETE"


class ForumPublishAuditResult(ForumEvent, frozen=True):
    """What the bot wrote in a forum was reviewed.

    Attributes:
        type: 1 thread, 2 post, 3 reply.
        result: 0 published, else refused.
        err_msg: Why it was refused.
        thread_id: The thread.
        post_id: The post.
        reply_id: The reply.
        task_id: What the REST call had answered.
        raw_date_time: When, as on the wire.
    """

    type: int | None = None
    result: int | None = None
    err_msg: str = ""
    thread_id: str | None = None
    post_id: str | None = None
    reply_id: str | None = None
    task_id: str | None = None
    raw_date_time: RawTimestamp = msgspec.field(default=None, name="date_time")

    wire_name: ClassVar[str] = "FORUM_PUBLISH_AUDIT_RESULT"

    @property
    def date_time(self) -> datetime | None:
        """When it was reviewed."""
        return parse_timestamp(self.raw_date_time)
