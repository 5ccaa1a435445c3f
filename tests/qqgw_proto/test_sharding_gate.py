"""The identify gate, rule by rule: permits in use per rolling 5 s, fair, and safe to give up."""

from __future__ import annotations

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.sharding import IdentifyGate, StartLimits
from support.gate import ask, delayed, granted, permits

# --- permits in use per rolling 5 s --------------------------------------------------------------------------------


def test_the_first_are_granted_at_once_and_the_others_are_told_when() -> None:
    gate = IdentifyGate(StartLimits(max_concurrency=2))
    ask(gate, [10, 11, 12, 13, 14], 100.0)
    notices = gate.poll(100.0)
    assert granted(notices) == [10, 11]
    assert delayed(notices) == [
        (12, 105.0, "concurrency"),
        (13, 105.0, "concurrency"),
        (14, 110.0, "concurrency"),
    ]
    assert gate.poll(100.0) == []
    assert (gate.in_use, gate.limits.max_concurrency) == (2, 2)


def test_a_slot_is_free_five_seconds_after_the_identify() -> None:
    gate = IdentifyGate()
    ask(gate, [0, 1], 0.0)
    (first,) = permits(gate.poll(0.0))
    gate.returned(first, 2.0, 3.0)
    gate.poll(3.0)
    assert granted(gate.poll(6.999)) == []
    assert granted(gate.poll(7.0)) == [1]


def test_a_permit_returned_unused_frees_its_slot_at_once() -> None:
    gate = IdentifyGate()
    ask(gate, [0, 1], 0.0)
    (first,) = permits(gate.poll(0.0))
    gate.returned(first, None, 1.0)
    assert gate.deadline == 1.0
    assert granted(gate.poll(1.0)) == [1]


def test_a_permit_returned_twice_counts_once() -> None:
    gate = IdentifyGate(StartLimits(max_concurrency=2))
    ask(gate, range(4), 0.0)
    first, second = permits(gate.poll(0.0))
    gate.returned(first, None, 0.0)
    gate.returned(first, None, 0.0)
    assert granted(gate.poll(0.0)) == [2]
    gate.returned(second, 0.0, 1.0)
    gate.returned(second, 0.0, 1.0)
    gate.returned(second, None, 1.0)
    assert granted(gate.poll(4.999)) == []
    assert granted(gate.poll(5.0)) == [3]


def test_an_identify_long_ago_takes_no_slot() -> None:
    gate = IdentifyGate()
    ask(gate, [0, 1], 0.0)
    (first,) = permits(gate.poll(0.0))
    gate.returned(first, 0.0, 60.0)
    assert granted(gate.poll(60.0)) == [1]


@pytest.mark.parametrize(("identified_at", "free_at"), [(9.0, 15.0), (11.0, 16.0), (99.0, 17.0)])
def test_an_identify_lies_between_grant_and_return(identified_at: float, free_at: float) -> None:
    gate = IdentifyGate()
    ask(gate, [0, 1], 10.0)
    (first,) = permits(gate.poll(10.0))
    gate.returned(first, identified_at, 12.0)
    assert granted(gate.poll(free_at - 0.001)) == []
    assert granted(gate.poll(free_at)) == [1]


def test_who_is_not_served_when_expected_is_told_anew() -> None:
    gate = IdentifyGate()
    ask(gate, [0, 1], 0.0)
    gate.poll(0.0)
    assert gate.deadline == 5.0
    assert delayed(gate.poll(5.0)) == [(1, 10.0, "concurrency")]
    assert gate.deadline == 10.0


def test_a_lease_is_no_shorter_than_the_window() -> None:
    with pytest.raises(ConfigurationError, match=r"^lease must be a number of seconds from 5, not 4"):
        IdentifyGate(lease=4)


def test_a_permit_never_returned_holds_its_slot_for_the_lease() -> None:
    gate = IdentifyGate(lease=30.0)
    ask(gate, [0, 1], 0.0)
    gate.poll(0.0)
    assert granted(gate.poll(29.999)) == []
    assert gate.deadline == 30.0
    assert granted(gate.poll(30.0)) == [1]


def test_a_used_permit_returned_after_its_lease_takes_a_slot_anew() -> None:
    gate = IdentifyGate(StartLimits(remaining=3), lease=30.0)
    ask(gate, [0, 1, 2], 0.0)
    (first,) = permits(gate.poll(0.0))
    (second,) = permits(gate.poll(30.0))
    gate.returned(first, 29.0, 31.0)
    gate.returned(second, None, 31.0)
    assert granted(gate.poll(33.999)) == []
    assert granted(gate.poll(34.0)) == [2]


