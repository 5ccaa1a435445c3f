"""Numbers, windows and quotas of replies (`protocol.md` 8 and 9)."""

from __future__ import annotations

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.handler.handler_errors import ReplyQuotaSpent, ReplyWindowClosed
from qqgw_trio.handler.replies import Place, ReplyLimits, ReplyNumbers


def test_numbers_begin_with_1_for_each_message() -> None:
    numbers = ReplyNumbers()
    assert [numbers.next("M"), numbers.next("M"), numbers.next("N"), numbers.next("M")] == [1, 2, 1, 3]


def test_the_message_answered_longest_ago_is_forgotten_first() -> None:
    numbers = ReplyNumbers(most=2)
    for message in ("M", "N", "M", "O"):
        numbers.next(message)
    assert numbers.next("M") == 3
    assert numbers.next("N") == 1


@pytest.mark.parametrize(
    ("place", "window", "replies"),
    [
        ("group", 300.0, 5),  # SEND:21
        ("c2c", 3600.0, 5),  # SEND:18
        ("channel", 300.0, None),  # SEND:27
        ("dm", 300.0, None),  # SEND:34
    ],
)
def test_the_limits_are_those_of_the_documents(place: Place, window: float, replies: int | None) -> None:
    assert (ReplyLimits().window(place), ReplyLimits().replies(place)) == (window, replies)


@pytest.mark.parametrize("place", ["group", "c2c", "channel", "dm"])
def test_each_limit_can_be_set_or_left_to_the_server(place: Place) -> None:
    set_ = ReplyLimits(**{f"{place}_window": 7.0, f"{place}_replies": 1})  # type: ignore[arg-type]
    numbers = ReplyNumbers(lambda: set_)
    numbers.check_window(place, 7.0)
    with pytest.raises(
        ReplyWindowClosed, match=f"a {place} message can be answered for 7 s, and this one came 8 s ago"
    ):
        numbers.check_window(place, 8.0)
    numbers.count("M", place)
    with pytest.raises(ReplyQuotaSpent, match=f"1 replies to one {place} message are all that the platform takes"):
        numbers.count("M", place)
    unset = ReplyLimits(**{f"{place}_window": None, f"{place}_replies": None})
    numbers = ReplyNumbers(lambda: unset)
    numbers.check_window(place, 1e9)
    for _ in range(100):
        numbers.count("M", place)


def test_a_reply_that_was_not_sent_does_not_count() -> None:
    numbers = ReplyNumbers(lambda: ReplyLimits(group_replies=1))
    numbers.count("M", "group")
    numbers.discount("M")
    numbers.count("M", "group")
    numbers.count("N", "group")


@pytest.mark.parametrize("value", [0, -1.0])
def test_a_limit_is_above_0(value: float) -> None:
    with pytest.raises(ConfigurationError, match=r"ReplyLimits\.group_window must be None or a number above 0, not"):
        ReplyLimits(group_window=value)
