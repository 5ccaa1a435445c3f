"""The limits that GET /gateway/bot tells, and how the identify gate obeys them: starts left, resets, newer limits."""

from __future__ import annotations

import math

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.sharding import IdentifyGate, StartLimits
from support.gate import ask, delayed, granted, permits

DAY = 86_400.0


# --- what GET /gateway/bot says ------------------------------------------------------------------------------------


def test_the_limits_not_told_are_the_least_ever_seen() -> None:
    assert StartLimits() == StartLimits(max_concurrency=1, remaining=1000, total=1000, reset_after=86_400.0)


@pytest.mark.parametrize(("name", "value"), [("max_concurrency", 0), ("remaining", -1), ("total", -1), ("total", True)])
def test_limits_are_whole_numbers(name: str, value: int) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} must be a whole number from "):
        StartLimits(**{name: value})


@pytest.mark.parametrize("value", [-0.1, math.inf, math.nan, True])
def test_the_reset_is_a_number_of_seconds(value: float) -> None:
    with pytest.raises(ConfigurationError, match=r"^reset_after must be a number of seconds from 0, not "):
        StartLimits(reset_after=value)


# --- session_start_limit -------------------------------------------------------------------------------------------


def test_spent_starts_wait_for_the_reset_and_say_so() -> None:
    gate = IdentifyGate(StartLimits(max_concurrency=10, remaining=2, total=3, reset_after=3600.0))
    ask(gate, range(4), 0.0)
    notices = gate.poll(0.0)
    assert granted(notices) == [0, 1]
    assert delayed(notices) == [(2, 3600.0, "start_limit"), (3, 3600.0, "start_limit")]
    assert gate.deadline == 3600.0
    assert granted(gate.poll(3599.999)) == []


def test_after_the_reset_a_day_has_its_total_again() -> None:
    gate = IdentifyGate(StartLimits(max_concurrency=10, remaining=0, total=3, reset_after=3600.0))
    ask(gate, range(5), 0.0)
    gate.poll(0.0)
    notices = gate.poll(3600.0)
    assert granted(notices) == [0, 1, 2]
    assert delayed(notices) == [(3, 3600.0 + DAY, "start_limit"), (4, 3600.0 + DAY, "start_limit")]


def test_permits_held_over_the_reset_are_counted_off_the_new_day() -> None:
    gate = IdentifyGate(StartLimits(max_concurrency=10, remaining=1, total=2, reset_after=3.0))
    ask(gate, range(3), 0.0)
    gate.poll(0.0)
    assert granted(gate.poll(3.0)) == [1]


def test_a_reset_that_nobody_waited_for_is_made_up_for() -> None:
    gate = IdentifyGate(StartLimits(max_concurrency=10, remaining=0, total=1, reset_after=3600.0))
    ask(gate, [0], 0.0)
    gate.poll(0.0)
    ask(gate, [1], 3600.0 + 2 * DAY + 1.0)
    notices = gate.poll(3600.0 + 2 * DAY + 1.0)
    assert granted(notices) == [0]
    assert delayed(notices) == [(1, 3600.0 + 3 * DAY, "start_limit")]


def test_a_total_of_zero_waits_from_day_to_day() -> None:
    gate = IdentifyGate(StartLimits(remaining=0, total=0, reset_after=0.0))
    ask(gate, [0], 5.0)
    assert delayed(gate.poll(5.0)) == [(0, 5.0 + DAY, "start_limit")]
    assert delayed(gate.poll(5.0 + DAY)) == [(0, 5.0 + 2 * DAY, "start_limit")]


def test_the_last_start_goes_to_the_first_in_the_queue() -> None:
    gate = IdentifyGate(StartLimits(max_concurrency=1, remaining=2, reset_after=3600.0))
    ask(gate, range(3), 0.0)
    assert delayed(gate.poll(0.0)) == [(1, 5.0, "concurrency"), (2, 3600.0, "start_limit")]


def test_a_permit_returned_unused_is_credited() -> None:
    gate = IdentifyGate(StartLimits(remaining=1))
    ask(gate, [0, 1], 0.0)
    (first,) = permits(gate.poll(0.0))
    gate.returned(first, None, 0.0)
    assert granted(gate.poll(0.0)) == [1]


def test_where_the_reset_comes_before_the_slot_the_slot_is_waited_for() -> None:
    gate = IdentifyGate(StartLimits(remaining=1, reset_after=2.0))
    ask(gate, [0, 1], 0.0)
    assert delayed(gate.poll(0.0)) == [(1, 5.0, "concurrency")]


# --- newer limits --------------------------------------------------------------------------------------------------


def test_newer_limits_hold_at_once() -> None:
    gate = IdentifyGate(StartLimits(max_concurrency=1))
    ask(gate, range(3), 0.0)
    gate.poll(0.0)
    gate.update(StartLimits(max_concurrency=2), 1.0)
    assert gate.deadline == 1.0
    notices = gate.poll(1.0)
    assert granted(notices) == [1]
    assert delayed(notices) == [(2, 6.0, "concurrency")]


def test_fewer_slots_than_are_taken_let_nobody_in_until_there_is_room() -> None:
    gate = IdentifyGate(StartLimits(max_concurrency=3))
    ask(gate, range(4), 0.0)
    for number, permit in enumerate(permits(gate.poll(0.0))):
        gate.returned(permit, float(number), 2.0)
    gate.update(StartLimits(max_concurrency=1), 2.0)
    assert delayed(gate.poll(2.0)) == [(3, 7.0, "concurrency")]
    assert granted(gate.poll(6.999)) == []
    assert granted(gate.poll(7.0)) == [3]


def test_permits_that_are_held_count_against_what_newer_limits_leave() -> None:
    gate = IdentifyGate(StartLimits(max_concurrency=2))
    ask(gate, range(3), 0.0)
    first, _second = permits(gate.poll(0.0))
    gate.update(StartLimits(max_concurrency=10, remaining=2, reset_after=100.0), 1.0)
    assert delayed(gate.poll(1.0)) == [(2, 101.0, "start_limit")]
    gate.returned(first, None, 2.0)
    assert granted(gate.poll(2.0)) == [2]
