"""App id, secret, access tokens, and how many sessions may be started."""

from __future__ import annotations

from random import Random

import attrs
import pytest

from qqgw_trio.simulator.accounts import Accounts, StartBudget
from qqgw_trio.simulator.settings import RestSettings, StartSettings


@attrs.define
class Clock:
    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def accounts(clock: Clock, settings: RestSettings | None = None) -> Accounts:
    return Accounts("102", None, settings or RestSettings(), Random(1), clock)


def test_a_call_gives_the_same_token_with_less_time_left() -> None:
    clock = Clock()
    one = accounts(clock)
    first, left = one.issue()
    clock.now += 2103
    again, less = one.issue()
    assert first == again
    assert (left, less) == (7200, 5097)


def test_no_second_is_lost_where_the_clocks_reading_rounds_the_end_down() -> None:
    now = 523456.7
    assert (now + 7200.0) - now < 7200.0
    assert accounts(Clock(now)).issue()[1] == 7200


def test_in_the_last_minute_a_new_token_is_given_and_the_old_one_stays_valid() -> None:
    clock = Clock()
    one = accounts(clock)
    old, _ = one.issue()
    clock.now += 7140
    new, left = one.issue()
    assert new.text != old.text
    assert left == 7200
    assert one.is_valid(old.text)
    clock.now += 60
    assert not one.is_valid(old.text)
    assert one.is_valid(new.text)


def test_expired_by_order_no_token_is_valid_and_the_next_is_another() -> None:
    one = accounts(Clock())
    old, _ = one.issue()
    one.expire_tokens()
    assert not one.is_valid(old.text)
    assert one.issue()[0].text != old.text


@pytest.mark.parametrize("form", ["QQBot {token}", "{token}", "Bot 102.{token}", "Bot 102.{secret}"])
def test_every_form_that_real_clients_send_is_accepted(form: str) -> None:
    one = accounts(Clock())
    assert one.check_token(form.format(token=one.issue()[0].text, secret=one.secret))


@pytest.mark.parametrize(
    "form", ["", "QQBot", "QQBot wrong", "wrong", "Bot 103.{token}", "Bot 102.wrong", "Bearer {token}", "{secret}"]
)
def test_nothing_else_is_accepted(form: str) -> None:
    one = accounts(Clock())
    assert not one.check_token(form.format(token=one.issue()[0].text, secret=one.secret))


def test_the_legacy_form_can_be_switched_off() -> None:
    one = accounts(Clock(), RestSettings(accept_legacy=False))
    assert not one.check_token(f"Bot 102.{one.secret}")


def test_neither_secret_nor_token_is_in_a_repr() -> None:
    one = accounts(Clock())
    token, _ = one.issue()
    assert token.text not in repr(token)
    assert one.secret not in repr(one)


def test_the_secret_can_be_given() -> None:
    assert Accounts("102", "mine", RestSettings(), Random(1), Clock()).secret == "mine"


def test_starts_are_spent_one_by_one_until_the_period_ends() -> None:
    clock = Clock()
    budget = StartBudget(StartSettings(total=2, reset_after=100.0), clock)
    assert [budget.spend(), budget.spend(), budget.spend()] == [True, True, False]
    clock.now += 40
    assert (budget.remaining, budget.reset_after) == (0, 60_000)
    clock.now += 260
    assert (budget.remaining, budget.reset_after) == (2, 100_000)


def test_identifies_are_counted_within_five_seconds() -> None:
    clock = Clock()
    budget = StartBudget(StartSettings(), clock)
    assert [budget.crowd(), budget.crowd()] == [1, 2]
    clock.now += 4.998
    assert budget.crowd() == 3
    clock.now += 4.9995  # another clock, or the rounding of a sum, may say so of 5 s
    assert budget.crowd() == 1
