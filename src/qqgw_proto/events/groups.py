"""Groups: the bot added and removed, permission to write, members, requests to join (group/manage/event.md)."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec

from qqgw_proto.events.base import Conversation, Event, ReplyKey
from qqgw_proto.events.timestamps import RawTimestamp, parse_timestamp

__all__ = [
    "GroupAddRobot",
    "GroupDelRobot",
    "GroupEvent",
    "GroupJoinRequest",
    "GroupMemberAdd",
    "GroupMemberEvent",
    "GroupMemberRemove",
    "GroupMsgReceive",
    "GroupMsgReject",
    "GroupRobotEvent",
    "JoinVerification",
]


class GroupEvent(Event, frozen=True):
    """Something happened in a group, other than a message.

    Attributes:
        group_openid: The group.
        raw_timestamp: When, as on the wire: seconds since 1970.
    """

    group_openid: str | None = None
    raw_timestamp: RawTimestamp = msgspec.field(default=None, name="timestamp")

    conversation_fields: ClassVar[tuple[str, ...]] = ("group_openid",)

    @property
    def timestamp(self) -> datetime | None:
        """When it happened."""
        return parse_timestamp(self.raw_timestamp)

    @property
    def conversation(self) -> Conversation | None:
        """The group."""
        return ("group", self.group_openid) if self.group_openid else None


class GroupRobotEvent(GroupEvent, frozen=True):
    """A group changed what the bot is to it.

    Attributes:
        op_member_openid: The member who did it.
    """

    op_member_openid: str | None = None

    @property
    def author_id(self) -> str | None:
        """Who did it."""
        return self.op_member_openid


class GroupAddRobot(GroupRobotEvent, frozen=True):
    """The bot was added to a group."""

    wire_name: ClassVar[str] = "GROUP_ADD_ROBOT"
    reply_key: ClassVar[ReplyKey] = "event_id"


class GroupDelRobot(GroupRobotEvent, frozen=True):
    """The bot was removed from a group."""

    wire_name: ClassVar[str] = "GROUP_DEL_ROBOT"


class GroupMsgReject(GroupRobotEvent, frozen=True):
    """A group forbade the bot to write first."""

    wire_name: ClassVar[str] = "GROUP_MSG_REJECT"


class GroupMsgReceive(GroupRobotEvent, frozen=True):
    """A group allowed the bot to write first."""

    wire_name: ClassVar[str] = "GROUP_MSG_RECEIVE"
    reply_key: ClassVar[ReplyKey] = "event_id"


class GroupMemberEvent(GroupEvent, frozen=True):
    """Someone joined or left a group.

    Attributes:
        member_openid: Who, by the id in the group.
        user_openid: Who, by the id in C2C.
    """

    member_openid: str | None = None
    user_openid: str | None = None

    @property
    def author_id(self) -> str | None:
        """Who came or went."""
        return self.member_openid


class GroupMemberAdd(GroupMemberEvent, frozen=True):
    """Someone joined a group."""

    wire_name: ClassVar[str] = "GROUP_MEMBER_ADD"
    reply_key: ClassVar[ReplyKey] = "event_id"  # the documents are silent, other clients reply so (`protocol.md` 6.2)


class GroupMemberRemove(GroupMemberEvent, frozen=True):
    """Someone left a group."""

    wire_name: ClassVar[str] = "GROUP_MEMBER_REMOVE"


class JoinVerification(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a person answered to be let in.

    Attributes:
        method: How the group asks.
        verify_message: The answer.
    """

    method: str = ""
    verify_message: str = ""


class GroupJoinRequest(GroupEvent, frozen=True):
    """Someone asks to join a group; known from one client only.

    Attributes:
        join_request_id: The request.
        member_openid: Who asks.
        username: Their name.
        raw_apply_at: When, as on the wire.
        apply_source: How they came; its shape is not certain, so it is JSON.
        verify_info: What they answered.
        auto_approved: The rule that let them in, as JSON; None where a person decides.
    """

    join_request_id: str | None = None
    member_openid: str | None = None
    username: str = ""
    raw_apply_at: RawTimestamp = msgspec.field(default=None, name="apply_at")
    apply_source: object = None
    verify_info: JoinVerification | None = None
    auto_approved: object = None

    wire_name: ClassVar[str] = "GROUP_JOIN_REQUEST"

    @property
    def apply_at(self) -> datetime | None:
        """When they asked."""
        return parse_timestamp(self.raw_apply_at)

    @property
    def author_id(self) -> str | None:
        """Who asks."""
        return self.member_openid
