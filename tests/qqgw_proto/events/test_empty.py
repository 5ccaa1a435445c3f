"""What an event says where its payload says nothing, and what every class of events has in common."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from qqgw_proto import events
from qqgw_proto.events import EVENT_CLASSES, INTENTS, Access, Event, ReactionTargetType, UnknownEvent

NOTHING = {"None", "''", "False", "()", "[]"}


def said(value: object) -> list[str]:
    """The fields that say something, those of structs inside included."""
    found: list[str] = []
    for field in msgspec.structs.fields(value) if isinstance(value, msgspec.Struct) else ():
        inner = getattr(value, field.name)
        if field.name == "frame":
            continue
        if isinstance(inner, msgspec.Struct):
            found += [f"{field.name}.{name}" for name in said(inner)]
        elif repr(inner) not in NOTHING:
            found.append(f"{field.name} = {inner!r}")
    return found


@pytest.mark.parametrize("type_name", sorted(EVENT_CLASSES))
def test_an_event_of_which_nothing_is_said_says_nothing(decode_as: Callable[[str, str], Event], type_name: str) -> None:
    assert said(decode_as(type_name, "{}")) == []


def test_every_event_but_the_sessions_own_belongs_to_an_intent() -> None:
    delivered = [name for info in INTENTS.values() for name in info.events]
    assert {*delivered, "READY", "RESUMED"} == set(EVENT_CLASSES)


@pytest.mark.parametrize("shape", [Event, UnknownEvent, *EVENT_CLASSES.values()])
def test_an_event_is_left_out_of_the_collectors_lists_and_is_itself_only(shape: type[Event]) -> None:
    settings = shape.__struct_config__
    assert (settings.frozen, settings.gc, settings.eq) == (True, False, False)


def test_what_an_intent_costs_is_said_in_these_words() -> None:
    assert [access.value for access in Access] == [
        "granted to every bot",
        "needs approval on the platform's console",
        "private bots only",
    ]


def test_what_a_reaction_is_to() -> None:
    assert {kind.name: kind.value for kind in ReactionTargetType} == {"MESSAGE": 0, "THREAD": 1, "POST": 2, "REPLY": 3}


PARTS = [
    *("DeletedMessage", "ForumWriting", "SubscriptionResult", "JoinVerification", "InteractionResolved"),
    *("InteractionData", "ReactionTarget", "User", "Member", "Attachment", "MessageReference", "MessageScene", "Emoji"),
]


@pytest.mark.parametrize("name", ["Event", *PARTS])
def test_a_part_of_an_event_is_made_with_the_names_of_its_fields_and_never_collected(name: str) -> None:
    shape: type[msgspec.Struct] = getattr(events, name)
    assert shape.__struct_config__.gc is False
    with pytest.raises(TypeError, match="Extra positional arguments"):
        shape("x")


@pytest.mark.parametrize("name", PARTS)
def test_a_part_of_which_nothing_is_said_says_nothing(name: str) -> None:
    assert said(msgspec.json.decode(b"{}", type=getattr(events, name))) == []


def test_how_a_reply_names_each_event() -> None:
    # protocol.md 6.2
    assert {name: shape.reply_key for name, shape in EVENT_CLASSES.items() if shape.reply_key is not None} == {
        **dict.fromkeys(("MESSAGE_CREATE", "AT_MESSAGE_CREATE", "DIRECT_MESSAGE_CREATE"), "msg_id"),
        **dict.fromkeys(("C2C_MESSAGE_CREATE", "GROUP_AT_MESSAGE_CREATE", "GROUP_MESSAGE_CREATE"), "msg_id"),
        **dict.fromkeys(("GUILD_MEMBER_ADD", "GUILD_MEMBER_UPDATE", "GUILD_MEMBER_REMOVE"), "event_id"),
        **dict.fromkeys(("MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE", "INTERACTION_CREATE"), "event_id"),
        **dict.fromkeys(("GROUP_MEMBER_ADD", "GROUP_ADD_ROBOT", "GROUP_MSG_RECEIVE"), "event_id"),
        **dict.fromkeys(("FRIEND_ADD", "C2C_MSG_RECEIVE"), "event_id"),
        **dict.fromkeys(("FORUM_THREAD_CREATE", "FORUM_THREAD_UPDATE", "FORUM_THREAD_DELETE"), "event_id"),
        **dict.fromkeys(("FORUM_POST_CREATE", "FORUM_POST_DELETE"), "event_id"),
        **dict.fromkeys(("FORUM_REPLY_CREATE", "FORUM_REPLY_DELETE"), "event_id"),
    }
