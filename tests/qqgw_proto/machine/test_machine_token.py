"""A refused token, and a renewal that gives the same one again (`protocol.md` 1.4)."""

from __future__ import annotations

import pytest

from qqgw_proto.machine.life import Renewal
from support.attempts import DEFAULT, HELLO, reconnecting
from support.peer import Peer
from support.stages import bring


def dial_with(peer: Peer, *, fresh: bool) -> str:
    """The next attempt up to HELLO; what was asked for."""
    asked = peer.wait_due()
    if asked.endswith("RequestPermit"):
        asked = peer.permit()
    peer.grant(fresh=fresh)
    peer.open()
    peer.accept()
    peer.say(HELLO)
    return asked


def test_the_refusal_of_a_fresh_token_is_fatal() -> None:
    peer = bring(Peer(DEFAULT), "READY")
    peer.close(4004)
    assert dial_with(peer, fresh=True) == "RequestAccess renew"
    assert peer.close(4004).endswith("Failed AuthenticationFailed 4004")


def test_a_token_that_is_given_again_is_not_fresh_so_its_refusal_asks_once_more() -> None:
    peer = bring(Peer(DEFAULT), "READY")
    peer.close(4004)
    for _ in range(10):
        assert dial_with(peer, fresh=False) == "RequestAccess renew"
        assert "Retrying" in peer.close(4004)
    assert dial_with(peer, fresh=True) == "RequestAccess renew"
    assert peer.close(4004).endswith("Failed AuthenticationFailed 4004")


def test_a_token_that_is_given_again_and_accepted_is_a_token_like_any_other() -> None:
    peer = bring(Peer(DEFAULT), "READY")
    peer.close(4004)
    dial_with(peer, fresh=False)
    peer.say(b'{"op":0,"s":3,"t":"RESUMED","d":""}')
    assert peer.client.state.name == "READY"
    peer.close(4009)
    assert peer.wait_due() == "RequestAccess"


def test_a_token_is_the_same_only_where_another_was_asked_for() -> None:
    peer = bring(Peer(DEFAULT), "READY")
    peer.close(4009)
    assert dial_with(peer, fresh=False) == "RequestAccess"
    peer.close(4004)
    assert dial_with(peer, fresh=True) == "RequestAccess renew"
    assert peer.client.life.recovery.renewal is Renewal.GRANTED


@pytest.mark.parametrize("fresh", [True, False])
def test_a_handshake_carries_no_token_so_one_renewal_is_tried_whatever_it_gives(fresh: bool) -> None:
    peer = bring(Peer(reconnecting(max_attempts=2)), "UPGRADING")
    told: list[str] = []
    for _ in range(2):
        peer.reject(403)
        peer.wait_due()
        told.append(peer.permit())
        peer.grant(fresh=fresh)
        peer.open()
    assert told == ["RequestAccess renew", "RequestAccess"]
    assert peer.reject(403).endswith("Failed AuthenticationFailed 403")
