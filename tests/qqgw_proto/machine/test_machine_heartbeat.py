"""Heartbeats of a whole shard in virtual time: rhythm, verdict, late ticks (design 6; `protocol.md` 3.3)."""

from __future__ import annotations

import math
from itertools import pairwise

import attrs
import pytest

from qqgw_proto.wire import frames
from support.beating import ACK, DEFAULT, died, live, ready_at, with_heartbeat
from support.peer import Peer
from support.stages import bring, event, ready

# --- the rhythm -----------------------------------------------------------------------------------------------------


def test_the_first_beat_comes_after_a_random_part_of_the_interval_and_then_one_every_interval() -> None:
    beats = live(ready_at(45_000), 200.0, acknowledged=True)
    assert 0 <= beats[0] < 45.0
    assert [round(later - earlier, 3) for earlier, later in pairwise(beats)] == [45.0] * 3


def test_the_random_part_is_spread_over_the_whole_interval() -> None:
    first = [live(ready_at(45_000, seed=seed * 7919), 45.0, acknowledged=True)[0] for seed in range(40)]
    assert min(first) < 5.0
    assert max(first) > 40.0
    assert 15.0 < sum(first) / len(first) < 30.0


@pytest.mark.parametrize("stage", ["IDENTIFYING", "RESUMING", "DOUBTING_SESSION"])
def test_the_heartbeat_runs_from_hello_on_through_a_replay_and_a_doubt(stage: str) -> None:
    config = attrs.evolve(with_heartbeat(interval=1.0), deadlines=attrs.evolve(DEFAULT.deadlines, grace=10.0))
    peer = bring(Peer(config), stage)
    assert len(live(peer, 9.0, acknowledged=True)) == 9


def test_a_setting_may_shorten_the_interval_but_not_lengthen_it() -> None:
    assert live(ready_at(45_000, with_heartbeat(interval=30.0)), 90.0, acknowledged=True)[1:] == [
        pytest.approx(beat) for beat in (live(ready_at(30_000), 90.0, acknowledged=True)[1:])
    ]
    longer = live(ready_at(45_000, with_heartbeat(interval=300.0)), 135.0, acknowledged=True)
    assert longer == live(ready_at(45_000), 135.0, acknowledged=True)


@pytest.mark.parametrize(
    "interval", [b"null", b"true", b'"45000"', b"0", b"-1", b"999", b"600001", b"1e308", b"[45000]", b"1" + b"0" * 400]
)
def test_an_interval_that_cannot_be_one_is_45_seconds_and_a_notice(interval: bytes) -> None:
    peer = bring(Peer(DEFAULT), "GREETING")
    assert peer.say(b'{"op":10,"d":{"heartbeat_interval":%s}}' % interval).startswith("Violated ProtocolViolation; ")
    peer.say(b'{"op":0,"s":1,"t":"READY","d":{"session_id":"S1"}}')
    beats = live(peer, 135.0, acknowledged=True)
    assert round(beats[1] - beats[0], 3) == 45.0


def test_d_is_null_before_the_first_s_and_then_what_was_received() -> None:
    peer = bring(Peer(with_heartbeat(interval=1.0)), "IDENTIFYING")
    assert peer.wait_due() == "Write HEARTBEAT null"
    peer.say(b'{"op":0,"s":1,"t":"READY","d":{"session_id":"S1"}}', event(2), event(3), ACK)
    assert peer.wait_due() == "Write HEARTBEAT 3"


def test_d_may_be_what_is_settled_by_setting() -> None:
    peer = ready_at(45_000, with_heartbeat(seq="settled"))
    peer.say(event(3))
    assert peer.wait_due() == "Write HEARTBEAT 1"
    peer.settle(2)
    assert [peer.say(ACK), peer.wait(1.0)] == ["", "SaveSession S1 2"]
    assert peer.wait_due() == "Write HEARTBEAT 2"


# --- the verdict ----------------------------------------------------------------------------------------------------


def test_at_45_seconds_the_timeout_decides() -> None:
    # Beats at b, b + 45; the third would be due at b + 90, but the first is 60 s old before.
    peer = ready_at(45_000)
    first, *_ = beats = live(peer, 600.0, acknowledged=False)
    assert [round(beat - first, 3) for beat in beats] == [0.0, 45.0]
    assert (round(peer.now - 1000.0 - first, 3), died(peer)) == (60.0, "a heartbeat was not acknowledged in time")


def test_at_20_seconds_max_missed_decides() -> None:
    # Beats at b, b + 20; the third falls due at b + 40 with two unacknowledged.
    peer = ready_at(20_000)
    first, *_ = beats = live(peer, 600.0, acknowledged=False)
    assert [round(beat - first, 3) for beat in beats] == [0.0, 20.0]
    assert (round(peer.now - 1000.0 - first, 3), died(peer)) == (40.0, "too many heartbeats were not acknowledged")