def test_an_unused_permit_returned_after_its_lease_changes_nothing() -> None:
    gate = IdentifyGate(StartLimits(remaining=1), lease=30.0)
    ask(gate, [0, 1], 0.0)
    (first,) = permits(gate.poll(0.0))
    gate.poll(30.0)
    gate.returned(first, None, 30.0)
    assert granted(gate.poll(40.0)) == []


def test_time_that_goes_back_is_ignored() -> None:
    gate = IdentifyGate()
    ask(gate, [0, 1], 10.0)
    (first,) = permits(gate.poll(3.0))
    assert first.granted_at == 10.0
    gate.returned(first, 3.0, 3.0)
    assert granted(gate.poll(14.999)) == []
    assert granted(gate.poll(15.0)) == [1]


def test_1000_shards_at_250_per_window_are_served_in_15_seconds() -> None:
    gate = IdentifyGate(StartLimits(max_concurrency=250, remaining=1000))
    ask(gate, range(1000), 0.0)
    served: list[tuple[float, int]] = []
    while (now := gate.deadline) is not None:
        for permit in permits(gate.poll(now)):
            gate.returned(permit, now, now)
            served.append((now, permit.shard_id))
    assert served == [(shard // 250 * 5.0, shard) for shard in range(1000)]


# --- fair, and safe to give up -------------------------------------------------------------------------------------


def test_nobody_waits_no_deadline() -> None:
    gate = IdentifyGate()
    deadlines = [gate.deadline]
    ask(gate, [0], 1.0)
    deadlines.append(gate.deadline)
    gate.poll(1.0)
    deadlines.append(gate.deadline)
    assert deadlines == [None, 1.0, None]


def test_a_shard_that_identifies_again_stands_behind_those_who_wait() -> None:
    gate = IdentifyGate()
    ask(gate, [0, 1], 0.0)
    (first,) = permits(gate.poll(0.0))
    gate.returned(first, 0.0, 0.0)
    ask(gate, [0], 1.0)
    assert delayed(gate.poll(1.0)) == [(0, 10.0, "concurrency")]
    assert granted(gate.poll(5.0)) == [1]


def test_who_gives_up_lets_the_next_one_in() -> None:
    gate = IdentifyGate()
    _first, second, _third = ask(gate, [0, 1, 2], 0.0)
    (permit,) = permits(gate.poll(0.0))
    gate.cancel(second, 1.0)
    gate.cancel(second, 1.0)
    gate.returned(permit, 0.0, 1.0)
    assert granted(gate.poll(5.0)) == [2]


def test_giving_up_what_was_granted_already_returns_it_unused() -> None:
    gate = IdentifyGate(StartLimits(remaining=1))
    first, _second = ask(gate, [0, 1], 0.0)
    gate.poll(0.0)
    gate.cancel(first, 1.0)
    assert granted(gate.poll(1.0)) == [1]


# --- what is counted exactly ---------------------------------------------------------------------------------------


def test_requests_are_numbered_from_one() -> None:
    assert ask(IdentifyGate(), [7, 8, 9], 0.0) == [1, 2, 3]


def test_a_permit_given_up_gives_one_start_back() -> None:
    gate = IdentifyGate(StartLimits(max_concurrency=5, remaining=1))
    (given_up,) = ask(gate, [0], 0.0)
    gate.poll(0.0)
    gate.cancel(given_up, 0.0)
    ask(gate, [1, 2], 0.0)
    assert granted(gate.poll(0.0)) == [1]


def test_a_permit_given_up_after_its_lease_gives_nothing_back() -> None:
    gate = IdentifyGate(StartLimits(max_concurrency=5, remaining=1), lease=5.0)
    (given_up,) = ask(gate, [0], 0.0)
    gate.poll(0.0)
    gate.cancel(given_up, 100.0)
    ask(gate, [1], 100.0)
    assert granted(gate.poll(100.0)) == []


def test_with_one_start_left_the_next_is_due_as_soon_as_there_is_room() -> None:
    gate = IdentifyGate(StartLimits(remaining=1))
    first, _ = ask(gate, [0, 1], 0.0)
    assert delayed(gate.poll(0.0)) == [(1, 86400.0, "start_limit")]
    gate.cancel(first, 1.0)
    assert gate.deadline == 1.0


def test_where_room_and_the_reset_come_at_once_it_is_room_that_is_waited_for() -> None:
    gate = IdentifyGate(StartLimits(remaining=1, reset_after=5.0))
    ask(gate, [0, 1], 0.0)
    assert delayed(gate.poll(0.0)) == [(1, 5.0, "concurrency")]
