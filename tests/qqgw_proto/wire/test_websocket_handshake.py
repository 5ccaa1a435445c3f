"""The handshake, from both ends: what is sent, what is taken for a 101, what is a refusal and what is neither."""

from __future__ import annotations

import pytest

from qqgw_proto.config import WireConfig
from qqgw_proto.wire.events import Failed, Requested, Upgraded, WireEvent
from qqgw_proto.wire.url import GatewayUrl
from qqgw_proto.wire.websocket import WebSocketWire
from support.wires import TEXT, accept_key, answer, asking, frame

# --- what a client asks --------------------------------------------------------------------------------------------


def lines_asked(config: WireConfig, url: str) -> list[bytes]:
    handshake, events = WebSocketWire(config, client=True).open(GatewayUrl.parse(url))
    assert events == []
    assert handshake.endswith(b"\r\n\r\n")
    return [line for line in handshake.split(b"\r\n") if line and not line.startswith(b"Sec-WebSocket-Key: ")]


def test_a_client_asks_for_the_url_as_it_is_and_offers_no_extension() -> None:
    # "Use the URL byte-for-byte" (1.1); "no Authorization header" (1.5); "do not offer it" (conformance 1).
    assert lines_asked(WireConfig(), "wss://api.sgroup.qq.com/websocket/?a=%20b") == [
        b"GET /websocket/?a=%20b HTTP/1.1",
        b"Host: api.sgroup.qq.com",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Version: 13",
        b"user-agent: qqgw",
    ]


def test_a_client_sends_the_headers_it_was_given() -> None:
    config = WireConfig(user_agent="bot/1.0", headers={"X-Union-Appid": "102000001"})
    assert lines_asked(config, "ws://[::1]:8080")[-2:] == [b"user-agent: bot/1.0", b"X-Union-Appid: 102000001"]
    assert lines_asked(config, "ws://[::1]:8080")[:2] == [b"GET / HTTP/1.1", b"Host: [::1]:8080"]


def test_every_handshake_has_its_own_key() -> None:
    assert asking()[1] != asking()[1]


# --- what is taken for a 101 ---------------------------------------------------------------------------------------


def test_a_right_101_opens() -> None:
    wire, accept = asking()
    assert wire.receive(answer(accept)) == [Upgraded()]


def test_frames_in_the_segment_of_the_101_are_read() -> None:
    wire, accept = asking()
    assert wire.receive(answer(accept) + frame(TEXT, b"hello") * 2) == [Upgraded(), b"hello", b"hello"]


def test_more_frames_than_a_handshake_may_hold_fit_behind_the_101() -> None:
    wire, accept = asking(WireConfig(max_handshake=300))
    assert wire.receive(answer(accept) + frame(TEXT, b"hello") * 1000) == [Upgraded(), *[b"hello"] * 1000]


def test_a_101_may_come_byte_by_byte() -> None:
    wire, accept = asking()
    events: list[WireEvent] = []
    for byte in answer(accept) + frame(TEXT, b"hello"):
        events += wire.receive(bytes([byte]))
    assert events == [Upgraded(), b"hello"]


@pytest.mark.parametrize(
    "early",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n",
        b"HTTP/1.1 102 Processing\r\n\r\n" * 20,
    ],
)
def test_answers_of_1xx_before_the_101_are_skipped(early: bytes) -> None:
    wire, accept = asking()
    assert wire.receive(early + answer(accept)) == [Upgraded()]
    wire, accept = asking()
    assert wire.receive(early) == []
    assert wire.receive(answer(accept)) == [Upgraded()]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\n"),
        (b"\r\n\r\n", b"\r\nX-Folded: a\r\n b\r\n\r\n"),
        (b"\r\n\r\n", b"\r\nX-Tps-trace-ID: \xff\r\n\r\n"),
        (b"\r\n", b"\n"),
        (b"HTTP/1.1", b"HTTP/1.0"),
        (b"Upgrade: websocket", b"UPGRADE: WebSocket"),
        (b"Connection: Upgrade", b"connection: keep-alive, upgrade"),
    ],
)
def test_unusual_but_harmless_answers_open(old: bytes, new: bytes) -> None:
    wire, accept = asking()
    assert wire.receive(answer(accept).replace(old, new)) == [Upgraded()]


# --- what is neither 101 nor refusal -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b"Sec-WebSocket-Accept: ", b"X-Accept: ", "Bad accept token"),
        (b"Sec-WebSocket-Accept: ", b"Sec-WebSocket-Accept: x", "Bad accept token"),
        (b"Upgrade: websocket\r\n", b"", "Missing header, 'Upgrade: websocket'"),
        (b"Upgrade: websocket", b"Upgrade: h2c", "Missing header, 'Upgrade: websocket'"),
        (b"Connection: Upgrade\r\n", b"", "Missing header, 'Connection: Upgrade'"),
        (b"Connection: Upgrade", b"Connection: close", "Missing header, 'Connection: Upgrade'"),
        (b"\r\n\r\n", b"\r\nSec-WebSocket-Protocol: chat\r\n\r\n", "unrecognized subprotocol chat"),
        (
            b"\r\n\r\n",
            b"\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
            "unrecognized extension permessage-deflate",
        ),
    ],
)
def test_a_wrong_101_ends_the_connection(old: bytes, new: bytes, why: str) -> None:
    wire, accept = asking()
    assert wire.receive(answer(accept).replace(old, new)) == [
        Failed(1002, f"the WebSocket handshake failed: {why}"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"garbage\r\n\r\n",
        b"\x15\x03\x03\x00\x02\x02\x28",  # a TLS alert
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"\x00",
        b"\x81\x05hello\r\n\r\n",
        b"HTTP/1.1 099 Low\r\n\r\n",
        b"HTTP/1.1 500 X\r\nContent-Length: -1\r\n\r\n",
    ],
)
def test_what_is_not_http_ends_the_connection(data: bytes) -> None:
    wire, _ = asking()
    assert wire.receive(data) == [Failed(1002, "the WebSocket handshake failed: Bad HTTP message")]


