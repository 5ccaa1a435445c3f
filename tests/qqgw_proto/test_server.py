"""`ServerGateway` through its public calls: a whole connection, both doors, deadlines, and what real clients do.

The cells of its table are in `machine/test_server_table.py`.
"""

from __future__ import annotations

import math

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto import events as ws

from qqgw_proto import ByteWire, MessageWire, ServerConfig, ServerGateway, WireConfig
from qqgw_proto.errors import ConfigurationError, ConnectionFailed, MisuseError, ProtocolViolation
from qqgw_proto.machine.server_effects import (
    Beaten,
    ClientViolated,
    Ended,
    JudgeIdentify,
    JudgeResume,
    ServerAbandonTransport,
    ServerCloseTransport,
    ServerEffect,
    ServerWrite,
)
from qqgw_proto.machine.server_inputs import ServerState as S
from qqgw_proto.wire import frames
from support.server_reach import HANDSHAKE, IDENTIFY, LOST, READY, RESUME, RESUMED, hosted, streamed

ACK = ServerWrite(b'{"op":11}')


def said(effects: list[ServerEffect]) -> list[bytes]:
    """The payloads of the text frames among writes of less than 126 bytes, which need no reading to be cut."""
    return [effect.data[2:] for effect in effects if isinstance(effect, ServerWrite)]


# --- a whole connection


def test_a_session_begins_lives_and_ends() -> None:
    gateway = ServerGateway(wire=MessageWire())
    assert gateway.start(0.0) == [ServerWrite(b'{"op":10,"d":{"heartbeat_interval":45000}}')]
    assert gateway.receive_message(IDENTIFY, 0.1) == [JudgeIdentify("QQBot t", 513, (0, 4))]
    assert gateway.ready(READY, 0.2) == [ServerWrite(READY)]
    event = frames.dispatch("GUILD_CREATE", 2, {})
    assert gateway.send([event], 0.3) == [ServerWrite(b'{"op":0,"s":2,"t":"GUILD_CREATE","d":{}}')]
    assert gateway.receive_message('{"op":1,"d":2}', 30.0) == [ACK, Beaten(2)]
    assert gateway.send([frames.reconnect()], 31.0) == [ServerWrite(b'{"op":7}')]
    assert gateway.close(4009, "Session timed out", 32.0) == [ServerCloseTransport(4009, "Session timed out", 5.0)]
    assert gateway.closed(4009, "", 32.1) == [ServerAbandonTransport(), Ended(4009, "the connection is over")]
    assert gateway.state is S.CLOSED


def test_a_session_is_resumed_with_what_was_missed() -> None:
    gateway = hosted(S.GREETED)
    assert gateway.receive_message(RESUME, 0.1) == [JudgeResume("QQBot t", "a", 1337)]
    missed = [frames.dispatch("A", 1338, {}), frames.dispatch("B", 1339, {})]
    assert gateway.send(missed, 0.2) == [
        ServerWrite(b'{"op":0,"s":1338,"t":"A","d":{}}'),
        ServerWrite(b'{"op":0,"s":1339,"t":"B","d":{}}'),
    ]
    assert gateway.resumed(RESUMED, 0.3) == [ServerWrite(b'{"op":0,"s":2002,"t":"RESUMED","d":""}')]
    assert gateway.state is S.LIVE


def test_over_bytes_the_same_frames_come_with_the_handshake_before_them() -> None:
    gateway, client = ServerGateway(), WSConnection(ConnectionType.CLIENT)
    gateway.start(0.0)
    request = client.send(ws.Request(host="127.0.0.1", target="/websocket"))
    # One byte at a time, nothing but the last one is answered.
    for cut in range(len(request) - 1):
        assert gateway.receive_data(request[cut : cut + 1], 0.0) == []
    accepted, hello = gateway.receive_data(request[-1:], 0.0)
    assert isinstance(accepted, ServerWrite)
    client.receive_data(accepted.data)
    assert [type(event) for event in client.events()] == [ws.AcceptConnection]
    assert hello == ServerWrite(b'\x81\x2a{"op":10,"d":{"heartbeat_interval":45000}}')
    assert gateway.receive_data(client.send(ws.TextMessage(IDENTIFY)), 0.1) == [JudgeIdentify("QQBot t", 513, (0, 4))]
    assert said(gateway.ready(READY, 0.2)) == [READY]


def test_the_end_of_the_bytes_is_the_end_of_the_connection() -> None:
    gateway, _ = streamed(S.LIVE)
    assert gateway.receive_data(b"", 1.0) == [
        ServerAbandonTransport(),
        Ended(None, "the client ended the TCP connection: check the network, the proxy and the gateway URL"),
    ]
    # M02: a second end is none.
    assert gateway.receive_data(b"", 1.0) == []
    assert gateway.lost(LOST, 1.0) == []


