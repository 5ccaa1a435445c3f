"""Forums for public bots: who did something where, without what (channel/content/forum/open_forum.md:8-46)."""

from __future__ import annotations

from typing import ClassVar

from qqgw_proto.events.forums import ForumEvent

__all__ = [
    "OpenForumPostCreate",
    "OpenForumPostDelete",
    "OpenForumReplyCreate",
    "OpenForumReplyDelete",
    "OpenForumThreadCreate",
    "OpenForumThreadDelete",
    "OpenForumThreadUpdate",
]


class OpenForumThreadCreate(ForumEvent, frozen=True):
    """A thread was opened."""

    wire_name: ClassVar[str] = "OPEN_FORUM_THREAD_CREATE"


class OpenForumThreadUpdate(ForumEvent, frozen=True):
    """A thread was changed."""

    wire_name: ClassVar[str] = "OPEN_FORUM_THREAD_UPDATE"


class OpenForumThreadDelete(ForumEvent, frozen=True):
    """A thread was deleted."""

    wire_name: ClassVar[str] = "OPEN_FORUM_THREAD_DELETE"


class OpenForumPostCreate(ForumEvent, frozen=True):
    """A post was written under a thread."""

    wire_name: ClassVar[str] = "OPEN_FORUM_POST_CREATE"


class OpenForumPostDelete(ForumEvent, frozen=True):
    """A post was deleted."""

    wire_name: ClassVar[str] = "OPEN_FORUM_POST_DELETE"


class OpenForumReplyCreate(ForumEvent, frozen=True):
    """A reply to a post was written."""

    wire_name: ClassVar[str] = "OPEN_FORUM_REPLY_CREATE"


class OpenForumReplyDelete(ForumEvent, frozen=True):
    """A reply was deleted."""

    wire_name: ClassVar[str] = "OPEN_FORUM_REPLY_DELETE"
