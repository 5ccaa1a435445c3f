"""Which events pass a filter."""

from __future__ import annotations

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.events import Event, decode
from qqgw_trio import filters
from support.commanding import make_message
from support.handling import make_dispatch

CHANNEL = make_message("<@!bot> /ping", guild_id="g1", channel_id="c1")
DIRECT = make_message("hi", "DIRECT_MESSAGE_CREATE", guild_id="made for this chat", src_guild_id="g2")
GROUP = make_message(" /ping", "GROUP_AT_MESSAGE_CREATE", group_openid="o1")
ADDED = decode(make_dispatch("GROUP_ADD_ROBOT", {"group_openid": "o1", "op_member_openid": "visitor"}))
ANOTHER_BOT = make_message("hi", author={"id": "b2", "bot": True})


@pytest.mark.parametrize(
    ("wanted", "passes", "fails"),
    [
        (filters.guilds("g1", "g2"), [CHANNEL, DIRECT], [GROUP, ADDED]),
        (filters.guilds("g1"), [CHANNEL], [DIRECT]),
        (filters.guilds(), [], [CHANNEL, GROUP]),
        (filters.groups("o1"), [GROUP, ADDED], [CHANNEL, DIRECT]),
        (filters.groups("g1"), [], [CHANNEL]),
        (filters.users("visitor"), [CHANNEL, DIRECT, GROUP], [ANOTHER_BOT]),
        (filters.prefix("/"), [CHANNEL, GROUP], [DIRECT, ADDED]),
        (filters.bots, [ANOTHER_BOT], [CHANNEL, ADDED]),
        (filters.predicate(lambda event: event.message_id == "m1"), [CHANNEL, GROUP], [ADDED]),
        (filters.guilds("g1") | filters.groups("o1"), [CHANNEL, GROUP, ADDED], [DIRECT]),
        (filters.guilds("g1") & filters.prefix("/"), [CHANNEL], [ANOTHER_BOT, GROUP]),
        (~filters.guilds("g1"), [DIRECT, GROUP, ADDED], [CHANNEL]),
        (~filters.bots & (filters.guilds("g1", "g2") | filters.groups("o1")), [CHANNEL, DIRECT, GROUP], [ANOTHER_BOT]),
    ],
    ids=lambda value: value.words if isinstance(value, filters.Filter) else "",
)
def test_a_filter_lets_pass_what_it_names(wanted: filters.Filter, passes: list[Event], fails: list[Event]) -> None:
    assert [wanted(event) for event in passes] == [True] * len(passes)
    assert [wanted(event) for event in fails] == [False] * len(fails)


def is_short(event: Event) -> bool:
    return len(event.text) < 3


def test_any_function_of_the_event_combines_with_a_filter() -> None:
    wanted = filters.guilds("g2") & is_short | is_short & filters.groups("o1")
    assert wanted(DIRECT)
    assert not wanted(GROUP)
    assert (is_short | filters.prefix("/"))(GROUP)
    assert filters.predicate(filters.bots) is filters.bots


def test_a_filter_is_shown_as_it_is_written() -> None:
    wanted = ~(filters.guilds("g1", "g2") | filters.bots) & is_short
    assert repr(wanted) == """Filter(words="(~(guilds('g1', 'g2') | bots) & is_short)")"""


@pytest.mark.parametrize("wrong", [["g1"], 123, None])
def test_ids_that_are_no_text_are_refused(wrong: object) -> None:
    with pytest.raises(ConfigurationError, match=r"is no id: ids are text, given one by one: filters\.guilds"):
        filters.guilds(wrong)  # type: ignore[arg-type]


def test_a_filter_has_no_truth_value_so_that_and_drops_none() -> None:
    with pytest.raises(ConfigurationError, match=r"a filter has no truth value: combine filters with &, \| and ~"):
        bool(filters.groups("a"))
