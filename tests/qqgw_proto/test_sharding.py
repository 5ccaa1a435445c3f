"""Shard routing and the identify gate: the protocol's vectors, and each rule of the gate by example."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.sharding import Delayed, Granted, IdentifyGate, Notice, Permit, RequestId, StartLimits, shard_for

DAY = 86_400.0


def granted(notices: Iterable[Notice]) -> list[int]:
    return [notice.permit.shard_id for notice in notices if isinstance(notice, Granted)]


def delayed(notices: Iterable[Notice]) -> list[tuple[int, float, str]]:
    return [(notice.shard_id, notice.until, notice.why) for notice in notices if isinstance(notice, Delayed)]


def permits(notices: Iterable[Notice]) -> list[Permit]:
    return [notice.permit for notice in notices if isinstance(notice, Granted)]


def ask(gate: IdentifyGate, shards: Iterable[int], now: float) -> list[RequestId]:
    return [gate.request(shard, now) for shard in shards]


# --- which shard serves a guild ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("guild_id", "shard_count", "shard_id"),
    [
        ("200000000", 4, 3),
        ("200000000", 9, 2),
        ("18700000000001", 4, 3),
        ("18700000000001", 9, 7),
        ("46646271634786417", 9, 3),
        ("46646271634786417", 16, 11),
        ("47129941624960822", 9, 4),
        ("47129941624960822", 16, 3),
        ("5233096270906057162", 9, 0),
        ("5233096270906057162", 16, 11),
        ("0", 3, 0),
        ("18446744073709551615", 1000, 103),
        ("18446744073709551615", 1, 0),
    ],
)
def test_a_guild_is_routed_as_the_server_routes_it(guild_id: str, shard_count: int, shard_id: int) -> None:
    assert shard_for(guild_id, shard_count) == shard_id
    assert shard_for(int(guild_id), shard_count) == shard_id


@pytest.mark.parametrize(
    "guild_id",
    [
        "18446744073709551616",
        2**64,
        -1,
        10**5000,
        "-1",
        "+1",
        "",
        " 1",
        "1_0",
        "0x1",
        "1.0",
        "٣",
        "²",
        "9" * 5000,
        "0123456789abcdef",
        True,
    ],
    ids=lambda guild_id: str(guild_id)[:24] if isinstance(guild_id, str) else f"int {guild_id:x}"[:24],
)
def test_what_is_no_guild_id_is_refused(guild_id: str | int) -> None:
    with pytest.raises(ConfigurationError, match="a guild id is decimal digits of at most 64 bits, not ") as caught:
        shard_for(guild_id, 4)
    assert len(str(caught.value)) < 100


@pytest.mark.parametrize("shard_count", [0, -1, True])
def test_a_shard_count_is_a_whole_number_from_one(shard_count: int) -> None:
    with pytest.raises(ConfigurationError, match="shard_count must be a whole number from 1, not "):
        shard_for("200000000", shard_count)


# --- what GET /gateway/bot says ------------------------------------------------------------------------------------


def test_the_limits_not_told_are_the_least_ever_seen() -> None:
    assert StartLimits() == StartLimits(max_concurrency=1, remaining=1000, total=1000, reset_after=86_400.0)


def test_an_answer_counts_the_reset_in_milliseconds() -> None:
    answer = StartLimits.from_answer(total=1000, remaining=999, reset_after=14_400_000, max_concurrency=2)
    assert answer == StartLimits(max_concurrency=2, remaining=999, total=1000, reset_after=14_400.0)


def test_an_answer_that_would_stop_the_bot_is_raised_to_sense() -> None:
    answer = StartLimits.from_answer(total=-1, remaining=-1, reset_after=-1, max_concurrency=0)
    assert answer == StartLimits(max_concurrency=1, remaining=0, total=0, reset_after=0.0)


@pytest.mark.parametrize(("name", "value"), [("max_concurrency", 0), ("remaining", -1), ("total", -1), ("total", True)])
def test_limits_are_whole_numbers(name: str, value: int) -> None:
    with pytest.raises(ConfigurationError, match=f"{name} must be a whole number from "):
        StartLimits(**{name: value})


@pytest.mark.parametrize("value", [-0.1, math.inf, math.nan, True])
def test_the_reset_is_a_number_of_seconds(value: float) -> None:
    with pytest.raises(ConfigurationError, match="reset_after must be a number of seconds from 0, not "):
        StartLimits(reset_after=value)


def test_a_lease_is_no_shorter_than_the_window() -> None:
    with pytest.raises(ConfigurationError, match="lease must be a number of seconds from 5, not 4"):
        IdentifyGate(lease=4)


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