def test_close_over_bytes_is_a_close_frame_and_waits_for_the_clients() -> None:
    gateway, say = streamed(S.LIVE)
    assert gateway.close(4009, "bye", 1.0) == [ServerWrite(b"\x88\x05\x0f\xa9bye")]
    assert gateway.receive_data(say(ws.CloseConnection(4009)), 1.1) == [
        ServerAbandonTransport(),
        Ended(4009, "the connection is over"),
    ]


def test_a_close_frame_of_the_client_is_answered() -> None:
    gateway, say = streamed(S.LIVE)
    assert gateway.receive_data(say(ws.CloseConnection(4000, "bye")), 1.0) == [
        ServerWrite(b"\x88\x02\x0f\xa0"),
        ServerCloseTransport(4000, "", 5.0),
        Ended(4000, "the client closed"),
    ]


def test_a_close_without_a_code_is_answered_as_a_normal_one() -> None:
    gateway = hosted(S.LIVE)
    assert gateway.closed(1005, "", 1.0) == [ServerCloseTransport(1000, "", 5.0), Ended(1005, "the client closed")]


# --- deadlines


def test_an_identify_that_does_not_come_is_waited_for_a_minute() -> None:
    gateway = hosted(S.GREETED)
    assert gateway.deadline == 60.0
    assert gateway.tick(59.9) == []
    assert gateway.tick(60.0) == [ServerCloseTransport(4003, "not authenticated in time", 5.0)]
    assert gateway.deadline == 65.0
    assert gateway.tick(65.0) == [ServerAbandonTransport(), Ended(None, "the connection is over")]
    assert [gateway.deadline, *gateway.tick(1e6)] == [None]


def test_a_client_may_beat_as_seldom_as_real_ones_do() -> None:
    # "A simulator that enforces heartbeats must allow >= 30 s + slack by default" (conformance 2.10).
    gateway = ServerGateway(wire=MessageWire())
    gateway.start(0.0)
    gateway.receive_message(IDENTIFY, 0.0)
    gateway.ready(READY, 0.0)
    assert gateway.deadline == 120.0
    assert gateway.receive_message('{"op":1,"d":null}', 60.0) == [ACK, Beaten(None)]
    assert gateway.deadline == 180.0


@pytest.mark.parametrize("message", ['{"op":1,"d":1}', '{"op":11}'])
def test_whatever_is_heard_of_the_client_counts(message: str) -> None:
    gateway = hosted(S.LIVE)
    gateway.receive_message(message, 80.0)
    assert gateway.deadline == 170.0


def test_a_ping_counts_too() -> None:
    gateway, say = streamed(S.LIVE)
    gateway.receive_data(say(ws.Ping(b"")), 80.0)
    assert gateway.deadline == 170.0


def test_silence_may_be_allowed_for_ever() -> None:
    gateway = hosted(S.LIVE, ServerConfig(heartbeat_timeout=None))
    assert gateway.deadline is None
    assert gateway.tick(1e6) == []


def test_one_late_tick_does_all_that_is_due() -> None:
    gateway = hosted(S.GREETED)
    assert gateway.tick(1000.0) == [ServerCloseTransport(4003, "not authenticated in time", 5.0)]
    assert gateway.deadline == 1005.0


def test_time_that_goes_back_is_clamped() -> None:
    gateway = hosted(S.GREETED)
    gateway.receive_message('{"op":1,"d":null}', 50.0)
    assert gateway.tick(10.0) == []
    gateway.close(1000, "", 20.0)
    assert gateway.deadline == 55.0


# --- what real clients do (conformance 2)


def test_an_identify_may_come_with_the_last_byte_of_the_handshake_answered() -> None:
    # BOTGO "sends IDENTIFY/RESUME right after the connect without waiting for HELLO" (protocol.md 2.4).
    gateway, say = streamed(S.GREETED)
    assert gateway.receive_data(say(ws.TextMessage(IDENTIFY)), 0.0) == [JudgeIdentify("QQBot t", 513, (0, 4))]


def test_nothing_comes_between_identify_and_ready() -> None:
    gateway = hosted(S.JUDGING)
    assert gateway.receive_message('{"op":1,"d":null}', 0.1) == [Beaten(None)]
    assert gateway.receive_message('{"op":1,"d":0}', 0.2) == [Beaten(0)]
    # "READY first, then whatever was held back": both acknowledgements, once.
    assert gateway.ready(READY, 0.3) == [ServerWrite(READY), ACK, ACK]
    assert gateway.receive_message('{"op":1,"d":1}', 0.4) == [ACK, Beaten(1)]


def test_heartbeats_go_on_through_a_replay_and_before_identify() -> None:
    for state in (S.GREETED, S.REPLAYING):
        assert hosted(state).receive_message('{"op":1,"s":7}', 1.0) == [ACK, Beaten(7)]


