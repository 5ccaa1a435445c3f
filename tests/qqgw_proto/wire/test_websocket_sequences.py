"""One frame behind another: where a chunk ends, what stands behind an end, what a first frame leaves open."""

from __future__ import annotations

import pytest

from qqgw_proto.config import WireConfig
from qqgw_proto.wire.events import Failed, Ping, WireEvent
from support.wires import BINARY, CONTINUATION, PING, PONG, TEXT, frame, serving, upgraded

MASK = b"mask"


def codes(events: list[WireEvent]) -> list[int]:
    return [event.code for event in events if isinstance(event, Failed)]


@pytest.mark.parametrize("first", [frame(PING, b"p"), frame(PONG, b"p"), frame(BINARY, b"{}"), frame(PING)])
def test_a_text_in_the_chunk_behind_another_frame_is_read_from_its_beginning(first: bytes) -> None:
    wire = upgraded()
    wire.receive(first)
    assert wire.receive(frame(TEXT, b'{"op":11}')) == [b'{"op":11}']
    assert wire.receive(frame(PING, b"q")) == [Ping(b"q")]


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_no_message_may_begin_inside_another(opcode: int) -> None:
    failed = upgraded().receive(frame(opcode, b"he", final=False) + frame(TEXT, b"x"))
    assert (codes(failed), len(failed)) == ([1002], 1)


@pytest.mark.parametrize("final", [True, False])
@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_nor_in_the_chunk_behind_it(opcode: int, final: bool) -> None:
    wire = upgraded()
    assert wire.receive(frame(opcode, b"he", final=False)) == []
    failed = wire.receive(frame(TEXT, b"x", final=final))
    assert (codes(failed), len(failed)) == ([1002], 1)


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_behind_the_last_fragment_another_message_may_begin(opcode: int) -> None:
    wire = upgraded()
    first = frame(opcode, b"he", final=False) + frame(CONTINUATION, b"llo")
    assert wire.receive(first + frame(TEXT, b"x")) == [b"hello", b"x"]


@pytest.mark.parametrize("lane", [True, False])
def test_nothing_is_reported_behind_a_message_that_is_too_long(lane: bool) -> None:
    wire = upgraded(WireConfig(max_frame=10, fast_lane=lane))
    assert codes(wire.receive(frame(TEXT, b"x" * 20) + frame(TEXT, b"y"))) == [1009]
    assert wire.receive(frame(TEXT, b"y")) == []


def test_a_server_counts_no_frame_as_part_of_the_handshake() -> None:
    wire = serving(WireConfig(max_handshake=1024))
    for _ in range(3):
        assert wire.receive(frame(TEXT, b"x\n" * 400, mask=MASK)) == [b"x\n" * 400]


def test_without_the_lane_bad_utf_8_is_told_in_words_that_no_chunk_changes() -> None:
    failed = Failed(1007, "text that is not UTF-8")
    assert serving().receive(frame(TEXT, b"ab\xff", mask=MASK)) == [failed]
    assert upgraded(WireConfig(fast_lane=False)).receive(frame(TEXT, b"ab\xff")) == [failed]


@pytest.mark.parametrize("head", [b"\x81\x7e\x00\x00", b"\x81\x7f" + bytes(8)], ids=["in 16 bits", "in 64 bits"])
def test_a_length_that_is_written_too_long_is_refused_at_once(head: bytes) -> None:
    # "The minimal number of bytes MUST be used to encode the length" (RFC 6455 5.2).
    assert codes(upgraded().receive(head)) == [1002]
