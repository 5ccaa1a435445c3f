"""The heartbeat of one connection: when it beats, when it takes the connection for dead, how long ACKs take."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qqgw_proto.config import HeartbeatConfig
from qqgw_proto.machine.heartbeat import DEFAULT_INTERVAL, Heartbeat, RoundTrip, interval_of_hello


def begin(interval: float = 45.0, config: HeartbeatConfig | None = None, *, chance: float = 0.5) -> Heartbeat:
    """A heartbeat whose HELLO came at 100 s."""
    return Heartbeat.begin(config or HeartbeatConfig(), interval, now=100.0, chance=chance)


def verdict(heartbeat: Heartbeat) -> tuple[str, float]:
    """What ends a connection on which no ACK ever comes, and when."""
    while heartbeat.missed < heartbeat.max_missed:
        overdue = heartbeat.overdue_at()
        if overdue is not None and overdue <= heartbeat.due:
            return "timeout", overdue
        heartbeat = heartbeat.beat(heartbeat.due)
    overdue = heartbeat.overdue_at()
    return ("timeout", overdue) if overdue is not None and overdue <= heartbeat.due else ("missed", heartbeat.due)


# --- the interval that HELLO names ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("milliseconds", "seconds"),
    [(45000, 45.0), (41250, 41.25), (41250.5, 41.2505), (1000, 1.0), (600_000, 600.0), (30000.0, 30.0)],
)
def test_hello_names_milliseconds(milliseconds: float, seconds: float) -> None:
    assert interval_of_hello(milliseconds) == seconds


@pytest.mark.parametrize(
    "value",
    [
        *(999, 999.9, 600_001, 0, -1, -45000, 1, 1e308, 10**400, -(10**400), math.inf, -math.inf, math.nan),
        *(True, False, None, "45000", b"45000", [45000], {"heartbeat_interval": 45000}),
    ],
    ids=repr,
)
def test_hello_may_name_nothing_that_can_be_an_interval(value: object) -> None:
    # "Interval missing, null, 0, negative, 1 ms, 1e308, huge integer, NaN, text, bool, list" (conformance 3).
    assert interval_of_hello(value) is None


def test_the_interval_used_instead_is_that_of_the_docs() -> None:
    assert DEFAULT_INTERVAL == 45.0  # EE:176


def test_a_setting_can_only_shorten_the_interval() -> None:
    assert begin(45.0, HeartbeatConfig(interval=30.0)).interval == 30.0
    assert begin(20.0, HeartbeatConfig(interval=30.0)).interval == 20.0


# --- when it beats -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("chance", "due"), [(0.0, 100.0), (0.5, 122.5), (1.0, 145.0)])
def test_the_first_beat_comes_after_a_random_part_of_the_interval(chance: float, due: float) -> None:
    assert begin(chance=chance).due == due


def test_then_it_beats_every_interval() -> None:
    heartbeat = begin(20.0)
    beats: list[float] = []
    for _ in range(4):
        beats.append(heartbeat.due)
        heartbeat = heartbeat.beat(heartbeat.due).ack(heartbeat.due + 1)
    assert beats == [110.0, 130.0, 150.0, 170.0]


def test_a_late_beat_is_not_made_up_for() -> None:
    # "One beat, nothing counted as missed" (design 5).
    heartbeat = begin(20.0).beat(115.0)
    assert heartbeat.due == 135.0
    assert heartbeat.missed == 1


# --- when the connection is dead -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("interval", "expected"),
    [
        # First beat at 122.5; the timeout is 60 s after it, the third beat would fall due 90 s after it.
        (45.0, ("timeout", 182.5)),
        # First beat at 110; the third falls due at 150 with two unanswered, the timeout would be at 170.
        (20.0, ("missed", 150.0)),
        # 30 s: both at 60 s after the first beat.
        (30.0, ("timeout", 175.0)),
        # The timeout is at least interval + 5 s: an ACK has always a whole interval to come.
        (56.0, ("timeout", 189.0)),
        (600.0, ("timeout", 1005.0)),
    ],
)
def test_the_earlier_of_timeout_and_missed_beats_decides(interval: float, expected: tuple[str, float]) -> None:
    assert verdict(begin(interval)) == expected


def test_without_a_timeout_only_missed_beats_decide() -> None:
    heartbeat = begin(45.0, HeartbeatConfig(timeout=None))
    assert heartbeat.limit is None
    assert heartbeat.beat(122.5).overdue_at() is None
    assert verdict(heartbeat) == ("missed", 212.5)


@pytest.mark.parametrize(("max_missed", "at"), [(1, 130.0), (2, 150.0), (3, 170.0)])
def test_how_many_beats_may_be_missed_is_a_setting(max_missed: int, at: float) -> None:
    assert verdict(begin(20.0, HeartbeatConfig(max_missed=max_missed, timeout=1000.0))) == ("missed", at)


def test_the_limit_counts_from_the_shortened_interval() -> None:
    assert begin(600.0, HeartbeatConfig(interval=30.0)).limit == 60.0
    assert begin(45.0, HeartbeatConfig(timeout=10.0)).limit == 50.0


def test_the_oldest_beat_counts_not_the_latest() -> None:
    heartbeat = begin(20.0).beat(110.0).beat(130.0)
    assert (heartbeat.oldest, heartbeat.sent, heartbeat.missed) == (110.0, 130.0, 2)
    assert heartbeat.overdue_at() == 170.0


def test_nothing_is_overdue_before_the_first_beat() -> None:
    assert begin().overdue_at() is None


def test_any_ack_clears_all() -> None:
    heartbeat = begin(20.0).beat(110.0).beat(130.0).ack(131.0)
    assert (heartbeat.missed, heartbeat.oldest, heartbeat.overdue_at()) == (0, None, None)
    assert heartbeat.acknowledged == 131.0
    # It moves no beat.
    assert heartbeat.due == 150.0


def test_an_ack_that_nobody_waits_for_measures_nothing() -> None:
    heartbeat = begin(20.0).ack(105.0)
    assert heartbeat.acknowledged == 105.0
    assert heartbeat.round_trip == RoundTrip()
    assert heartbeat.beat(110.0).ack(111.0).ack(119.0).round_trip.recent == (1.0,)


# --- a pause of reading --------------------------------------------------------------------------------------------


def test_after_a_pause_what_is_outstanding_gets_one_fresh_period() -> None:
    heartbeat = begin(20.0).beat(110.0).beat(130.0).excused(165.0)
    assert (heartbeat.missed, heartbeat.oldest) == (0, 165.0)
    assert heartbeat.overdue_at() == 225.0


def test_after_a_pause_with_nothing_outstanding_nothing_is_overdue() -> None:
    heartbeat = begin(20.0).beat(110.0).ack(111.0)
    assert heartbeat.excused(165.0) == heartbeat


# --- the server's own op 1 -----------------------------------------------------------------------------------------


def test_the_servers_op_1_is_answered_at_most_once_a_second() -> None:
    heartbeat = begin()
    assert heartbeat.may_answer(100.0)
    answered = Heartbeat(45.0, 60.0, 2, due=122.5, answered=100.0)
    assert [answered.may_answer(now) for now in (100.0, 100.5, 100.999, 101.0, 200.0)] == [
        False,
        False,
        False,
        True,
        True,
    ]


# --- how long ACKs take --------------------------------------------------------------------------------------------


def test_round_trips_are_measured_from_beat_to_ack() -> None:
    heartbeat = begin(20.0).beat(110.0).ack(110.8).beat(130.0).ack(130.4)
    # Smoothed as RFC 6298 does: 7/8 of the old and 1/8 of the new.
    assert heartbeat.round_trip.latest == pytest.approx(0.4)
    assert heartbeat.round_trip.smoothed == pytest.approx(0.75)
    assert heartbeat.round_trip.minimum == pytest.approx(0.4)
    assert heartbeat.round_trip.recent == pytest.approx((0.8, 0.4))


def test_the_most_recent_eight_are_kept() -> None:
    round_trip = RoundTrip()
    for sample in range(1, 12):
        round_trip = round_trip.measured(float(sample))
    assert round_trip.recent == (4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0)
    assert round_trip.minimum == 1.0
    assert round_trip.latest == 11.0


def test_with_two_beats_outstanding_an_ack_measures_nothing_and_neither_does_the_next_beat() -> None:
    """Whose ACK it is cannot be told, and the other's may come behind the next beat."""
    heartbeat = begin(20.0).beat(110.0).beat(130.0).ack(131.0)
    assert heartbeat.round_trip == RoundTrip()
    heartbeat = heartbeat.beat(150.0).ack(150.1)
    assert heartbeat.round_trip == RoundTrip()
    assert heartbeat.ack(150.4).beat(170.0).ack(170.3).round_trip.recent == pytest.approx((0.3,))


