"""What a dispatch carries: typed events, the registry of all types, and intents.

`decode(dispatch)` turns a received frame into its typed event; `conversation_of(dispatch)` finds the place whose order
it belongs to without decoding the rest. All 59 type names of `protocol.md` 6.1 have a class, named like the type:
GROUP_AT_MESSAGE_CREATE is `GroupAtMessageCreate`. A type that is unknown becomes an `UnknownEvent`, and a payload of
the wrong shape raises `EventDecodeError`; in either case the raw JSON is there and the session is not affected.
"""

from __future__ import annotations

from qqgw_proto.errors import EventDecodeError
from qqgw_proto.events.audio import (
    AudioChannelMemberEvent,
    AudioEvent,
    AudioFinish,
    AudioOffMic,
    AudioOnMic,
    AudioOrLiveChannelMemberEnter,
    AudioOrLiveChannelMemberExit,
    AudioStart,
)
from qqgw_proto.events.audits import (
    MessageAuditEvent,
    MessageAuditPass,
    MessageAuditReject,
)
from qqgw_proto.events.base import (
    Conversation,
    Event,
    ReplyKey,
)
from qqgw_proto.events.decoding import (
    conversation_of,
    decode,
    decode_each,
)
from qqgw_proto.events.deletions import (
    DeletedMessage,
    DirectMessageDelete,
    MessageDelete,
    MessageDeletion,
    PublicMessageDelete,
)
from qqgw_proto.events.forums import (
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
    ForumWriting,
)
from qqgw_proto.events.friends import (
    C2CMsgReceive,
    C2CMsgReject,
    EnterAio,
    FriendAdd,
    FriendDel,
    FriendEvent,
    SubscribeMessageStatus,
    SubscriptionResult,
)
from qqgw_proto.events.groups import (
    GroupAddRobot,
    GroupDelRobot,
    GroupEvent,
    GroupJoinRequest,
    GroupMemberAdd,
    GroupMemberEvent,
    GroupMemberRemove,
    GroupMsgReceive,
    GroupMsgReject,
    GroupRobotEvent,
    JoinVerification,
)
from qqgw_proto.events.guilds import (
    ChannelCreate,
    ChannelDelete,
    ChannelEvent,
    ChannelUpdate,
    GuildCreate,
    GuildDelete,
    GuildEvent,
    GuildUpdate,
)
from qqgw_proto.events.intents import (
    INTENTS,
    Access,
    IntentInfo,
    Intents,
    intents_for,
)
from qqgw_proto.events.interactions import (
    InteractionCreate,
    InteractionData,
    InteractionResolved,
)
from qqgw_proto.events.lifecycle import (
    Ready,
    Resumed,
)
from qqgw_proto.events.members import (
    GuildMemberAdd,
    GuildMemberEvent,
    GuildMemberRemove,
    GuildMemberUpdate,
)
from qqgw_proto.events.messages import (
    AtMessageCreate,
    C2CMessageCreate,
    DirectMessageCreate,
    GroupAtMessageCreate,
    GroupMessage,
    GroupMessageCreate,
    GuildMessage,
    Message,
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
from qqgw_proto.events.permissions import (
    describe_intents,
    intent_warnings,
    least_types,
    validate_intents_permissions,
)
from qqgw_proto.events.places import ChannelScopedEvent
from qqgw_proto.events.reactions import (
    MessageReactionAdd,
    MessageReactionEvent,
    MessageReactionRemove,
    ReactionTarget,
    ReactionTargetType,
)
from qqgw_proto.events.registry import (
    ALIASES,
    EVENT_CLASSES,
    event_class,
    intent_of,
    type_name_of,
)
from qqgw_proto.events.timestamps import (
    RawTimestamp,
    parse_timestamp,
)
from qqgw_proto.events.unknown import (
    UnknownEvent,
)
from qqgw_proto.events.values import (
    Attachment,
    Emoji,
    Member,
    MessageReference,
    MessageScene,
    User,
)

__all__ = [
    "ALIASES",
    "EVENT_CLASSES",
    "INTENTS",
    "Access",
    "AtMessageCreate",
    "Attachment",
    "AudioChannelMemberEvent",
    "AudioEvent",
    "AudioFinish",
    "AudioOffMic",
    "AudioOnMic",
    "AudioOrLiveChannelMemberEnter",
    "AudioOrLiveChannelMemberExit",
    "AudioStart",
    "C2CMessageCreate",
    "C2CMsgReceive",
    "C2CMsgReject",
    "ChannelCreate",
    "ChannelDelete",
    "ChannelEvent",
    "ChannelScopedEvent",
    "ChannelUpdate",
    "Conversation",
    "DeletedMessage",
    "DirectMessageCreate",
    "DirectMessageDelete",
    "Emoji",
    "EnterAio",
    "Event",
    "EventDecodeError",
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
    "FriendAdd",
    "FriendDel",
    "FriendEvent",
    "GroupAddRobot",
    "GroupAtMessageCreate",
    "GroupDelRobot",
    "GroupEvent",
    "GroupJoinRequest",
    "GroupMemberAdd",
    "GroupMemberEvent",
    "GroupMemberRemove",
    "GroupMessage",
    "GroupMessageCreate",
    "GroupMsgReceive",
    "GroupMsgReject",
    "GroupRobotEvent",
    "GuildCreate",
    "GuildDelete",
    "GuildEvent",
    "GuildMemberAdd",
    "GuildMemberEvent",
    "GuildMemberRemove",
    "GuildMemberUpdate",
    "GuildMessage",
    "GuildUpdate",
    "IntentInfo",
    "Intents",
    "InteractionCreate",
    "InteractionData",
    "InteractionResolved",
    "JoinVerification",
    "Member",
    "Message",
    "MessageAuditEvent",
    "MessageAuditPass",
    "MessageAuditReject",
    "MessageCreate",
    "MessageDelete",
    "MessageDeletion",
    "MessageReactionAdd",
    "MessageReactionEvent",
    "MessageReactionRemove",
    "MessageReference",
    "MessageScene",
    "OpenForumPostCreate",
    "OpenForumPostDelete",
    "OpenForumReplyCreate",
    "OpenForumReplyDelete",
    "OpenForumThreadCreate",
    "OpenForumThreadDelete",
    "OpenForumThreadUpdate",
    "PublicMessageDelete",
    "RawTimestamp",
    "ReactionTarget",
    "ReactionTargetType",
    "Ready",
    "ReplyKey",
    "Resumed",
    "SubscribeMessageStatus",
    "SubscriptionResult",
    "UnknownEvent",
    "User",
    "conversation_of",
    "decode",
    "decode_each",
    "describe_intents",
    "event_class",
    "intent_of",
    "intent_warnings",
    "intents_for",
    "least_types",
    "parse_timestamp",
    "type_name_of",
    "validate_intents_permissions",
]
