"""Frames on an open WebSocket: messages, control frames, closes, broken rules and limits (`conformance.md` 1)."""

from __future__ import annotations

import pytest

from qqgw_proto.config import WireConfig
from qqgw_proto.wire.events import Closed, Failed, Ping, Unreadable, WireEvent
from support.wires import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close_frame, frame, serving, upgraded

# --- messages ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "events"),
    [
        (frame(TEXT, b'{"op":11}'), [b'{"op":11}']),
        (frame(TEXT), [b""]),
        (frame(TEXT, "频道 😀".encode()), ["频道 😀".encode()]),
        (frame(TEXT, b"x" * 125) + frame(TEXT, b"y" * 126), [b"x" * 125, b"y" * 126]),
        (frame(TEXT, b"z" * 65536), [b"z" * 65536]),
        # "Every frame is BINARY ... decode a binary frame as UTF-8 JSON" (conformance 2.6).
        (frame(BINARY, b'{"op":11}'), [b'{"op":11}']),
        (frame(TEXT, b"one", final=False) + frame(CONTINUATION, b"two"), [b"onetwo"]),
        (frame(BINARY, b"one", final=False) + frame(CONTINUATION, b"two"), [b"onetwo"]),
        # A character may be cut by a fragment's border.
        (frame(TEXT, b"\xe9", final=False) + frame(CONTINUATION, b"\xa2\x91"), ["频".encode()]),
        (frame(BINARY, b"\xe9", final=False) + frame(CONTINUATION, b"\xa2\x91"), ["频".encode()]),
        (frame(TEXT, final=False) + frame(CONTINUATION, final=False) * 3 + frame(CONTINUATION), [b""]),
        # A control frame may stand between fragments (RFC 6455 5.4).
        (
            frame(TEXT, b"a", final=False) + frame(PING, b"p") + frame(CONTINUATION, b"b"),
            [Ping(b"p"), b"ab"],
        ),
    ],
)
def test_messages_are_whole(data: bytes, events: list[WireEvent]) -> None:
    assert upgraded().receive(data) == events


@pytest.mark.parametrize("payload", [b"\xff", b"\xe9\xa2", b"\xed\xa0\x80", b'{"op":"\xc0\xaf"}'])
def test_a_binary_message_that_is_not_utf_8_is_isolated(payload: bytes) -> None:
    wire = upgraded()
    (event, good) = wire.receive(frame(BINARY, payload) + frame(TEXT, b"good"))
    assert isinstance(event, Unreadable)
    assert event.why.startswith("a binary message is not UTF-8: ")
    assert good == b"good"


def test_nothing_is_reported_before_a_frame_is_complete() -> None:
    wire = upgraded()
    data = frame(TEXT, b"hello")
    assert [event for byte in data[:-1] for event in wire.receive(bytes([byte]))] == []
    assert wire.receive(data[-1:]) == [b"hello"]
    assert wire.receive(b"") == []


# --- pings and pongs -----------------------------------------------------------------------------------------------


def test_pings_are_reported_and_answered_only_when_told_so() -> None:
    wire = upgraded()
    assert wire.receive(frame(PING, b"p") + frame(PING) + frame(PING, b"x" * 125)) == [
        Ping(b"p"),
        Ping(b""),
        Ping(b"x" * 125),
    ]


def test_a_pong_that_nobody_asked_for_is_ignored() -> None:
    # RFC 6455 5.5.3: "A response to an unsolicited Pong frame is not expected".
    assert upgraded().receive(frame(PONG, b"p") + frame(TEXT, b"x")) == [b"x"]


