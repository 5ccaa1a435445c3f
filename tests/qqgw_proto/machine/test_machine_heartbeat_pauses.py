"""Heartbeats of a whole shard while reading is paused, in virtual time (design 6)."""

from __future__ import annotations

import pytest

from support.beating import ACK, DEFAULT, live, ready_at
from support.peer import Peer
from support.stages import bring


def test_a_beat_outstanding_at_any_moment_of_a_pause_cannot_be_missed() -> None:
    peer = ready_at(45_000)
    peer.wait_due()
    peer.wait(1.0)
    peer.pause()
    assert len(live(peer, 600.0, acknowledged=False)) == 13
    assert peer.client.state.name == "READY"


def test_on_resuming_outstanding_beats_get_one_fresh_period() -> None:
    peer = ready_at(45_000)
    peer.wait_due()
    peer.pause()
    live(peer, 600.0, acknowledged=False)
    peer.resume_reading()
    begun = peer.now
    live(peer, 600.0, acknowledged=False)
    assert (peer.client.state.name, peer.now - begun) == ("WAITING", 60.0)


def test_a_short_pause_between_two_beats_forgives_too() -> None:
    peer = ready_at(20_000)
    peer.wait_due()
    peer.wait_due()
    peer.pause()
    peer.resume_reading()
    assert "HEARTBEAT" in peer.wait_due()


@pytest.mark.parametrize("stage", ["UPGRADING", "GREETING", "IDENTIFYING", "RESUMING"])
def test_what_may_lie_unread_is_not_overdue_while_reading_is_paused(stage: str) -> None:
    # A replay fills the buffer, the shell stops reading: the events behind it are no silence of the gateway, and giving
    # the connection up for them would spend RESUMEs and in the end the session.
    peer = bring(Peer(DEFAULT), stage)
    peer.pause()
    peer.live(300.0)
    assert peer.client.state.name == stage
    peer.resume_reading()
    peer.live(9.0)
    assert peer.client.state.name == stage
    peer.live(15.0)
    assert peer.client.state.name != stage


@pytest.mark.parametrize("fed_first", [True, False], ids=["fed before the shell says so", "fed after it"])
def test_how_long_a_pause_was_is_no_round_trip(fed_first: bool) -> None:
    peer = ready_at(45_000)
    peer.wait_due()
    peer.pause()
    peer.live(100.0)
    if fed_first:
        peer.say(ACK, ACK, ACK)
    peer.resume_reading()
    if not fed_first:
        peer.say(ACK, ACK, ACK)
    assert peer.client.round_trip.latest is None
    assert peer.client.acknowledged_at == peer.now
    for _ in range(2):
        peer.wait_due()
        peer.wait(0.25)
        peer.say(ACK)
    assert peer.client.round_trip.recent == (0.25,)


@pytest.mark.parametrize(("stage", "cause"), [("DOUBTING_IDENTIFY", 4914), ("DOUBTING_SESSION, d true", 4000)])
def test_the_close_code_behind_an_op_9_may_lie_unread_too(stage: str, cause: int) -> None:
    peer = bring(Peer(DEFAULT), stage)
    state = peer.client.state.name
    peer.pause()
    peer.live(300.0)
    peer.resume_reading()
    peer.live(1.9)
    assert peer.client.state.name == state
    assert f" {cause}" in peer.close(cause)


def test_a_pause_that_never_was_excuses_nothing() -> None:
    peer = ready_at(45_000)
    peer.wait_due()
    begun = peer.now
    while peer.client.state.name == "READY":
        peer.live(10.0)
        peer.resume_reading()
    assert peer.now - begun == 60.0