def test_an_offer_to_compress_is_declined() -> None:
    # "a simulator must accept the offer header and may decline" (conformance 1).
    gateway = ServerGateway()
    gateway.start(0.0)
    offer = b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\r\n"
    accepted, _hello = gateway.receive_data(HANDSHAKE[:-2] + offer, 0.0)
    assert accepted == ServerWrite(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
    )


def test_odd_headers_and_paths_are_accepted() -> None:
    # "`User-Agent` may be missing (Node), `X-Union-Appid` header on the upgrade (satori)" (conformance 2.12).
    gateway = ServerGateway()
    gateway.start(0.0)
    request = HANDSHAKE.replace(b"/websocket", b"/ws/secret?v=1")[:-2] + b"X-Union-Appid: 1\r\n\r\n"
    assert len(gateway.receive_data(request, 0.0)) == 2
    assert gateway.state is S.GREETED


def test_binary_frames_are_read_as_text() -> None:
    gateway, say = streamed(S.GREETED)
    effects = gateway.receive_data(say(ws.BytesMessage(IDENTIFY.encode())), 0.0)
    assert effects == [JudgeIdentify("QQBot t", 513, (0, 4))]


def test_a_refused_identify_is_op_9_and_then_the_close_that_names_the_cause() -> None:
    # conformance 2.9: "After op 9 close the connection (the real gateway does: 4903 ...)".
    gateway = hosted(S.JUDGING)
    assert gateway.send([frames.invalid_session(False)], 0.1) == [ServerWrite(b'{"op":9,"d":false}')]
    assert gateway.close(4903, "create session error", 0.1) == [ServerCloseTransport(4903, "create session error", 5.0)]


# --- what breaks rules


@pytest.mark.parametrize(("message", "why"), [(b"\xff", "invalid start byte"), ("\ud800", "invalid continuation byte")])
def test_a_message_that_is_no_text_is_reported_and_closed(message: str | bytes, why: str) -> None:
    assert hosted(S.LIVE).receive_message(message, 1.0) == [
        ClientViolated(ProtocolViolation(f"a message is not UTF-8: {why}")),
        ServerCloseTransport(4002, "bad payload", 5.0),
    ]


def test_a_message_over_the_limit_ends_the_connection() -> None:
    gateway = ServerGateway(wire=MessageWire(WireConfig(max_message=10)))
    gateway.start(0.0)
    assert gateway.receive_message("x" * 11, 0.0) == [
        ServerCloseTransport(1009, "a message is longer than 10 bytes", 5.0),
        Ended(1009, "a message is longer than 10 bytes"),
    ]


def test_a_handshake_without_end_is_refused() -> None:
    gateway = ServerGateway(wire=ByteWire(WireConfig(max_handshake=1024)))
    gateway.start(0.0)
    gateway.receive_data(b"GET / HTTP/1.1\r\nX: " + b"x" * 2000, 0.0)
    assert gateway.state is S.CLOSED


@pytest.mark.parametrize("state", list(S))
@pytest.mark.parametrize("time", [math.nan, math.inf, -math.inf])
def test_a_time_that_is_none_is_refused_everywhere(state: S, time: float) -> None:
    gateway = streamed(state)[0] if state is S.UPGRADING else hosted(state)
    for call in (gateway.tick, gateway.start):
        with pytest.raises(MisuseError, match="finite"):
            call(time)
    with pytest.raises(MisuseError, match="finite"):
        gateway.close(1000, "", time)
    assert gateway.state is state


@pytest.mark.parametrize(("code", "reason"), [(999, ""), (70000, ""), (-1, ""), (4000, "x" * 124), (4000, "a\r\nb")])
def test_a_close_that_no_frame_can_carry_is_refused(code: int, reason: str) -> None:
    gateway, _ = streamed(S.LIVE)
    with pytest.raises(MisuseError, match="close frame"):
        gateway.close(code, reason, 1.0)
    assert gateway.state is S.LIVE


def test_each_door_has_its_own_calls() -> None:
    hosted_gateway, (byte_gateway, _) = hosted(S.LIVE), streamed(S.LIVE)
    with pytest.raises(MisuseError, match="receive_message"):
        hosted_gateway.receive_data(b"x", 0.0)
    with pytest.raises(MisuseError, match="receive_data"):
        byte_gateway.receive_message("x", 0.0)
    with pytest.raises(MisuseError, match="receive_data"):
        byte_gateway.closed(1000, "", 0.0)
    assert (hosted_gateway.state, byte_gateway.state) == (S.LIVE, S.LIVE)


def test_a_setting_that_cannot_work_is_refused() -> None:
    for wrong in (0.0, -1.0, math.nan):
        with pytest.raises(ConfigurationError):
            ServerConfig(heartbeat_interval=wrong)


def test_two_gateways_share_nothing() -> None:
    one, other = hosted(S.LIVE), hosted(S.GREETED)
    one.lost(ConnectionFailed("gone"), 1.0)
    assert (one.state, other.state) == (S.CLOSED, S.GREETED)