@pytest.mark.parametrize("name", [b"Sec-WebSocket-Protocol", b"Sec-WebSocket-Extensions", b"Connection"])
def test_a_101_with_bytes_above_ascii_ends_the_connection(name: bytes) -> None:
    wire, accept = asking()
    (event,) = wire.receive(answer(accept, name + b": \xff"))
    assert isinstance(event, Failed)
    assert event.code == 1002


# --- the server's end ----------------------------------------------------------------------------------------------

REQUEST = (
    b"GET /chat HTTP/1.1",
    b"Host: server.example.com",
    b"Upgrade: websocket",
    b"Connection: Upgrade",
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    b"Origin: http://example.com",
    b"Sec-WebSocket-Version: 13",
)


def request(*more: bytes, without: bytes = b"\0") -> bytes:
    lines = [line for line in REQUEST if not line.startswith(without)]
    return b"".join(line + b"\r\n" for line in (*lines, *more)) + b"\r\n"


def test_a_server_answers_as_rfc_6455_shows() -> None:
    wire = WebSocketWire(WireConfig(), client=False)
    (event,) = wire.receive(request())
    assert isinstance(event, Requested)
    assert event.target == "/chat"
    assert event.headers["host"] == "server.example.com"
    assert event.headers["origin"] == "http://example.com"
    # RFC 6455 1.3 gives both key and answer.
    assert wire.accept() == (
        b"HTTP/1.1 101 Switching Protocols\r\n"
        b"Upgrade: websocket\r\n"
        b"Connection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
    )
    assert wire.receive(frame(TEXT, b"hello", mask=b"mask")) == [b"hello"]


def test_a_server_declines_what_it_was_offered() -> None:
    # "A simulator must accept the offer header and may decline" (conformance 1).
    wire = WebSocketWire(WireConfig(), client=False)
    wire.receive(request(b"Sec-WebSocket-Extensions: permessage-deflate", b"Sec-WebSocket-Protocol: chat"))
    accepted = wire.accept()
    assert b"permessage-deflate" not in accepted
    assert b"chat" not in accepted


def test_a_servers_record_of_a_request_shows_no_header() -> None:
    assert repr(Requested("/chat", {"authorization": "secret"})) == "Requested(target='/chat')"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", "Request method must be GET"),
        (request(without=b"Upgrade"), "Missing header, 'Upgrade: websocket'"),
        (request(without=b"Connection"), "Missing header, 'Connection: Upgrade'"),
        (request(without=b"Sec-WebSocket-Key"), "Missing header, 'Sec-WebSocket-Key'"),
        (request(without=b"Sec-WebSocket-Version"), "Missing header, 'Sec-WebSocket-Version'"),
        (request(without=b"Host"), "Bad HTTP message"),
        (b"\x16\x03\x01\x02\x00", "Bad HTTP message"),
    ],
)
def test_a_server_refuses_what_is_no_handshake(data: bytes, why: str) -> None:
    wire = WebSocketWire(WireConfig(), client=False)
    assert wire.receive(data) == [Failed(1002, f"the WebSocket handshake failed: {why}")]


@pytest.mark.parametrize(
    "data",
    [
        request(b"Host: \xff", without=b"Host"),
        request(b"Host: xn--99999", without=b"Host"),
        request(b"Sec-WebSocket-Protocol: \xff"),
        request(b"Sec-WebSocket-Extensions: \xff"),
        request(b"Connection: \xff", without=b"Connection"),
    ],
)
def test_a_server_refuses_headers_that_cannot_be_read(data: bytes) -> None:
    (event,) = WebSocketWire(WireConfig(), client=False).receive(data)
    assert isinstance(event, Failed)
    assert event.code == 1002


def test_a_servers_limit_on_the_handshake() -> None:
    wire = WebSocketWire(WireConfig(max_handshake=1000), client=False)
    assert wire.receive(request(b"A: " + b"z" * 1000)) == [Failed(1002, "the handshake is too long")]


def test_both_ends_agree_on_the_accept_key() -> None:
    client, server = WebSocketWire(WireConfig(), client=True), WebSocketWire(WireConfig(), client=False)
    handshake, _ = client.open(GatewayUrl.parse("ws://h/"))
    server.receive(handshake)
    accepted = server.accept()
    assert accept_key(handshake) in accepted
    assert client.receive(accepted) == [Upgraded()]