# --- closes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "event"),
    [
        (close_frame(1000), Closed(1000, "")),
        (close_frame(4009, b"Session timed out"), Closed(4009, "Session timed out")),
        (close_frame(4903, "会话".encode()), Closed(4903, "会话")),
        (close_frame(1002), Closed(1002, "")),
        (close_frame(1007), Closed(1007, "")),
        (close_frame(1009), Closed(1009, "")),
        (close_frame(1011), Closed(1011, "")),
        (close_frame(1012), Closed(1012, "")),
        (close_frame(1013), Closed(1013, "")),
        (close_frame(3000), Closed(3000, "")),
        (close_frame(4999), Closed(4999, "")),
        (close_frame(4000, b"x" * 123), Closed(4000, "x" * 123)),
        # "Close without code: CloseConnection(code=1005)".
        (frame(CLOSE), Closed(1005, "")),
    ],
)
def test_a_close_frame_is_reported_with_its_code(data: bytes, event: Closed) -> None:
    assert upgraded().receive(data) == [event]


@pytest.mark.parametrize("code", [0, 999, 1004, 1005, 1006, 1014, 1015, 1016, 2999, 5000, 65535])
def test_a_close_code_that_must_not_be_sent_is_a_broken_rule(code: int) -> None:
    # "Classify as protocol error, not by that code" (conformance 1).
    (event,) = upgraded().receive(close_frame(code))
    assert isinstance(event, Failed)
    assert event.code == 1002


def test_what_stands_behind_a_close_frame_is_dropped() -> None:
    # "Data after the close frame, second close: dropped" (conformance 1).
    wire = upgraded()
    assert wire.receive(close_frame(4009) + frame(TEXT, b"late") + close_frame(4004)) == [Closed(4009, "")]
    assert wire.receive(frame(TEXT, b"later")) == []


# --- broken rules --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(TEXT, b"\xff"), 1007),
        (frame(TEXT, b"\xc3"), 1007),
        (frame(TEXT, b"\xed\xa0\x80"), 1007),  # an encoded surrogate
        (frame(TEXT, b"\xc0\xaf"), 1007),  # an overlong form
        (frame(TEXT, b"\xf4\x90\x80\x80"), 1007),  # above U+10FFFF
        (frame(TEXT, b"a", final=False) + frame(CONTINUATION, b"\xff"), 1007),
        (frame(CLOSE, b"\x0f\xa0\xff"), 1007),
        (frame(CLOSE, b"\x0f"), 1002),
        (frame(TEXT, b"x", rsv=4), 1002),
        (frame(TEXT, b"x", rsv=2), 1002),
        (frame(TEXT, b"x", rsv=1), 1002),
        (frame(PING, b"x", rsv=4), 1002),
        (frame(0x3, b"x"), 1002),
        (frame(0x7, b"x"), 1002),
        (frame(0xB), 1002),
        (frame(0xF), 1002),
        (frame(TEXT, b"x", mask=b"mask"), 1002),
        (frame(PING, b"x", mask=bytes(4)), 1002),
        (frame(CONTINUATION, b"x"), 1002),
        (frame(CONTINUATION, b"x", final=False), 1002),
        (frame(TEXT, b"a", final=False) + frame(TEXT, b"b"), 1002),
        (frame(TEXT, b"a", final=False) + frame(BINARY, b"b"), 1002),
        (frame(PING, b"x", final=False), 1002),
        (frame(CLOSE, b"\x0f\xa0", final=False), 1002),
        (frame(PING, b"x" * 126), 1002),
        (frame(CLOSE, b"\x0f\xa0" + b"x" * 124), 1002),
        (b"\x81\x7e\x00\x01x", 1002),  # a length in a longer form than it needs
        (b"\x81\x7f\x80\x00\x00\x00\x00\x00\x00\x00", 1002),  # a length of 2**63
    ],
)
def test_a_broken_rule_names_the_code_of_rfc_6455_and_ends_the_connection(data: bytes, code: int) -> None:
    wire = upgraded()
    good, event = wire.receive(frame(TEXT, b"good") + data + frame(TEXT, b"late"))
    assert good == b"good"
    assert isinstance(event, Failed)
    assert event.code == code
    assert event.why
    assert wire.receive(frame(TEXT, b"later")) == []
    # The code is written before the connection is given up (design 5).
    written = wire.close(event.code)
    assert serving().receive(written) == [Closed(code, "")]


def test_a_broken_rule_behind_our_own_close_frame_is_no_close_of_the_peers() -> None:
    wire = upgraded()
    wire.close(4000)
    (event,) = wire.receive(frame(TEXT, b"x", rsv=4))
    assert isinstance(event, Failed)
    assert event.code == 1002


