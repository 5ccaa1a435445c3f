"""Delays between repetitions, and what `Retry-After` asks for."""

from __future__ import annotations

import random
from typing import cast

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.rest.retry import RetryPolicy, retry_after_of
from support.rest_stub import Middle


def test_the_delay_doubles_up_to_its_bound() -> None:
    policy = RetryPolicy(initial_delay=1.0, max_delay=8.0, backoff_factor=2.0)
    assert [policy.delay(failures, Middle()) for failures in (1, 2, 3, 4, 5)] == [0.75, 1.5, 3.0, 6.0, 6.0]


def test_half_of_the_delay_is_random() -> None:
    policy = RetryPolicy(initial_delay=1.0)
    rng = random.Random(1)
    delays = [policy.delay(1, rng) for _ in range(100)]
    assert min(delays) >= 0.5
    assert max(delays) < 1.0
    assert len(set(delays)) == 100


def test_any_number_of_failures_has_a_delay() -> None:
    assert RetryPolicy(max_delay=8.0, backoff_factor=10.0).delay(10**9, Middle()) == 6.0


@pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf"), True])
def test_a_policy_that_cannot_work_is_refused(value: float) -> None:
    with pytest.raises(ConfigurationError, match=r"RetryPolicy\.max_delay must be a number above 0"):
        RetryPolicy(max_delay=value)


@pytest.mark.parametrize("value", [0, 1.5, True, cast("int", "3")])
def test_requests_are_counted_in_whole_numbers(value: int) -> None:
    with pytest.raises(ConfigurationError, match=r"RetryPolicy\.attempts must be a whole number from 1, not "):
        RetryPolicy(attempts=value)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 0.5 ", 0.5),
        ("-3", 0.0),
        ("86400", 3600.0),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("Wed, 21 Oct 2015 07:28:30 GMT", 30.0),
        ("Wed, 21 Oct 2015 07:27:00 GMT", 0.0),
        ("Wed, 99 Oct 2015 07:28:30 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_measured_against_the_answers_own(text: str, seconds: float | None) -> None:
    assert retry_after_of({"retry-after": text, "date": "Wed, 21 Oct 2015 07:28:00 GMT"}) == seconds


def test_a_retry_after_date_without_a_date_says_nothing() -> None:
    assert retry_after_of({"retry-after": "Wed, 21 Oct 2015 07:28:30 GMT"}) is None
    assert retry_after_of({}) is None
