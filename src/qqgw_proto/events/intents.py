"""Intents: which events the gateway sends (`protocol.md` 6.1; EE:282-347).

An intent is one bit of the number in IDENTIFY. One bit that the bot has not been granted makes the gateway refuse the
whole IDENTIFY, so `Intents.default()` holds exactly the bits that every bot has, and whoever wants more says so.

`INTENTS` is the only list of bits, access classes and event types; everything else here and in `registry` follows it.
Beware of two names: `GUILD_MESSAGES` (bit 9) is *every* message of a guild and for private bots only;
`PUBLIC_GUILD_MESSAGES` (bit 30) is the messages that mention the bot, and every bot has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum, IntFlag, unique
from types import MappingProxyType
from typing import cast

import msgspec

from qqgw_proto.errors import ConfigurationError

__all__ = ["INTENTS", "Access", "IntentInfo", "Intents", "intents_for"]


@unique
class Access(Enum):
    """Who may ask for an intent (EE:357)."""

    DEFAULT = "granted to every bot"
    APPROVAL = "needs approval on the platform's console"
    PRIVATE = "private bots only"


class Intents(IntFlag):
    """A set of intents; the names are the protocol's.

    Sets are combined with `|`, or built word by word: `Intents.none().with_guilds().with_direct_message()`.
    """

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_REACTIONS = 1 << 10
    DIRECT_MESSAGE = 1 << 12
    OPEN_FORUM_EVENT = 1 << 18
    AUDIO_OR_LIVE_CHANNEL_MEMBER = 1 << 19
    ENTER_AIO = 1 << 23
    GROUP_MEMBER = 1 << 24
    GROUP_AND_C2C_EVENT = 1 << 25
    INTERACTION = 1 << 26
    MESSAGE_AUDIT = 1 << 27
    FORUMS_EVENT = 1 << 28
    AUDIO_ACTION = 1 << 29
    PUBLIC_GUILD_MESSAGES = 1 << 30

    @classmethod
    def none(cls) -> Intents:
        """No intent: only READY and RESUMED arrive."""
        return cls(0)

    @classmethod
    def new(cls) -> Intents:
        """The specification's name of `none`."""
        return cls.none()

    @classmethod
    def default(cls) -> Intents:
        """Exactly what is granted to every bot: bits 0, 1 and 30 (EE:353-357)."""
        return cls.GUILDS | cls.GUILD_MEMBERS | cls.PUBLIC_GUILD_MESSAGES

    @classmethod
    def all(cls) -> Intents:
        """Every intent known. Only a private bot with every approval may ask for this."""
        return cls.from_names(cls.__members__)

    @classmethod
    def from_names(cls, names: Iterable[str]) -> Intents:
        """The set of these names, in any case: `from_names(["guilds", "INTERACTION"])`.

        Raises:
            ConfigurationError: A name that no intent has, or one name in place of a list of them.
        """
        given = cast("object", names)
        if isinstance(given, str) or not isinstance(given, Iterable):
            remedy = 'write Intents.from_names(["guilds", "interaction"])'
            raise ConfigurationError(f"intents are named by a list, not by {given!r}", remedy=remedy)
        total = cls(0)
        for name in names:
            member = cls.__members__.get(str(name).upper())
            if member is None:
                raise ConfigurationError(
                    f"no intent is named {name!r}", remedy=f"use one of {', '.join(cls.__members__)}"
                )
            total |= member
        return total

    def __invert__(self) -> Intents:
        """Every intent known that is not in this set; bits that are no intent stay out."""
        return Intents(int(Intents.all()) & ~int(self))

    @property
    def names(self) -> tuple[str, ...]:
        """The names, lowest bit first; a bit that is no intent is called `BIT_n`."""
        return tuple(INTENTS[bit].name if bit in INTENTS else f"BIT_{bit}" for bit in self.bits)

    @property
    def bits(self) -> tuple[int, ...]:
        """The numbers of the bits set, lowest first."""
        return tuple(bit for bit in range(int(self).bit_length()) if int(self) >> bit & 1)

    @property
    def events(self) -> tuple[str, ...]:
        """The type names of the events that this set delivers."""
        return tuple(name for bit in self.bits if bit in INTENTS for name in INTENTS[bit].events)

    @property
    def privileged(self) -> Intents:
        """What of this set is not granted to every bot: the suspects when an IDENTIFY is refused."""
        return Intents(int(self) & ~int(Intents.default()))

    def contains(self, other: Intents) -> bool:
        """Tells whether every bit of `other` is in this set."""
        return self & other == other

    def with_guilds(self) -> Intents:
        """Adds bit 0: guilds and channels created, changed, deleted. Granted to every bot."""
        return self | Intents.GUILDS

    def with_guild_members(self) -> Intents:
        """Adds bit 1: members of guilds. Granted to every bot."""
        return self | Intents.GUILD_MEMBERS

    def with_guild_messages(self) -> Intents:
        """Adds bit 9: every message of a guild. Private bots only; `with_public_guild_messages` is for the others."""
        return self | Intents.GUILD_MESSAGES

    def with_guild_message_reactions(self) -> Intents:
        """Adds bit 10: reactions to messages. Needs approval."""
        return self | Intents.GUILD_MESSAGE_REACTIONS

    def with_direct_message(self) -> Intents:
        """Adds bit 12: direct messages of guilds. Needs approval."""
        return self | Intents.DIRECT_MESSAGE

    def with_open_forum_event(self) -> Intents:
        """Adds bit 18: forum events without content. Needs approval."""
        return self | Intents.OPEN_FORUM_EVENT

    def with_audio_or_live_channel_member(self) -> Intents:
        """Adds bit 19: members entering and leaving audio and live channels. Needs approval."""
        return self | Intents.AUDIO_OR_LIVE_CHANNEL_MEMBER

    def with_enter_aio(self) -> Intents:
        """Adds bit 23: a user opened the chat with the bot. Needs approval."""
        return self | Intents.ENTER_AIO

    def with_group_member(self) -> Intents:
        """Adds bit 24: members of groups. Needs approval."""
        return self | Intents.GROUP_MEMBER

    def with_group_and_c2c_event(self) -> Intents:
        """Adds bit 25: messages and management of groups and of C2C chats. Needs approval."""
        return self | Intents.GROUP_AND_C2C_EVENT

    def with_interaction(self) -> Intents:
        """Adds bit 26: buttons and menus. Needs approval."""
        return self | Intents.INTERACTION

    def with_message_audit(self) -> Intents:
        """Adds bit 27: verdicts on messages under review. Needs approval."""
        return self | Intents.MESSAGE_AUDIT

    def with_forums_event(self) -> Intents:
        """Adds bit 28: forum events with their content. Private bots only."""
        return self | Intents.FORUMS_EVENT

    def with_audio_action(self) -> Intents:
        """Adds bit 29: playback and microphone of audio channels. Needs approval."""
        return self | Intents.AUDIO_ACTION

    def with_public_guild_messages(self) -> Intents:
        """Adds bit 30: messages of a guild that mention the bot. Granted to every bot."""
        return self | Intents.PUBLIC_GUILD_MESSAGES

    with_group_and_c2c = with_group_and_c2c_event


