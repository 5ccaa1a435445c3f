"""What a whole shard answers to op 1 and to pings, in virtual time (design 6)."""

from __future__ import annotations

from support.beating import DEFAULT, ready_at
from support.peer import Peer
from support.stages import bring


def test_a_thousand_op_1_at_once_are_answered_once() -> None:
    peer = ready_at(45_000)
    assert peer.say(*[b'{"op":1,"d":null}'] * 1000) == "Write HEARTBEAT 2"
    assert peer.wait(1.0) == ""
    assert peer.say(b'{"op":1}') == "Write HEARTBEAT 2"


def test_answers_to_op_1_are_never_counted_as_missed() -> None:
    peer = ready_at(45_000)
    for _ in range(10):
        peer.wait(1.0)
        assert peer.say(b'{"op":1}') == "Write HEARTBEAT 2"
    peer.live(10.0)
    assert peer.client.state.name == "READY"
    assert peer.client.round_trip.latest is None


def test_of_many_pings_the_newest_is_answered_a_second_after_the_last() -> None:
    peer = ready_at(45_000)
    assert peer.ping("1") == "Write pong 1"
    peer.wait(0.25)
    assert [peer.ping("2"), peer.ping("3")] == ["", ""]
    assert peer.client.deadline == peer.now + 0.75
    assert peer.wait_due() == "Write pong 3"
    assert peer.live(0.9) == ""
    peer.now += 0.1
    assert peer.ping("4") == "Write pong 4"


def test_an_empty_ping_has_an_empty_pong() -> None:
    peer = bring(Peer(DEFAULT), "READY")
    assert peer.ping("") == "Write pong "
