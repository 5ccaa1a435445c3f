"""`ClientGateway` as an embedder sees it: what the docstrings promise, misuse, getters."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from typing import Final

import attrs
import msgspec
import pytest

from qqgw_proto import ClientConfig, ClientGateway, ConnectionState, SessionInfo, ShardConfig, Snapshot
from qqgw_proto.errors import ConfigurationError, MisuseError
from qqgw_proto.machine import effects as do
from support.peer import URL, Peer
from support.stages import EVERY, bring, event

CONFIG: Final = ClientConfig(intents=513)


# --- what the docstrings promise ------------------------------------------------------------------------------------


ANSWERS: Final[dict[type[msgspec.Struct], tuple[set[str], set[str]]]] = {
    do.RequestPermit: ({"permit_granted"}, {"permit_delayed"}),
    do.RequestAccess: ({"access_granted"}, {"access_denied"}),
    do.Dial: ({"opened"}, {"dial_failed", "upgrade_rejected"}),
    do.Write: (set[str](), {"lost", "writing_blocked"}),
}


@pytest.mark.parametrize("effect", ANSWERS, ids=lambda effect: effect.__name__)
def test_an_effect_names_the_calls_that_answer_it(effect: type[msgspec.Struct]) -> None:
    success, failure = ANSWERS[effect]
    text = " ".join((effect.__doc__ or "").split())
    promised = re.search(r"Success: (?P<success>.*?) Failure: (?P<failure>.*)", text)
    assert promised is not None
    named = {which: set(re.findall(r"`(\w+)\(", promised[which])) for which in ("success", "failure")}
    assert success <= named["success"]
    assert failure <= named["failure"]
    assert all(callable(getattr(ClientGateway, name)) for name in named["success"] | named["failure"])


@pytest.mark.parametrize("effect", [do.ReturnPermit, do.CloseTransport, do.AbandonTransport, do.SaveSession])
def test_an_effect_that_nothing_answers_says_so(effect: type[msgspec.Struct]) -> None:
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


def test_a_host_may_only_say_that_its_handshake_was_refused_before_it_says_opened() -> None:
    peer = bring(Peer(CONFIG, messages=True), "GREETING")
    before = peer.client.life
    with pytest.raises(MisuseError, match="the handshake succeeded"):
        peer.client.upgrade_rejected(peer.connection, 401, peer.now)
    assert peer.client.life is before
    assert peer.client.upgrade_rejected(999, 401, peer.now) == []


@pytest.mark.parametrize("stage", ["DIALING", "UPGRADING"])
def test_where_the_handshake_is_the_cores_nobody_tells_it_of_a_refusal(stage: str) -> None:
    peer = bring(Peer(CONFIG), stage)
    with pytest.raises(MisuseError, match="a ByteWire reads the answer to its handshake by itself"):
        peer.client.upgrade_rejected(peer.connection, 401, peer.now)
    assert peer.client.state.name == stage


def test_a_refusal_at_a_time_that_cannot_be_compared_is_a_misuse() -> None:
    peer = bring(Peer(CONFIG, messages=True), "DIALING")
    with pytest.raises(MisuseError, match="finite"):
        peer.client.upgrade_rejected(peer.connection, 429, float("nan"))
    assert peer.client.state is ConnectionState.DIALING


@pytest.mark.parametrize(("wait", "most"), [(float("nan"), 1.0), (float("inf"), 3600.0), (-1.0, 1.0)])
def test_whatever_a_host_read_in_a_header_is_no_misuse(wait: float, most: float) -> None:
    peer = bring(Peer(CONFIG, messages=True), "DIALING")
    [_, _, retrying] = peer.client.upgrade_rejected(peer.connection, 503, peer.now, retry_after=wait)
    assert isinstance(retrying, do.Retrying)
    assert peer.now <= retrying.at <= peer.now + most


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