class IntentInfo(msgspec.Struct, frozen=True):
    """What is known of one intent.

    Attributes:
        intent: The one bit, as a set.
        access: Who may ask for it.
        events: Type names of the events it delivers.
    """

    intent: Intents
    access: Access
    events: tuple[str, ...]

    @property
    def name(self) -> str:
        """The protocol's name, upper case."""
        return str(self.intent.name)

    @property
    def bit(self) -> int:
        """The number of the bit."""
        return int(self.intent).bit_length() - 1


def _table(*rows: tuple[Intents, Access, str]) -> Mapping[int, IntentInfo]:
    infos = [IntentInfo(intent, access, tuple(events.split())) for intent, access, events in rows]
    return MappingProxyType({info.bit: info for info in infos})


# The access of 18, 19, 23 and 24 is documented nowhere; EE:357 says that all but three need approval.
INTENTS: Mapping[int, IntentInfo] = _table(
    (
        Intents.GUILDS,
        Access.DEFAULT,
        "GUILD_CREATE GUILD_UPDATE GUILD_DELETE CHANNEL_CREATE CHANNEL_UPDATE CHANNEL_DELETE",
    ),
    (Intents.GUILD_MEMBERS, Access.DEFAULT, "GUILD_MEMBER_ADD GUILD_MEMBER_UPDATE GUILD_MEMBER_REMOVE"),
    (Intents.GUILD_MESSAGES, Access.PRIVATE, "MESSAGE_CREATE MESSAGE_DELETE"),
    (Intents.GUILD_MESSAGE_REACTIONS, Access.APPROVAL, "MESSAGE_REACTION_ADD MESSAGE_REACTION_REMOVE"),
    (Intents.DIRECT_MESSAGE, Access.APPROVAL, "DIRECT_MESSAGE_CREATE DIRECT_MESSAGE_DELETE"),
    (
        Intents.OPEN_FORUM_EVENT,
        Access.APPROVAL,
        (
            "OPEN_FORUM_THREAD_CREATE OPEN_FORUM_THREAD_UPDATE OPEN_FORUM_THREAD_DELETE OPEN_FORUM_POST_CREATE"
            " OPEN_FORUM_POST_DELETE OPEN_FORUM_REPLY_CREATE OPEN_FORUM_REPLY_DELETE"
        ),
    ),
    (
        Intents.AUDIO_OR_LIVE_CHANNEL_MEMBER,
        Access.APPROVAL,
        "AUDIO_OR_LIVE_CHANNEL_MEMBER_ENTER AUDIO_OR_LIVE_CHANNEL_MEMBER_EXIT",
    ),
    (Intents.ENTER_AIO, Access.APPROVAL, "ENTER_AIO"),
    (Intents.GROUP_MEMBER, Access.APPROVAL, "GROUP_MEMBER_ADD GROUP_MEMBER_REMOVE"),
    (
        Intents.GROUP_AND_C2C_EVENT,
        Access.APPROVAL,
        (
            "C2C_MESSAGE_CREATE FRIEND_ADD FRIEND_DEL C2C_MSG_REJECT C2C_MSG_RECEIVE GROUP_AT_MESSAGE_CREATE"
            " GROUP_MESSAGE_CREATE GROUP_ADD_ROBOT GROUP_DEL_ROBOT GROUP_MSG_REJECT GROUP_MSG_RECEIVE"
            " GROUP_JOIN_REQUEST SUBSCRIBE_MESSAGE_STATUS"
        ),
    ),
    (Intents.INTERACTION, Access.APPROVAL, "INTERACTION_CREATE"),
    (Intents.MESSAGE_AUDIT, Access.APPROVAL, "MESSAGE_AUDIT_PASS MESSAGE_AUDIT_REJECT"),
    (
        Intents.FORUMS_EVENT,
        Access.PRIVATE,
        (
            "FORUM_THREAD_CREATE FORUM_THREAD_UPDATE FORUM_THREAD_DELETE FORUM_POST_CREATE FORUM_POST_DELETE"
            " FORUM_REPLY_CREATE FORUM_REPLY_DELETE FORUM_PUBLISH_AUDIT_RESULT"
        ),
    ),
    (Intents.AUDIO_ACTION, Access.APPROVAL, "AUDIO_START AUDIO_FINISH AUDIO_ON_MIC AUDIO_OFF_MIC"),
    (Intents.PUBLIC_GUILD_MESSAGES, Access.DEFAULT, "AT_MESSAGE_CREATE PUBLIC_MESSAGE_DELETE"),
)

_INTENT_OF: Mapping[str, Intents] = {name: info.intent for info in INTENTS.values() for name in info.events}


def intents_for(type_names: Iterable[str]) -> Intents:
    """The least set that delivers these events.

    READY and RESUMED need no intent, and for an unknown type none is known: neither adds anything.

    Args:
        type_names: Type names as on the wire.
    """
    total = Intents.none()
    for name in type_names:
        total |= _INTENT_OF.get(name, Intents.none())
    return total