# --- limits --------------------------------------------------------------------------------------------------------


def fragments(*payloads: bytes, opcode: int = TEXT) -> bytes:
    """One message, a frame for each payload."""
    last = len(payloads) - 1
    return b"".join(
        frame(CONTINUATION if i else opcode, payload, final=i == last) for i, payload in enumerate(payloads)
    )


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
@pytest.mark.parametrize(
    ("limits", "fits", "exceeds", "why"),
    [
        (WireConfig(max_frame=3), (b"abc",), (b"abcd",), "a frame is longer than 3 bytes"),
        (WireConfig(max_frame=3), (b"abc", b"def"), (b"abc", b"defg"), "a frame is longer than 3 bytes"),
        (WireConfig(max_message=3), (b"ab", b"c"), (b"ab", b"cd"), "a message is longer than 3 bytes"),
        (
            WireConfig(max_fragments=3),
            (b"a", b"b", b"c"),
            (b"a", b"b", b"c", b""),
            "a message has more than 3 fragments",
        ),
        (WireConfig(max_fragments=1), (b"a",), (b"", b""), "a message has more than 1 fragments"),
    ],
)
def test_limits(limits: WireConfig, opcode: int, fits: tuple[bytes, ...], exceeds: tuple[bytes, ...], why: str) -> None:
    wire = upgraded(limits)
    # Every message counts anew.
    assert wire.receive(fragments(*fits, opcode=opcode) * 3) == [b"".join(fits)] * 3
    assert wire.receive(fragments(*exceeds, opcode=opcode)) == [Failed(1009, why)]
    assert wire.receive(frame(TEXT, b"x")) == []


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_limit_counts_bytes_not_characters(opcode: int) -> None:
    data = frame(opcode, "频道".encode())
    assert upgraded(WireConfig(max_message=6)).receive(data) == ["频道".encode()]
    (event,) = upgraded(WireConfig(max_message=5)).receive(data)
    assert isinstance(event, Failed)
    assert event.code == 1009


def test_a_frame_in_pieces_is_one_fragment() -> None:
    wire = upgraded(WireConfig(max_fragments=1))
    data = frame(TEXT, b"hello")
    assert [event for byte in data for event in wire.receive(bytes([byte]))] == [b"hello"]


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_frame_over_its_limit_ends_the_connection_before_it_is_complete(opcode: int) -> None:
    wire = upgraded(WireConfig(max_frame=1000))
    # A declared length of 2**62: "accepted and waited for" by the layer below.
    events = wire.receive(bytes([0x80 | opcode]) + b"\x7f\x40\x00\x00\x00\x00\x00\x00\x00" + b"x" * 1000)
    assert events + wire.receive(b"x") == [Failed(1009, "a frame is longer than 1000 bytes")]


def test_fragments_without_end_are_cut_off() -> None:
    wire = upgraded()
    assert wire.receive(frame(TEXT, b"x", final=False)) == []
    events = [event for _ in range(100) for event in wire.receive(frame(CONTINUATION, final=False) * 100)]
    assert events == [Failed(1009, "a message has more than 4096 fragments")]


def test_control_frames_between_fragments_count_for_no_limit() -> None:
    wire = upgraded(WireConfig(max_fragments=2, max_message=2, max_frame=1))
    data = frame(TEXT, b"a", final=False) + frame(PING, b"ping") * 3 + frame(CONTINUATION, b"b")
    assert wire.receive(data) == [Ping(b"ping"), Ping(b"ping"), Ping(b"ping"), b"ab"]


def test_a_ping_in_the_chunk_of_a_close_frame_is_answered_all_the_same() -> None:
    # RFC 6455 5.5.1 forbids frames behind one's own close frame, not behind the peer's.
    wire = upgraded()
    wire.receive(close_frame(4009))
    pong = wire.pong(b"p")
    assert (pong[0], pong[1]) == (0x8A, 0x81)
    assert bytes((pong[6] ^ pong[2],)) == b"p"
