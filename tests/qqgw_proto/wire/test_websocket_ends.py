"""Both ends and the wire between them: what one says the other hears, however the bytes are cut."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qqgw_proto.config import WireConfig
from qqgw_proto.wire.events import Closed, Failed, Ping, Requested, Upgraded, WireEvent
from qqgw_proto.wire.websocket import WebSocketWire
from support.wires import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    URL,
    answer,
    asking,
    close_frame,
    frame,
    serving,
    upgraded,
)

cuts = st.lists(st.integers(0, 400), max_size=12)


def fed(wire: WebSocketWire, data: bytes, at: Sequence[int]) -> list[WireEvent]:
    """What a wire reports of bytes cut at these places."""
    places = sorted({0, *(place for place in at if place < len(data)), len(data)})
    return [event for i, end in enumerate(places[1:]) for event in wire.receive(data[places[i] : end])]


def verdicts(events: Sequence[WireEvent]) -> list[WireEvent]:
    """Without the words of a failure: which byte of a chunk was wrong depends on where the chunk begins."""
    return [Failed(event.code, "") if isinstance(event, Failed) else event for event in events]


# --- what is sent --------------------------------------------------------------------------------------------------


def test_a_clients_frames_are_masked_and_a_servers_are_not() -> None:
    # RFC 6455 5.1.
    client, server = upgraded(), serving()
    for made in (client.text(b"{}"), client.ping(b"p"), client.pong(b"p"), client.close(4000)):
        assert made[1] & 0x80 == 0x80
    assert server.text(b'{"op":11}') == frame(TEXT, b'{"op":11}')
    assert server.ping(b"p") == frame(PING, b"p")
    assert server.pong(b"p") == frame(PONG, b"p")
    assert server.close(4009, "Session timed out") == close_frame(4009, b"Session timed out")


def test_text_is_sent_as_one_text_frame_with_no_reserved_bit() -> None:
    assert upgraded().text(b"{}")[0] == 0x81


def test_a_reason_is_cut_to_what_a_close_frame_can_hold() -> None:
    assert serving().close(4000, "x" * 200) == close_frame(4000, b"x" * 123)


@pytest.mark.parametrize("code", [1005, 1006, 1015])
def test_a_code_that_must_not_be_sent_is_never_sent(code: int) -> None:
    assert serving().close(code) in (close_frame(1000), frame(CLOSE))


def test_nothing_can_be_sent_before_the_handshake_is_done() -> None:
    wire, _ = asking()
    assert (wire.text(b"x"), wire.ping(b""), wire.pong(b""), wire.close(1000)) == (b"", b"", b"", b"")


def test_nothing_is_sent_behind_a_close_frame() -> None:
    # RFC 6455 5.5.1: "The application MUST NOT send any more data frames after sending a Close frame".
    wire = upgraded()
    assert wire.close(4000) != b""
    assert (wire.text(b"x"), wire.ping(b""), wire.pong(b""), wire.close(1000)) == (b"", b"", b"", b"")


def test_a_close_frame_is_answered_once() -> None:
    wire = upgraded()
    wire.receive(close_frame(4009))
    assert serving().receive(wire.close(1000)) == [Closed(1000, "")]
    assert wire.close(1000) == b""
    assert wire.receive(frame(TEXT, b"x")) == []


def test_what_comes_before_the_answer_to_our_close_frame_is_still_reported() -> None:
    wire = upgraded()
    wire.close(4000)
    assert wire.receive(frame(TEXT, b"x") + close_frame(4000)) == [b"x", Closed(4000, "")]


# --- a conversation ------------------------------------------------------------------------------------------------


def test_a_conversation_from_handshake_to_close() -> None:
    client, server = WebSocketWire(WireConfig(), client=True), WebSocketWire(WireConfig(), client=False)
    handshake, _ = client.open(URL)
    (asked,) = server.receive(handshake)
    assert isinstance(asked, Requested)
    assert (asked.target, asked.headers["host"]) == ("/websocket/", "127.0.0.1:8080")
    assert client.receive(server.accept() + server.text(b'{"op":10}')) == [Upgraded(), b'{"op":10}']
    assert server.receive(client.text(b'{"op":2}')) == [b'{"op":2}']
    assert client.receive(server.ping(b"alive?")) == [Ping(b"alive?")]
    assert server.receive(client.pong(b"alive?")) == []
    assert client.receive(server.close(4009, "Session timed out")) == [Closed(4009, "Session timed out")]
    assert server.receive(client.close(1000)) == [Closed(1000, "")]


texts = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=300), max_size=5)


@given(texts, cuts)
def test_a_server_hears_what_a_client_says(messages: list[str], at: list[int]) -> None:
    client, server = upgraded(), serving()
    data = b"".join(client.text(message.encode()) for message in messages)
    assert fed(server, data, at) == [message.encode() for message in messages]


@given(texts, cuts)
def test_a_client_hears_what_a_server_says(messages: list[str], at: list[int]) -> None:
    client, server = upgraded(), serving()
    data = b"".join(server.text(message.encode()) for message in messages)
    assert fed(client, data, at) == [message.encode() for message in messages]


# --- chunking is irrelevant (I14) ----------------------------------------------------------------------------------

any_bytes = st.binary(max_size=130) | st.text(max_size=20).map(lambda text: text.encode("utf-8", "surrogatepass"))
right_text = st.text("a频😀", max_size=20).map(str.encode)


def streams_of(payloads: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Frames of a server, mostly right ones."""
    opcodes = st.sampled_from([TEXT, TEXT, TEXT, BINARY, BINARY, CONTINUATION, PING, PONG, CLOSE, 0x3])
    final, rsv, mask = st.sampled_from([True, True, False]), st.sampled_from([0] * 9 + [4]), st.sampled_from([b""] * 9)
    return st.lists(st.builds(frame, opcodes, payloads, final=final, rsv=rsv, mask=mask | st.just(b"mask"))).map(
        b"".join
    )


