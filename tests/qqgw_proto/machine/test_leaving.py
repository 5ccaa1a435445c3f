"""What is left of a connection or a request that is over, and of the memory of earlier ends."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import pytest

from qqgw_proto.machine import effects as do
from support.attempts import DEFAULT, connect, reconnecting, stay
from support.peer import Peer
from support.stages import bring, op_7, resumed

STEEP: Final = reconnecting(initial_delay=1000.0, max_delay=1000.0, min_dial_interval=0.0)


ENDS: Final[dict[str, tuple[str, Callable[[Peer], object]]]] = {
    "no access": ("PREPARING", Peer.deny),
    "a stop before access": ("PREPARING", Peer.stop),
    "access refused": ("PREPARING", lambda peer: peer.deny(fatal=True)),
    "a stop before the permit": ("PERMITTING", Peer.stop),
    "lost before HELLO": ("GREETING", Peer.lose),
    "no HELLO": ("GREETING", Peer.wait_due),
    "lost": ("READY", Peer.lose),
    "closed for good": ("READY", lambda peer: peer.close(4914)),
    "stopped": ("CLOSING", Peer.lose),
}


@pytest.mark.parametrize("how", ENDS)
def test_what_belonged_to_a_connection_or_a_request_goes_with_it(how: str) -> None:
    stage, end = ENDS[how]
    peer = bring(Peer(DEFAULT), stage)
    end(peer)
    life = peer.client.life
    assert (life.connection, life.access, life.permit, life.request) == (None, None, None, None)


def test_a_close_of_the_gateway_is_echoed_without_a_reason_of_our_own() -> None:
    peer = bring(Peer(DEFAULT, messages=True), "READY")
    peer.close(4009)
    closed = [effect for effect in peer.effects if isinstance(effect, do.CloseTransport)]
    assert [(effect.code, effect.reason) for effect in closed] == [(4009, "")]


@pytest.mark.parametrize(("seconds", "is_prompt"), [(29.0, False), (30.0, True)])
def test_a_second_routine_end_is_met_promptly_from_30_healthy_seconds_on(seconds: float, is_prompt: bool) -> None:
    peer = bring(Peer(STEEP), "READY")
    op_7(peer)
    connect(peer)
    peer.now = float(math.ceil(peer.now))  # from where a float counts seconds without rounding
    peer.say(resumed(3))
    stay(peer, seconds)
    assert ("Retrying promptly" in op_7(peer)) is is_prompt


def test_healthy_seconds_make_the_next_routine_end_the_first_again() -> None:
    peer = bring(Peer(STEEP), "READY")
    op_7(peer)
    connect(peer)
    peer.say(resumed(3))
    stay(peer, 30.0)
    peer.lose()
    connect(peer)
    peer.say(resumed(4))
    assert "Retrying promptly" in op_7(peer)