def test_an_ack_from_before_a_pause_measures_nothing() -> None:
    outstanding = begin(20.0).beat(110.0).excused(165.0)
    assert outstanding.ack(165.0).round_trip == RoundTrip()
    # It may come as late as behind the next beat, which was sent after the pause.
    assert outstanding.beat(166.0).ack(166.1).round_trip == RoundTrip()
    assert outstanding.ack(165.0).beat(166.0).ack(166.1).round_trip == RoundTrip()
    assert outstanding.ack(165.0).beat(166.0).ack(166.1).beat(186.0).ack(186.5).round_trip.recent == (0.5,)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=20))
def test_round_trips_stay_within_what_was_measured(samples: list[float]) -> None:
    round_trip = RoundTrip()
    for sample in samples:
        round_trip = round_trip.measured(sample)
    assert round_trip.minimum == min(samples)
    assert round_trip.latest == samples[-1]
    assert round_trip.recent == tuple(samples[-8:])
    assert round_trip.smoothed is not None
    assert min(samples) <= round_trip.smoothed * (1 + 1e-9) + 1e-9
    assert round_trip.smoothed <= max(samples) * (1 + 1e-9) + 1e-9


# --- always --------------------------------------------------------------------------------------------------------

intervals = st.floats(1, 600)
configs = st.builds(
    HeartbeatConfig,
    interval=st.none() | st.floats(1, 600),
    timeout=st.none() | st.floats(0.1, 2000),
    max_missed=st.integers(1, 5),
)


@given(intervals, configs, st.floats(0, 1))
def test_every_ack_has_a_whole_interval_to_come(interval: float, config: HeartbeatConfig, chance: float) -> None:
    heartbeat = begin(interval, config, chance=chance)
    assert 100.0 <= heartbeat.due <= 100.0 + interval
    _, at = verdict(heartbeat)
    assert at >= heartbeat.due + heartbeat.interval * 0.999999
    # And a connection without ACKs dies (I6).
    assert at <= heartbeat.due + heartbeat.interval * config.max_missed * 1.000001
