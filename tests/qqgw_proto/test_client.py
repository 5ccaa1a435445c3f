"""`ClientGateway` as an embedder sees it: numbers, misuse, getters, the two doors, and what the docstrings promise."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Final

import attrs
import pytest

from qqgw_proto import ClientConfig, ClientGateway, ConnectionState, MessageWire, SessionInfo, ShardConfig, Snapshot
from qqgw_proto.errors import ConfigurationError, ConnectionFailed, MisuseError
from qqgw_proto.machine import effects as do
from qqgw_proto.wire import frames
from support.chunking import ByteByByte
from support.peer import URL, Peer
from support.stages import EVERY, FRESH, bring, event

CONFIG: Final = ClientConfig(intents=513)
CAUSE: Final = ConnectionFailed("reset")

# --- what the docstrings promise ------------------------------------------------------------------------------------

ANSWERS: Final[dict[type[attrs.AttrsInstance], tuple[set[str], set[str]]]] = {
    do.RequestPermit: ({"permit_granted"}, {"permit_delayed"}),
    do.RequestAccess: ({"access_granted"}, {"access_denied"}),
    do.Dial: ({"opened"}, {"dial_failed"}),
    do.Write: (set[str](), {"lost", "writing_blocked"}),
}


@pytest.mark.parametrize("effect", ANSWERS, ids=lambda effect: effect.__name__)
def test_an_effect_names_the_calls_that_answer_it(effect: type[attrs.AttrsInstance]) -> None:
    success, failure = ANSWERS[effect]
    text = " ".join((effect.__doc__ or "").split())
    promised = re.search(r"Success: (?P<success>.*?) Failure: (?P<failure>.*)", text)
    assert promised is not None
    named = {which: set(re.findall(r"`(\w+)\(", promised[which])) for which in ("success", "failure")}
    assert success <= named["success"]
    assert failure <= named["failure"]
    assert all(callable(getattr(ClientGateway, name)) for name in named["success"] | named["failure"])


@pytest.mark.parametrize("effect", [do.ReturnPermit, do.CloseTransport, do.AbandonTransport, do.SaveSession])
def test_an_effect_that_nothing_answers_says_so(effect: type[attrs.AttrsInstance]) -> None:
    assert "Nothing answers it" in " ".join((effect.__doc__ or "").split())


def test_events_are_answered_by_settled() -> None:
    assert "`settled(tickets)`" in (do.Deliver.__doc__ or "")


def test_tickets_settle_what_was_delivered() -> None:
    peer = bring(Peer(CONFIG), "READY")
    peer.say(event(3), event(4))
    delivered = peer.effects[0]
    assert isinstance(delivered, do.Deliver)
    assert delivered.tickets() == [delivered.ticket(one) for one in delivered.events]
    peer.settle(2)
    peer.client.settled(delivered.tickets(), peer.now)
    assert peer.client.session == SessionInfo("S1", 4, 4, (0, 1))


# --- numbers --------------------------------------------------------------------------------------------------------


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


# --- misuse ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("messages", "call"), [(True, "receive_data"), (False, "receive_message"), (False, "closed")])
def test_each_door_has_its_own_calls(messages: bool, call: str) -> None:
    peer = bring(Peer(CONFIG, messages=messages), "READY")
    arguments = {"receive_data": (b"x",), "receive_message": ("{}",), "closed": (1000, "")}[call]
    with pytest.raises(MisuseError, match="takes"):
        getattr(peer.client, call)(peer.connection, *arguments, peer.now)
    assert peer.client.state is ConnectionState.READY


@pytest.mark.parametrize("messages", [False, True])
def test_nothing_is_received_before_opened(messages: bool) -> None:
    peer = bring(Peer(CONFIG, messages=messages), "DIALING")
    deadline = peer.client.deadline
    calls: list[Callable[[], object]] = [lambda: peer.client.receive_data(peer.connection, b"HTTP/1.1 101", peer.now)]
    if messages:
        calls = [
            lambda: peer.client.receive_message(peer.connection, "{}", peer.now),
            lambda: peer.client.closed(peer.connection, 1000, "", peer.now),
        ]
    for call in calls:
        with pytest.raises(MisuseError, match="comes before anything received"):
            call()
    assert (peer.client.state, peer.client.deadline) == (ConnectionState.DIALING, deadline)


REFUSED_URLS: Final = (
    *("http://h/", "ws://user:secret@h/", "ws://h/#top"),
    *("ws://", "wss://h:0/", "ws://h:x/", ""),
)


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_a_url_that_cannot_be_dialed_is_refused_and_the_request_stays_open(url: str) -> None:
    peer = bring(Peer(CONFIG), "PREPARING")
    with pytest.raises(ConfigurationError, match="gateway URL") as refused:
        peer.client.access_granted(peer.request, url, "a-token", peer.now)
    assert "secret" not in str(refused.value)
    assert peer.client.state is ConnectionState.PREPARING
    assert peer.grant() == "Dial"


@pytest.mark.parametrize("token", ["", None, "a\r\nb", "a\nb", "\x00", "tök", "密", "a\x7f", b"bytes", 7])
def test_a_token_that_cannot_be_sent_is_refused_and_shown_nowhere(token: str) -> None:
    # "Rejected before the wire; never in repr, log or exception text" (conformance M07).
    peer = bring(Peer(CONFIG), "PREPARING")
    with pytest.raises(ConfigurationError, match="the access token") as refused:
        peer.client.access_granted(peer.request, URL, token, peer.now)
    assert not token or str(token) not in str(refused.value)
    assert peer.client.state is ConnectionState.PREPARING
    assert peer.grant() == "Dial"


# --- getters --------------------------------------------------------------------------------------------------------


def test_a_session_is_told_while_it_can_be_resumed() -> None:
    client = ClientGateway(attrs.evolve(CONFIG, shard=ShardConfig(1, 4)), random.Random(1))
    assert (client.session, client.snapshot) == (None, None)
    client.start(0.0, Snapshot("S0", 7, ((9, 10),), orphans=2))
    assert client.session == SessionInfo("S0", 7, 7, (1, 4))
    assert client.snapshot == Snapshot("S0", 7, ((9, 10),))


def test_round_trips_are_told_only_while_a_heartbeat_runs() -> None:
    peer = bring(Peer(CONFIG), "GREETING")
    assert (peer.client.round_trip.latest, peer.client.acknowledged_at) == (None, None)
    peer = bring(Peer(CONFIG), "IDLE")
    assert (peer.client.round_trip.latest, peer.client.acknowledged_at) == (None, None)


@pytest.mark.parametrize("stage", EVERY)
def test_one_sentence_says_where_a_shard_stands(stage: str) -> None:
    peer = bring(Peer(CONFIG), stage)
    sentence = peer.client.explain(peer.now)
    assert sentence.startswith("shard 0/1 ")
    assert "\n" not in sentence
    assert ("at the latest in" in sentence) is (peer.client.deadline is not None)


# --- doors ----------------------------------------------------------------------------------------------------------


def test_a_differently_chunking_wire_in_its_place_makes_no_difference() -> None:
    own, plain = Peer(CONFIG, door=ByteByByte()), Peer(CONFIG)
    told = [[call(peer) for call in (*FRESH, Peer.lose)] for peer in (own, plain)]
    assert told[0] == told[1]


def test_hello_in_the_segment_of_the_101_is_not_lost() -> None:
    peer = bring(Peer(CONFIG), "UPGRADING")
    assert peer.accept_and_say(frames.hello(45_000)) == "Connected; Write IDENTIFY; ReturnPermit used"


def test_a_refused_upgrade_whose_body_never_ends_is_a_refusal_and_not_silence() -> None:
    endings: tuple[Callable[[Peer], str], ...] = (Peer.lose, Peer.wait_due, lambda peer: peer.feed(b""))
    for ending in endings:
        peer = bring(Peer(CONFIG), "UPGRADING")
        peer.feed(b"HTTP/1.1 503 No\r\nRetry-After: 50\r\nContent-Length: 100\r\n\r\nbusy")
        assert ending(peer) == "AbandonTransport; ReturnPermit unused; Retrying by back-off ConnectionFailed 503"
        assert peer.client.deadline == peer.now + 50.0


def test_whole_messages_may_be_text_or_binary() -> None:
    # "Every frame is BINARY" (conformance 2.6).
    peer = bring(Peer(CONFIG, messages=True), "GREETING")
    (write, _) = peer.client.receive_message(peer.connection, frames.hello(45_000), peer.now)
    assert isinstance(write, do.Write)
    assert write.data == (
        b'{"op":2,"d":{"token":"QQBot the-access-token","intents":513,"shard":[0,1],"properties":{}}}'
    )


@pytest.mark.parametrize("message", ["", "\ud800", "{", b"\xff", b"\x00", "[]", "null", "[" * 100_000])
def test_a_message_that_is_no_frame_is_a_violation_and_no_more(message: str | bytes) -> None:
    peer = Peer(CONFIG, door=MessageWire())
    bring(peer, "READY")
    (violated,) = peer.client.receive_message(peer.connection, message, peer.now)
    assert isinstance(violated, do.Violated)
    assert peer.say(event(3)) == "Deliver 3"


def test_a_wanted_stop_tells_a_host_what_to_close_with() -> None:
    peer = bring(Peer(CONFIG, messages=True), "READY")
    peer.stop()
    assert peer.effects[-1] == do.CloseTransport(peer.connection, 4000, "", 5.0)


@pytest.mark.parametrize("code", [1005, 1006, 1015])
def test_a_host_is_never_told_to_close_with_a_code_that_may_not_be_sent(code: int) -> None:
    # Some hosts report 1006 for an end without a close frame; no WebSocket sends it (RFC 6455 7.4.1).
    peer = bring(Peer(CONFIG, messages=True), "READY")
    assert peer.close(code).startswith("CloseTransport 1000; Disconnected GatewayClosed")


def test_a_limit_of_the_wire_ends_the_connection_and_not_the_session() -> None:
    peer = bring(Peer(CONFIG), "READY")
    assert "1009" in peer.say(b"[" * 2001)
    assert peer.client.session is not None