limits = st.sampled_from([WireConfig(max_frame=20), WireConfig(max_message=30), WireConfig(max_fragments=2)])


@pytest.mark.no_cover
@given(streams_of(any_bytes) | st.binary(), cuts)
def test_every_split_of_frames_gives_the_same_events(data: bytes, at: list[int]) -> None:
    assert verdicts(fed(upgraded(), data, at)) == verdicts(upgraded().receive(data))


@pytest.mark.no_cover
@given(streams_of(right_text), cuts, limits)
def test_every_split_of_frames_meets_the_same_limits(data: bytes, at: list[int], config: WireConfig) -> None:
    assert fed(upgraded(config), data, at) == upgraded(config).receive(data)


@pytest.mark.no_cover
@given(streams_of(any_bytes), cuts, st.sampled_from([b"", b"HTTP/1.1 100 Continue\r\n\r\n"]))
def test_every_split_of_an_opening_gives_the_same_events(data: bytes, at: list[int], early: bytes) -> None:
    (one, one_accept), (two, two_accept) = asking(), asking()
    assert verdicts(fed(two, early + answer(two_accept) + data, at)) == verdicts(
        one.receive(early + answer(one_accept) + data)
    )


refusals = st.tuples(
    st.integers(100, 599),
    st.sampled_from([b"", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Retry-After: 9\r\n"]),
    st.binary(max_size=80),
).map(lambda parts: b"HTTP/1.1 %d X\r\n%s\r\n%s" % parts)


@pytest.mark.no_cover
@given(refusals | st.binary(max_size=100), cuts)
def test_every_split_of_a_refusal_gives_the_same_events(data: bytes, at: list[int]) -> None:
    config = WireConfig(max_rejection_body=40, max_handshake=90)
    (one, _), (two, _) = asking(config), asking(config)
    assert fed(two, data, at) + two.end() == one.receive(data) + one.end()


def test_the_words_of_a_failure_do_not_depend_on_the_pieces() -> None:
    # They are in the cause of a `Disconnected`: the same bytes must give the same effects.
    data = frame(TEXT, b"abc\xff")
    assert fed(upgraded(), data, range(len(data))) == upgraded().receive(data)


@given(st.binary(max_size=400))
def test_no_bytes_raise_in_a_handshake(data: bytes) -> None:
    wire, accept = asking()
    wire.receive(data)
    wire.end()
    asking()[0].receive(answer(accept)[:-2] + data)
    WebSocketWire(WireConfig(), client=False).receive(data)
    WebSocketWire(WireConfig(), client=False).receive(b"GET / HTTP/1.1\r\n" + data + b"\r\n\r\n")