def test_the_timeout_is_never_shorter_than_an_interval_and_5_seconds() -> None:
    peer = ready_at(60_000, with_heartbeat(timeout=10.0))
    first, *_ = live(peer, 600.0, acknowledged=False)
    assert round(peer.now - 1000.0 - first, 3) == 65.0


def test_without_a_timeout_only_max_missed_decides() -> None:
    peer = ready_at(45_000, with_heartbeat(timeout=None, max_missed=5))
    first, *_ = beats = live(peer, 600.0, acknowledged=False)
    assert len(beats) == 5
    assert round(peer.now - 1000.0 - first, 3) == 225.0


def test_any_ack_clears_all_that_is_outstanding() -> None:
    peer = ready_at(20_000)
    for _ in range(5):
        peer.live(39.0)
        peer.say(ACK)
    assert peer.client.state.name == "READY"


def test_an_ack_of_an_earlier_connection_counts_for_nothing() -> None:
    peer = ready_at(20_000)
    old = peer.connection
    peer.lose()
    for call in (peer.wait_due, peer.grant, peer.open, peer.accept):
        call()
    peer.say(frames.hello(20_000), b'{"op":0,"s":3,"t":"RESUMED","d":""}')
    peer.live(39.0)
    assert peer.client.receive_data(old, b"\x81\x09" + ACK, peer.now) == []
    live(peer, 30.0, acknowledged=False)
    assert died(peer) == "too many heartbeats were not acknowledged"


def test_a_zombie_resumes() -> None:
    peer = ready_at(20_000)
    live(peer, 600.0, acknowledged=False)
    assert peer.wait_due() == "RequestAccess"


def test_how_long_acks_take_is_measured() -> None:
    peer = ready_at(45_000)
    peer.wait_due()
    peer.now += 0.25
    peer.say(ACK)
    assert peer.client.round_trip.latest == 0.25
    assert peer.client.acknowledged_at == peer.now


def test_an_op_11_that_nobody_asked_for_measures_nothing() -> None:
    # A bridge to webhooks sends one every 35 s by itself (conformance 2.6).
    peer = ready_at(45_000)
    peer.say(ACK)
    assert peer.client.round_trip.latest is None
    assert peer.client.acknowledged_at == peer.now


# --- late ticks -----------------------------------------------------------------------------------------------------


def test_a_tick_late_by_less_than_an_interval_is_one_beat_and_nothing_missed() -> None:
    peer = ready_at(45_000)
    peer.wait_due()
    peer.say(ACK)
    assert peer.wait(45.0 + 44.0) == "Write HEARTBEAT 2"
    peer.say(ACK)
    assert peer.client.deadline == pytest.approx(peer.now + 45.0)


def test_a_tick_late_by_more_is_a_suspend_which_resumes_with_jitter() -> None:
    # The clock jumps by an hour, one tick comes late (M03): one verdict, no burst.
    peer = ready_at(45_000)
    told = peer.wait(3600.0)
    assert told.startswith("AbandonTransport; Disconnected ReconnectRequested; Retrying")
    assert 0.0 < (peer.client.deadline or 0.0) - peer.now < 5.0
    assert peer.wait_due() == "RequestAccess"


def test_a_suspend_in_which_beats_were_outstanding_counts_none_as_missed() -> None:
    peer = ready_at(45_000)
    peer.wait_due()
    assert "ReconnectRequested" in peer.wait(3600.0)


@pytest.mark.parametrize("stage", ["IDENTIFYING", "RESUMING"])
def test_a_suspend_before_ready_is_a_suspend_too(stage: str) -> None:
    # "A tick later than one interval (suspend, stalled loop): abandon and RESUME with jitter" (design 5).
    peer = bring(Peer(with_heartbeat(interval=45.0)), stage)
    assert "ReconnectRequested" in peer.wait(3600.0)


def test_a_tick_later_than_one_interval_means_a_suspend_and_one_of_an_interval_does_not() -> None:
    for late, state in ((600.0, "READY"), (600.5, "WAITING")):
        peer = bring(Peer(DEFAULT), "IDENTIFYING")
        peer.now = float(math.ceil(peer.now))  # from where a float counts seconds without rounding
        peer.say(ready())
        due = peer.client.deadline
        assert due is not None
        peer.wait(math.ceil(due) - peer.now)
        peer.say(b'{"op":11}')
        peer.wait(600.0 + late)  # HELLO named 600 s
        assert peer.client.state.name == state
