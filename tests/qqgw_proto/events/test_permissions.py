from __future__ import annotations

import pytest

from qqgw_proto.errors import InsufficientPermissions
from qqgw_proto.events import (
    Intents,
    describe_intents,
    intent_warnings,
    least_types,
    validate_intents_permissions,
)


def test_a_public_bot_may_ask_for_whatever_can_be_granted() -> None:
    validate_intents_permissions(
        Intents.from_names(n for n in Intents.all().names if n not in {"GUILD_MESSAGES", "FORUMS_EVENT"})
    )


def test_a_private_bot_may_ask_for_everything() -> None:
    validate_intents_permissions(Intents.all(), private=True)


def test_a_public_bot_is_refused_every_intent_of_private_bots_by_name() -> None:
    with pytest.raises(InsufficientPermissions) as caught:
        validate_intents_permissions(Intents.all())
    assert caught.value.message == "only private bots may ask for GUILD_MESSAGES, FORUMS_EVENT"


def test_a_public_bot_that_asks_for_bit_9_is_told_of_bit_30() -> None:
    with pytest.raises(InsufficientPermissions) as caught:
        validate_intents_permissions(Intents.none().with_guild_messages())
    assert caught.value.remedy.startswith("leave it out, or declare the bot private; PUBLIC_GUILD_MESSAGES (bit 30)")


def test_the_hint_is_not_given_for_forums() -> None:
    with pytest.raises(InsufficientPermissions) as caught:
        validate_intents_permissions(Intents.none().with_forums_event())
    assert caught.value.remedy == "leave it out, or declare the bot private"


def test_nothing_to_say_about_the_default() -> None:
    assert intent_warnings(Intents.default()) == ()


def test_the_warning_for_a_public_bot_with_bit_9_names_bit_30() -> None:
    assert intent_warnings(Intents.none().with_guild_messages()) == (
        "GUILD_MESSAGES is for private bots only",
        (
            "GUILD_MESSAGES (bit 9) is every message of a guild; PUBLIC_GUILD_MESSAGES (bit 30) delivers the messages"
            " that mention the bot, without approval"
        ),
    )


def test_a_private_bot_with_bits_9_and_30_gets_each_message_twice() -> None:
    both = Intents.none().with_guild_messages().with_public_guild_messages()
    assert intent_warnings(both, private=True) == (
        "GUILD_MESSAGES and PUBLIC_GUILD_MESSAGES together deliver each message for the bot twice",
    )
    assert intent_warnings(both, private=True, catch_all=True) == ()
    assert intent_warnings(Intents.none().with_guild_messages(), private=True) == ()


def test_a_public_bot_never_gets_bit_9_so_nothing_arrives_twice() -> None:
    both = Intents.none().with_guild_messages().with_public_guild_messages()
    assert intent_warnings(both) == intent_warnings(Intents.none().with_guild_messages())


def test_forums_of_a_public_bot_are_warned_of_without_a_hint() -> None:
    assert intent_warnings(Intents.none().with_forums_event()) == ("FORUMS_EVENT is for private bots only",)


def test_a_bit_that_is_no_intent() -> None:
    assert intent_warnings(Intents(1 << 5), handled=[]) == ("bit 5 is no intent of the gateway",)


def test_a_handler_whose_event_no_chosen_intent_delivers() -> None:
    assert intent_warnings(Intents.GUILDS, handled={"GUILD_CREATE", "INTERACTION_CREATE", "READY"}) == (
        "INTERACTION_CREATE has a handler, but no chosen intent delivers it: add INTERACTION",
    )


def test_the_session_s_own_events_need_no_intent() -> None:
    assert intent_warnings(Intents.GUILDS, handled=["GUILD_CREATE", "READY", "RESUMED"]) == ()


def test_an_intent_that_no_handler_uses() -> None:
    assert intent_warnings(Intents.GUILDS | Intents.INTERACTION, handled={"GUILD_DELETE"}) == (
        "INTERACTION is asked for, but no handler takes any of its events",
    )


