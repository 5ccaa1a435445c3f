"""The numbers of requests and connections: what comes late changes nothing, and a permit always goes back once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from qqgw_proto import ClientConfig, ClientGateway, ConnectionState
from qqgw_proto.errors import ConnectionFailed, MisuseError
from qqgw_proto.machine import effects as do
from qqgw_proto.wire import frames
from support.peer import URL, Peer
from support.stages import EVERY, bring

CONFIG: Final = ClientConfig(intents=513)
CAUSE: Final = ConnectionFailed("reset")


def test_numbers_grow_and_are_never_given_twice() -> None:
    peer = bring(Peer(CONFIG), "READY")
    for _ in range(3):
        peer.lose()
        for call in (peer.wait_due, peer.grant):
            call()
    numbers = [
        effect.connection if isinstance(effect, do.Dial) else effect.request
        for _, effect in peer.history
        if isinstance(effect, do.Dial | do.RequestAccess | do.RequestPermit)
    ]
    assert numbers == sorted(set(numbers))


@pytest.mark.parametrize("stage", EVERY)
def test_answers_to_an_old_request_change_nothing(stage: str) -> None:
    peer = bring(Peer(CONFIG), stage)
    client, now, old = peer.client, peer.now, 999
    before = (client.state, client.deadline, client.session, client.snapshot)
    with pytest.raises(MisuseError, match="permit 999 was granted before, or not asked for"):
        client.permit_granted(old, now)
    assert client.permit_delayed(old, now + 5.0, now) == []
    assert client.access_granted(old, URL, "a-token", now) == []
    assert client.access_denied(old, CAUSE, now) == []
    assert client.access_denied(old, CAUSE, now, fatal=True) == []
    assert (client.state, client.deadline, client.session, client.snapshot) == before


@pytest.mark.parametrize("messages", [False, True])
@pytest.mark.parametrize("stage", ["IDLE", "WAITING", "DIALING", "READY", "CLOSING", "STOPPED", "FAILED"])
def test_calls_of_an_old_connection_change_nothing(stage: str, messages: bool) -> None:
    peer = bring(Peer(CONFIG, messages=messages), stage)
    client, now, old = peer.client, peer.now, 999
    before = (client.state, client.deadline, client.session, client.snapshot)
    assert client.opened(old, now) == [do.AbandonTransport(old)]
    assert client.dial_failed(old, CAUSE, now) == []
    assert client.lost(old, CAUSE, now) == []
    assert client.writing_blocked(old, now) == []
    assert client.writing_resumed(old, now) == []
    if messages:
        assert client.receive_message(old, '{"op":7}', now) == []
        assert client.closed(old, 4914, "banned", now) == []
    else:
        assert client.receive_data(old, b"\x81\x08" + frames.reconnect(), now) == []
        assert client.receive_data(old, b"", now) == []
    assert (client.state, client.deadline, client.session, client.snapshot) == before


NO_TIME: Final = float("nan")


TIMED: Final[dict[str, tuple[Callable[[ClientGateway], object], str]]] = {
    "permit_delayed": (lambda client: client.permit_delayed(999, NO_TIME, 0.0), "until"),
    "access_granted": (lambda client: client.access_granted(999, URL, "a-token", NO_TIME), "now"),
    "access_denied": (lambda client: client.access_denied(999, CAUSE, 0.0, retry_after=NO_TIME), "retry_after"),
    "receive_data": (lambda client: client.receive_data(999, b"x", NO_TIME), "now"),
    "lost": (lambda client: client.lost(999, CAUSE, NO_TIME), "now"),
    "tick": (lambda client: client.tick(NO_TIME), "now"),
}


HOSTED: Final[dict[str, tuple[Callable[[ClientGateway], object], str]]] = {
    "receive_message": (lambda client: client.receive_message(999, "x", NO_TIME), "now"),
    "closed": (lambda client: client.closed(999, 1000, "", NO_TIME), "now"),
    "upgrade_rejected": (lambda client: client.upgrade_rejected(999, 401, NO_TIME), "now"),
    "stop": (lambda client: client.stop(NO_TIME), "now"),
}


@pytest.mark.parametrize("call", [*TIMED, *HOSTED])
def test_a_time_that_cannot_be_compared_is_named_whoever_says_it(call: str) -> None:
    peer = bring(Peer(CONFIG, messages=call in HOSTED), "READY")
    act, what = {**TIMED, **HOSTED}[call]
    with pytest.raises(MisuseError, match=f"^{what} must be a finite number of seconds"):
        act(peer.client)


@pytest.mark.parametrize("stage", ["IDLE", "PREPARING", "READY"])
def test_what_an_old_answer_says_is_not_looked_at(stage: str) -> None:
    peer = bring(Peer(CONFIG), stage)
    assert peer.client.access_granted(999, "no url", "no token\n", peer.now) == []


def test_a_transport_that_opens_after_its_deadline_is_abandoned() -> None:
    peer = bring(Peer(CONFIG), "DIALING")
    late = peer.connection
    peer.wait_due()
    assert peer.client.opened(late, peer.now) == [do.AbandonTransport(late)]


def test_a_permit_that_comes_after_the_gate_was_asked_anew_goes_back_unused() -> None:
    peer = bring(Peer(CONFIG), "PERMITTING")
    late = peer.request
    peer.wait_due()
    assert peer.client.permit_granted(late, peer.now) == [do.ReturnPermit(late, None)]
    assert peer.permit() == "RequestAccess"


@pytest.mark.parametrize("stage", ["PREPARING", "DIALING", "READY", "WAITING", "CLOSING", "STOPPED"])
def test_a_permit_granted_twice_is_a_misuse_and_comes_back_once(stage: str) -> None:
    """I7: what comes back twice would let two shards identify at once."""
    peer = bring(Peer(CONFIG), stage)
    [granted] = {effect.request for _, effect in peer.history if isinstance(effect, do.RequestPermit)}
    before = peer.client.life
    with pytest.raises(MisuseError, match=f"permit {granted} was granted before"):
        peer.client.permit_granted(granted, peer.now)
    assert peer.client.life is before
    peer.stop()
    if peer.client.state is not ConnectionState.STOPPED:
        peer.lose()
    assert [effect.request for _, effect in peer.history if isinstance(effect, do.ReturnPermit)] == [granted]


def test_a_late_permit_goes_back_once_and_no_more() -> None:
    peer = bring(Peer(CONFIG), "PERMITTING")
    late = peer.request
    peer.wait_due()
    peer.client.permit_granted(late, peer.now)
    with pytest.raises(MisuseError, match=f"permit {late} was granted before"):
        peer.client.permit_granted(late, peer.now)


def test_a_gate_that_never_answers_fills_no_memory() -> None:
    peer = bring(Peer(CONFIG), "PERMITTING")
    first = peer.request
    for _ in range(1000):
        peer.wait_due()
    assert len(peer.client.life.permits_asked) == 1000
    with pytest.raises(MisuseError):
        peer.client.permit_granted(first, peer.now)
    assert peer.client.permit_granted(first + 1, peer.now) == [do.ReturnPermit(first + 1, None)]


def test_a_permit_that_comes_after_stop_goes_back_unused() -> None:
    peer = bring(Peer(CONFIG), "PERMITTING")
    peer.stop()
    assert peer.permit() == "ReturnPermit unused"
