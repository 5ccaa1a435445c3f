"""Every type name and its class: the 57 events of `protocol.md` 6.1, READY and RESUMED.

A class's own `wire_name` is the documented name. Two names more are understood, ON_MIC and OFF_MIC: some clients listen
for these where the documents say AUDIO_ON_MIC and AUDIO_OFF_MIC (`protocol.md` 6.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from qqgw_proto.events.audio import (
    AudioFinish,
    AudioOffMic,
    AudioOnMic,
    AudioOrLiveChannelMemberEnter,
    AudioOrLiveChannelMemberExit,
    AudioStart,
)
from qqgw_proto.events.audits import MessageAuditPass, MessageAuditReject
from qqgw_proto.events.base import Event
from qqgw_proto.events.deletions import DirectMessageDelete, MessageDelete, PublicMessageDelete
from qqgw_proto.events.forums import (
    ForumPostCreate,
    ForumPostDelete,
    ForumPublishAuditResult,
    ForumReplyCreate,
    ForumReplyDelete,
    ForumThreadCreate,
    ForumThreadDelete,
    ForumThreadUpdate,
)
from qqgw_proto.events.friends import (
    C2CMsgReceive,
    C2CMsgReject,
    EnterAio,
    FriendAdd,
    FriendDel,
    SubscribeMessageStatus,
)
from qqgw_proto.events.groups import (
    GroupAddRobot,
    GroupDelRobot,
    GroupJoinRequest,
    GroupMemberAdd,
    GroupMemberRemove,
    GroupMsgReceive,
    GroupMsgReject,
)
from qqgw_proto.events.guilds import (
    ChannelCreate,
    ChannelDelete,
    ChannelUpdate,
    GuildCreate,
    GuildDelete,
    GuildUpdate,
)
from qqgw_proto.events.intents import Intents, intents_for
from qqgw_proto.events.interactions import InteractionCreate
from qqgw_proto.events.lifecycle import Ready, Resumed
from qqgw_proto.events.members import GuildMemberAdd, GuildMemberRemove, GuildMemberUpdate
from qqgw_proto.events.messages import (
    AtMessageCreate,
    C2CMessageCreate,
    DirectMessageCreate,
    GroupAtMessageCreate,
    GroupMessageCreate,
    MessageCreate,
)
from qqgw_proto.events.open_forums import (
    OpenForumPostCreate,
    OpenForumPostDelete,
    OpenForumReplyCreate,
    OpenForumReplyDelete,
    OpenForumThreadCreate,
    OpenForumThreadDelete,
    OpenForumThreadUpdate,
)
from qqgw_proto.events.reactions import MessageReactionAdd, MessageReactionRemove

__all__ = ["ALIASES", "EVENT_CLASSES", "event_class", "intent_of", "type_name_of"]

_CLASSES: tuple[type[Event], ...] = (
    *(Ready, Resumed),
    *(GuildCreate, GuildUpdate, GuildDelete, ChannelCreate, ChannelUpdate, ChannelDelete),
    *(GuildMemberAdd, GuildMemberUpdate, GuildMemberRemove),
    *(MessageCreate, MessageDelete),
    *(MessageReactionAdd, MessageReactionRemove),
    *(DirectMessageCreate, DirectMessageDelete),
    *(OpenForumThreadCreate, OpenForumThreadUpdate, OpenForumThreadDelete),
    *(OpenForumPostCreate, OpenForumPostDelete, OpenForumReplyCreate, OpenForumReplyDelete),
    *(AudioOrLiveChannelMemberEnter, AudioOrLiveChannelMemberExit),
    EnterAio,
    *(GroupMemberAdd, GroupMemberRemove),
    *(C2CMessageCreate, FriendAdd, FriendDel, C2CMsgReject, C2CMsgReceive),
    *(GroupAtMessageCreate, GroupMessageCreate, GroupAddRobot, GroupDelRobot, GroupMsgReject, GroupMsgReceive),
    *(GroupJoinRequest, SubscribeMessageStatus),
    InteractionCreate,
    *(MessageAuditPass, MessageAuditReject),
    *(ForumThreadCreate, ForumThreadUpdate, ForumThreadDelete, ForumPostCreate, ForumPostDelete),
    *(ForumReplyCreate, ForumReplyDelete, ForumPublishAuditResult),
    *(AudioStart, AudioFinish, AudioOnMic, AudioOffMic),
    *(AtMessageCreate, PublicMessageDelete),
)

EVENT_CLASSES: Mapping[str, type[Event]] = MappingProxyType({shape.wire_name: shape for shape in _CLASSES})
"""Class by documented type name."""

ALIASES: Mapping[str, str] = MappingProxyType({"ON_MIC": "AUDIO_ON_MIC", "OFF_MIC": "AUDIO_OFF_MIC"})
"""Documented type name by the other name of the same event."""


def event_class(type_name: str | None) -> type[Event] | None:
    """The class for a type name, documented or alternative (ON_MIC, OFF_MIC); None for an unknown one."""
    if type_name is None:
        return None
    return EVENT_CLASSES.get(ALIASES.get(type_name, type_name))


def type_name_of(shape: type[Event]) -> str:
    """The documented type name of a class; empty for a class that stands for several types, or for unknown ones."""
    return shape.wire_name


def intent_of(event: str | type[Event]) -> Intents:
    """The one intent that delivers this event; none for READY, RESUMED and what is unknown.

    Args:
        event: A type name, documented or alternative, or an event's class.
    """
    name = event if isinstance(event, str) else type_name_of(event)
    return intents_for([ALIASES.get(name, name)])