def test_intents_that_no_handler_uses_are_told_together() -> None:
    asked = Intents.GUILDS | Intents.INTERACTION | Intents.MESSAGE_AUDIT
    assert intent_warnings(asked, handled={"GUILD_DELETE"}) == (
        "INTERACTION, MESSAGE_AUDIT are asked for, but no handler takes any of their events",
    )


def test_any_one_of_several_types_will_do() -> None:
    both = frozenset({"MESSAGE_CREATE", "AT_MESSAGE_CREATE"})
    assert intent_warnings(Intents.PUBLIC_GUILD_MESSAGES, handled=[both]) == ()
    assert intent_warnings(Intents.GUILD_MESSAGES, private=True, handled=[both]) == ()
    assert intent_warnings(Intents.GUILDS, handled=[both, "GUILD_CREATE"]) == (
        (
            "AT_MESSAGE_CREATE or MESSAGE_CREATE has a handler, but no chosen intent delivers it:"
            " add PUBLIC_GUILD_MESSAGES"
        ),
    )


def test_a_catch_all_uses_every_intent_but_excuses_no_other_handler() -> None:
    assert intent_warnings(Intents.GUILDS, handled=["INTERACTION_CREATE"], catch_all=True) == (
        "INTERACTION_CREATE has a handler, but no chosen intent delivers it: add INTERACTION",
    )


def test_a_misspelt_type_name_is_told_with_the_nearest_one() -> None:
    assert intent_warnings(Intents.GUILDS, handled=["GUILD_CREATE", "GROUP_AT_MESAGE_CREATE", "zzz"]) == (
        (
            "GROUP_AT_MESAGE_CREATE has a handler, but this version knows no such event:"
            " did you mean GROUP_AT_MESSAGE_CREATE?"
        ),
        "zzz has a handler, but this version knows no such event",
    )


def test_of_several_types_the_ones_that_need_no_approval_are_the_least() -> None:
    channel = ("MESSAGE_CREATE", "AT_MESSAGE_CREATE")
    everywhere = (*channel, "DIRECT_MESSAGE_CREATE", "GROUP_AT_MESSAGE_CREATE", "C2C_MESSAGE_CREATE")
    assert least_types(channel) == ("AT_MESSAGE_CREATE",)
    assert least_types(everywhere) == ("AT_MESSAGE_CREATE",)
    assert least_types(["GUILD_CREATE", "INTERACTION_CREATE"]) == ("GUILD_CREATE",)


def test_where_all_need_approval_all_of_them_are_the_least() -> None:
    groups = ("GROUP_MESSAGE_CREATE", "GROUP_AT_MESSAGE_CREATE")
    assert least_types(groups) == ("GROUP_AT_MESSAGE_CREATE", "GROUP_MESSAGE_CREATE")
    assert least_types(["NOT_YET_KNOWN"]) == ("NOT_YET_KNOWN",)


def test_where_all_need_approval_those_of_private_bots_are_only_for_them() -> None:
    forums = ("FORUM_THREAD_CREATE", "OPEN_FORUM_THREAD_CREATE")
    assert least_types(forums) == ("OPEN_FORUM_THREAD_CREATE",)
    assert least_types(forums, private=True) == forums
    assert least_types(["FORUM_THREAD_CREATE"]) == ("FORUM_THREAD_CREATE",)


def test_a_private_bot_gets_every_message_under_one_type() -> None:
    assert least_types(["MESSAGE_CREATE", "AT_MESSAGE_CREATE", "GUILD_CREATE"], private=True) == (
        "MESSAGE_CREATE",
        "GUILD_CREATE",
    )
    assert least_types(["AT_MESSAGE_CREATE"], private=True) == ("AT_MESSAGE_CREATE",)


def test_intents_are_described_by_name_bit_and_access() -> None:
    assert describe_intents(Intents.GUILDS | Intents.GUILD_MESSAGES | Intents(1 << 5)) == (
        "GUILDS (bit 0, granted to every bot), bit 5, which is no intent, GUILD_MESSAGES (bit 9, private bots only)"
    )
    assert describe_intents(Intents.none()) == ""
