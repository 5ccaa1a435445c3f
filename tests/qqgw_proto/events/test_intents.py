from __future__ import annotations

from typing import cast

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.events import INTENTS, Access, Intents, intents_for

# protocol.md 6.1
BITS = {
    "GUILDS": (0, Access.DEFAULT, 6),
    "GUILD_MEMBERS": (1, Access.DEFAULT, 3),
    "GUILD_MESSAGES": (9, Access.PRIVATE, 2),
    "GUILD_MESSAGE_REACTIONS": (10, Access.APPROVAL, 2),
    "DIRECT_MESSAGE": (12, Access.APPROVAL, 2),
    "OPEN_FORUM_EVENT": (18, Access.APPROVAL, 7),
    "AUDIO_OR_LIVE_CHANNEL_MEMBER": (19, Access.APPROVAL, 2),
    "ENTER_AIO": (23, Access.APPROVAL, 1),
    "GROUP_MEMBER": (24, Access.APPROVAL, 2),
    "GROUP_AND_C2C_EVENT": (25, Access.APPROVAL, 13),
    "INTERACTION": (26, Access.APPROVAL, 1),
    "MESSAGE_AUDIT": (27, Access.APPROVAL, 2),
    "FORUMS_EVENT": (28, Access.PRIVATE, 8),
    "AUDIO_ACTION": (29, Access.APPROVAL, 4),
    "PUBLIC_GUILD_MESSAGES": (30, Access.DEFAULT, 2),
}


def test_every_bit_of_the_protocol_has_its_name_access_class_and_events() -> None:
    found = {info.name: (info.bit, info.access, len(info.events)) for info in INTENTS.values()}
    assert found == BITS
    assert list(Intents.__members__) == list(BITS)


def test_no_event_belongs_to_two_intents() -> None:
    events = [name for info in INTENTS.values() for name in info.events]
    assert len(events) == 57
    assert len(set(events)) == 57


def test_none_and_new_are_the_empty_set() -> None:
    assert Intents.none() == 0
    assert Intents.new() == 0
    assert Intents.none().names == ()


def test_default_is_exactly_what_every_bot_is_granted() -> None:
    assert Intents.default() == 1073741827  # EE:353
    assert Intents.default().names == ("GUILDS", "GUILD_MEMBERS", "PUBLIC_GUILD_MESSAGES")


def test_all_has_every_bit() -> None:
    assert Intents.all().bits == (0, 1, 9, 10, 12, 18, 19, 23, 24, 25, 26, 27, 28, 29, 30)


@pytest.mark.parametrize("name", list(BITS))
def test_a_builder_named_after_the_intent_adds_its_bit_and_no_other(name: str) -> None:
    built = getattr(Intents.none(), f"with_{name.lower()}")()
    assert built == 1 << BITS[name][0]
    assert built.names == (name,)


def test_builders_keep_what_was_there() -> None:
    assert Intents.default().with_group_and_c2c().with_direct_message().bits == (0, 1, 12, 25, 30)


def test_contains_asks_for_every_bit() -> None:
    some = Intents.none().with_guilds().with_interaction()
    assert some.contains(Intents.GUILDS)
    assert some.contains(Intents.GUILDS | Intents.INTERACTION)
    assert some.contains(Intents.none())
    assert not some.contains(Intents.GUILDS | Intents.GUILD_MEMBERS)


def test_names_go_in_and_out_in_any_case() -> None:
    intents = Intents.from_names(["guilds", "Interaction", "FORUMS_EVENT"])
    assert intents.bits == (0, 26, 28)
    assert Intents.from_names(intents.names) == intents


def test_names_give_no_more_than_they_name() -> None:
    assert Intents.from_names([]) == 0
    assert Intents.from_names(["INTERACTION"]) == 1 << 26


def test_who_gives_one_name_is_told_how_a_list_is_written() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Intents.from_names("guilds")
    assert caught.value.remedy == 'write Intents.from_names(["guilds", "interaction"])'


def test_a_name_that_no_intent_has_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(
        ConfigurationError, match=r"no intent is named 'MESSAGE_CONTENT': use one of GUILDS, GUILD_MEMBERS"
    ):
        Intents.from_names(["GUILDS", "MESSAGE_CONTENT"])


@pytest.mark.parametrize("names", ["guilds", b"guilds", 5, [5], None], ids=repr)
def test_names_that_are_no_list_of_texts_are_refused(names: object) -> None:
    with pytest.raises(ConfigurationError, match=r"intents are named by a list, not by|no intent is named"):
        Intents.from_names(cast("list[str]", names))


def test_all_but_some_are_intents_only() -> None:
    rest = ~Intents.default()
    assert rest == Intents.all().privileged
    assert ~rest == Intents.default()
    assert ~Intents(1 << 2) == Intents.all()


def test_a_bit_that_is_no_intent_is_shown_by_its_number() -> None:
    strange = Intents((1 << 5) | 1)
    assert strange.names == ("GUILDS", "BIT_5")
    assert strange.events[0] == "GUILD_CREATE"
    assert len(strange.events) == 6


def test_privileged_is_what_not_every_bot_has() -> None:
    asked = Intents.default().with_guild_messages().with_interaction()
    assert asked.privileged.bits == (9, 26)
    assert Intents.default().privileged == 0


def test_the_least_set_for_some_events() -> None:
    assert intents_for(["GROUP_AT_MESSAGE_CREATE", "C2C_MESSAGE_CREATE"]).bits == (25,)
    assert intents_for(["MESSAGE_CREATE", "AT_MESSAGE_CREATE"]).bits == (9, 30)


def test_ready_resumed_and_unknown_types_need_no_intent() -> None:
    assert intents_for(["READY", "RESUMED", "NOT_INVENTED_YET"]) == 0
