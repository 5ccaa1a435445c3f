"""What a RESUME should have brought and did not: one `Gap` for each hole, where it lies (design 4, I3)."""

from __future__ import annotations

import pytest

from qqgw_proto.machine import effects as do
from qqgw_proto.wire.frames import Dispatch
from support.attempts import DEFAULT, connect
from support.peer import Peer
from support.stages import bring, event, resumed


@pytest.fixture
def resuming() -> Peer:
    """READY came with 1 and an event with 2; RESUME asks from there."""
    peer = bring(Peer(DEFAULT), "READY")
    peer.lose()
    connect(peer)
    return peer


def test_a_hole_between_replayed_events_is_told_where_it_lies(resuming: Peer) -> None:
    assert resuming.say(event(3), event(6), event(7)) == "Deliver 3; Gap hole 4-5; Deliver 6 7"


def test_a_hole_before_the_first_replayed_event_is_told_before_it(resuming: Peer) -> None:
    assert resuming.say(event(5)) == "Gap hole 3-4; Deliver 5"


def test_a_hole_before_resumed_is_told_before_it(resuming: Peer) -> None:
    assert resuming.say(event(3), resumed(6)) == "Deliver 3; Gap hole 4-5; Resumed 6"


def test_the_first_live_event_can_show_a_hole(resuming: Peer) -> None:
    resuming.say(b'{"op":0,"t":"RESUMED"}')
    assert resuming.say(event(4)) == "Gap hole 3-3; Deliver 4"


def test_a_replay_without_a_hole_has_no_gap(resuming: Peer) -> None:
    assert resuming.say(event(3), event(4), resumed(5)) == "Deliver 3 4; Resumed 5"


def test_an_event_without_a_number_has_a_receipt_that_moves_nothing() -> None:
    assert do.Deliver([], 3).ticket(Dispatch(0)) == (3, 0)


def test_an_event_that_comes_again_outside_a_replay_is_delivered_again() -> None:
    # "In READY such an event is delivered, moves no cursor, and is counted rewound" (design 4).
    peer = bring(Peer(DEFAULT), "READY")
    peer.say(event(2))
    [deliver] = [effect for effect in peer.effects if isinstance(effect, do.Deliver)]
    assert ([one.s for one in deliver.events], deliver.duplicated, deliver.rewound) == ([2], 0, 1)
