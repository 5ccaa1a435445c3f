"""The two doors of `ClientGateway`: bytes of a WebSocket, or whole messages of a host that has one."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import pytest

from qqgw_proto import ClientConfig, ConnectionState, MessageWire
from qqgw_proto.errors import AuthenticationFailed, ConnectionFailed, MisuseError
from qqgw_proto.machine import effects as do
from qqgw_proto.wire import frames
from support.chunking import ByteByByte
from support.peer import TOKEN, Peer
from support.stages import FRESH, bring, event

CONFIG: Final = ClientConfig(intents=513)


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


def test_an_end_at_no_time_is_a_mistake_that_costs_no_refusal() -> None:
    peer = bring(Peer(CONFIG), "UPGRADING")
    peer.feed(b"HTTP/1.1 503 No\r\nRetry-After: 50\r\nContent-Length: 100\r\n\r\nbusy")
    with pytest.raises(MisuseError, match="now"):
        peer.client.lost(peer.connection, ConnectionFailed("reset"), math.nan)
    assert peer.lose() == "AbandonTransport; ReturnPermit unused; Retrying by back-off ConnectionFailed 503"


def test_a_host_whose_handshake_was_refused_says_status_and_retry_after_and_body() -> None:
    peer = bring(Peer(CONFIG, messages=True), "DIALING")
    effects = peer.client.upgrade_rejected(peer.connection, 503, peer.now, retry_after=50.0, body="busy" * 1000)
    retrying = effects[-1]
    assert isinstance(retrying, do.Retrying)
    assert (retrying.at, retrying.why.code) == (peer.now + 50.0, 503)
    assert str(retrying.why).count("busy") == 512
    assert TOKEN not in repr(effects)


@pytest.mark.parametrize("status", [401, 403])
def test_a_host_whose_handshake_was_refused_for_its_token_is_given_another_once(status: int) -> None:
    peer = bring(Peer(CONFIG, messages=True), "DIALING")
    asked: list[str] = []
    while peer.client.state is not ConnectionState.FAILED:
        peer.reject(status)
        if peer.client.state is ConnectionState.WAITING:
            peer.wait_due()
            asked.append(peer.permit())
            peer.grant()
    assert asked == ["RequestAccess renew", *["RequestAccess"] * 4]
    [failed] = [effect for effect in peer.effects if isinstance(effect, do.Failed)]
    assert (type(failed.error), failed.error.code) == (AuthenticationFailed, status)


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


def test_a_host_that_says_no_body_has_none() -> None:
    peer = bring(Peer(CONFIG, messages=True), "DIALING")
    [_, _, retrying] = peer.client.upgrade_rejected(peer.connection, 401, peer.now)
    assert isinstance(retrying, do.Retrying)
    assert retrying.why.message == "the gateway answered the WebSocket handshake with HTTP 401"


def test_of_a_body_2048_characters_are_kept() -> None:
    peer = bring(Peer(CONFIG, messages=True), "DIALING")
    [_, _, retrying] = peer.client.upgrade_rejected(peer.connection, 503, peer.now, body="x" * 5000)
    assert isinstance(retrying, do.Retrying)
    assert retrying.why.message.endswith("with HTTP 503: " + "x" * 2048)
