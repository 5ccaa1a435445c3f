"""A person and the bot: friends, permission to write, the chat opened, subscriptions (user/manage/event.md)."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from qqgw_proto.events.base import Conversation, Event, ReplyKey
from qqgw_proto.events.timestamps import RawTimestamp, parse_timestamp

__all__ = [
    "C2CMsgReceive",
    "C2CMsgReject",
    "EnterAio",
    "FriendAdd",
    "FriendDel",
    "FriendEvent",
    "SubscribeMessageStatus",
    "SubscriptionResult",
]


class FriendEvent(Event, frozen=True):
    """A person changed what the bot is to them.

    Attributes:
        openid: The person.
        raw_timestamp: When, as on the wire: seconds since 1970.
    """

    openid: str | None = None
    raw_timestamp: RawTimestamp = msgspec.field(default=None, name="timestamp")

    conversation_fields: ClassVar[tuple[str, ...]] = ("openid",)

    @property
    def timestamp(self) -> datetime | None:
        """When it happened."""
        return parse_timestamp(self.raw_timestamp)

    @property
    def conversation(self) -> Conversation | None:
        """The person."""
        return ("c2c", self.openid) if self.openid else None

    @property
    def author_id(self) -> str | None:
        """The person."""
        return self.openid


class FriendAdd(FriendEvent, frozen=True):
    """A person added the bot."""

    wire_name: ClassVar[str] = "FRIEND_ADD"
    reply_key: ClassVar[ReplyKey] = "event_id"


class FriendDel(FriendEvent, frozen=True):
    """A person removed the bot."""

    wire_name: ClassVar[str] = "FRIEND_DEL"


class C2CMsgReject(FriendEvent, frozen=True):
    """A person forbade the bot to write first."""

    wire_name: ClassVar[str] = "C2C_MSG_REJECT"


class C2CMsgReceive(FriendEvent, frozen=True):
    """A person allowed the bot to write first."""

    wire_name: ClassVar[str] = "C2C_MSG_RECEIVE"
    reply_key: ClassVar[ReplyKey] = "event_id"


class EnterAio(Event, frozen=True):
    """A person opened the chat with the bot; known from one client only, never seen.

    Attributes:
        user_openid: The person.
        from_source: From where.
    """

    user_openid: str | None = None
    from_source: str | None = None

    wire_name: ClassVar[str] = "ENTER_AIO"
    conversation_fields: ClassVar[tuple[str, ...]] = ("user_openid",)

    @property
    def conversation(self) -> Conversation | None:
        """The person."""
        return ("c2c", self.user_openid) if self.user_openid else None

    @property
    def author_id(self) -> str | None:
        """The person."""
        return self.user_openid


class SubscriptionResult(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One template that a person subscribed to or unsubscribed from.

    Attributes:
        template_id: The platform's template.
        custom_template_id: The bot's own template.
        op: What was done.
        subscribe_id: The subscription.
        raw_update_ts: When, as on the wire.
    """

    template_id: int | None = None
    custom_template_id: str = ""
    op: int | None = None
    subscribe_id: str | None = None
    raw_update_ts: RawTimestamp = msgspec.field(default=None, name="update_ts")

    @property
    def updated_at(self) -> datetime | None:
        """When it was done."""
        return parse_timestamp(self.raw_update_ts)


class SubscribeMessageStatus(Event, frozen=True):
    """Subscriptions changed; known from one client only, never seen.

    Attributes:
        openid: The person.
        group_openid: The group, or empty in C2C.
        result: The templates.
    """

    openid: str | None = None
    group_openid: str | None = None
    result: tuple[SubscriptionResult, ...] = ()

    wire_name: ClassVar[str] = "SUBSCRIBE_MESSAGE_STATUS"
    conversation_fields: ClassVar[tuple[str, ...]] = ("openid", "group_openid")

    @property
    def conversation(self) -> Conversation | None:
        """The group, or the person."""
        if self.group_openid:
            return ("group", self.group_openid)
        return ("c2c", self.openid) if self.openid else None

    @property
    def author_id(self) -> str | None:
        """The person."""
        return self.openid
