"""The fast lane: the same messages and close codes as wsproto alone (I13), wherever the chunks are cut."""

from __future__ import annotations

import struct
from itertools import pairwise

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qqgw_proto.config import WireConfig
from qqgw_proto.wire.events import Failed, Ping, WireEvent
from qqgw_proto.wire.lane import FastLane
from support.wires import upgraded


def limited(*, lane: bool = True) -> WireConfig:
    """Limits that a test can pass quickly."""
    return WireConfig(fast_lane=lane, max_frame=70_000, max_message=80_000, max_fragments=5)


def frame(first: int, payload: bytes, *, form: int | None = None) -> bytes:
    """One unmasked frame; `form` forces the length form 126 or 127."""
    size = len(payload)
    form = form or (size if size < 126 else 126 if size < 65_536 else 127)
    if form == 126:
        return bytes((first, 126)) + struct.pack(">H", size) + payload
    if form == 127:
        return bytes((first, 127)) + struct.pack(">Q", size) + payload
    return bytes((first, size)) + payload


def received(stream: bytes, cut: int, *, lane: bool) -> list[WireEvent]:
    """What a wire reports of a stream cut into chunks of one size."""
    wire = upgraded(limited(lane=lane))
    return [event for at in range(0, len(stream), cut) for event in wire.receive(stream[at : at + cut])]


@attrs.define
class Others:
    """Takes what is not the lane's."""

    taken: list[bytes] = attrs.field(factory=list[bytes])

    def __call__(self, data: bytes, reported: list[WireEvent]) -> bool:
        self.taken.append(data)
        return True


@pytest.mark.parametrize("size", [0, 1, 125, 126, 300, 65_535, 65_536])
@pytest.mark.parametrize("cut", [1, 3, 11, 1 << 20])
def test_a_text_of_any_size_comes_whole_however_it_is_cut(size: int, cut: int) -> None:
    text = ("é" * size).encode()[:size] if size % 2 == 0 else b"x" * size
    stream = frame(0x81, text) + frame(0x81, b"behind")
    cut = cut if size < 1000 else cut + 1024  # byte by byte only where it is quick
    assert received(stream, cut, lane=True) == [text, b"behind"]


def test_a_header_cut_inside_its_length_is_waited_for() -> None:
    stream = frame(0x81, b"x" * 300) + frame(0x81, b"y" * 65_536)
    wire = upgraded(limited())
    assert wire.receive(stream[:1]) == []
    assert wire.receive(stream[1:3]) == []
    assert wire.receive(stream[3:304]) == [b"x" * 300]
    assert wire.receive(stream[304:312]) == []
    assert wire.receive(stream[312:]) == [b"y" * 65_536]


def test_a_bad_byte_is_seen_when_it_comes_not_when_the_frame_is_whole() -> None:
    wire = upgraded(limited())
    assert wire.receive(frame(0x81, b"ab\xff" + b"c" * 100)[:6]) == [Failed(1007, "a text message is not UTF-8")]


def test_a_bad_byte_in_a_later_chunk_ends_the_connection_too() -> None:
    wire = upgraded(limited())
    whole = frame(0x81, b"ab" + b"c" * 100 + b"\xff")
    assert wire.receive(whole[:50]) == []
    assert wire.receive(whole[50:] + frame(0x81, b"behind")) == [Failed(1007, "a text message is not UTF-8")]
    assert wire.receive(frame(0x81, b"behind")) == []


def test_a_character_that_the_end_of_a_text_in_pieces_cuts_is_no_utf_8() -> None:
    wire = upgraded(limited())
    whole = frame(0x81, b"ab" + b"c" * 100 + "é".encode()[:1])
    assert wire.receive(whole[:50]) == []
    assert wire.receive(whole[50:]) == [Failed(1007, "a text message is not UTF-8")]


def test_a_bad_byte_in_a_later_chunk_of_a_fragment_is_wsprotos_to_say() -> None:
    wire = upgraded(limited())
    whole = frame(0x01, b"ab" + b"c" * 100 + b"\xff\xff")
    assert wire.receive(whole[:50]) == []
    failed = wire.receive(whole[50:] + frame(0x81, b"behind"))
    assert [event.code for event in failed if isinstance(event, Failed)] == [1007]
    assert len(failed) == 1


@pytest.mark.parametrize("first", [0x81, 0x01, 0x82, 0x02, 0x80, 0x00], ids=hex)
def test_a_frame_of_data_over_the_limit_is_refused_at_its_header(first: int) -> None:
    before = b"" if first & 0x0F else frame(0x01, b"a")
    wire = upgraded(limited())
    assert wire.receive(before + bytes((first, 127)) + struct.pack(">Q", 1 << 62)) == [
        Failed(1009, "a frame is longer than 70000 bytes")
    ]


@pytest.mark.parametrize("stream", [b"\x80\x7f", b"\x01\x01a\x82\x7f", b"\xc1\x7f", b"\x81\xff"], ids=bytes.hex)
def test_a_frame_over_the_limit_that_breaks_another_rule_breaks_that(stream: bytes) -> None:
    [failed] = upgraded(limited()).receive(stream + struct.pack(">Q", 1 << 62) + b"mask")
    assert isinstance(failed, Failed)
    assert failed.code == 1002


def test_other_frames_pass_through_to_wsproto_in_their_order() -> None:
    stream = frame(0x01, b"he") + frame(0x89, b"p") + frame(0x80, b"llo") + frame(0x82, b"{}") + frame(0x81, b"x")
    assert received(stream, 1 << 20, lane=True) == [Ping(b"p"), b"hello", b"{}", b"x"]
    assert received(stream, 1, lane=True) == [Ping(b"p"), b"hello", b"{}", b"x"]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 70_000])
def test_texts_of_every_length_form_are_the_lanes_own(size: int) -> None:
    others, reported = Others(), list[WireEvent]()
    FastLane(limited(), others).cut(frame(0x81, b"x" * size) + frame(0x81, b"y"), reported)
    assert (reported, others.taken) == ([b"x" * size, b"y"], [])


def test_behind_a_fragmented_message_texts_are_the_lanes_own_again() -> None:
    others, reported = Others(), list[WireEvent]()
    fragments = [frame(0x01, b"he"), frame(0x00, b"l"), frame(0x80, b"lo")]
    FastLane(limited(), others).cut(b"".join(fragments) + frame(0x81, b"x"), reported)
    assert (reported, others.taken) == ([b"x"], fragments)


def test_a_text_as_long_as_is_allowed_may_come_in_pieces() -> None:
    stream = frame(0x81, b"x" * 70_000)
    wire = upgraded(limited())
    assert wire.receive(stream[:5000]) == []
    assert wire.receive(stream[5000:]) == [b"x" * 70_000]


def test_no_text_may_begin_inside_another() -> None:
    failed = upgraded(limited()).receive(frame(0x01, b"he") + frame(0x01, b"x"))
    assert [event.code for event in failed if isinstance(event, Failed)] == [1002]
    assert len(failed) == 1


FRAMES = st.builds(
    frame,
    st.sampled_from([0x81] * 6 + [0x01, 0x80, 0x00, 0x82, 0x89, 0x8A, 0x88, 0x83, 0xC1, 0x09]),
    st.one_of(st.text(max_size=200).map(str.encode), st.binary(max_size=200)),
    form=st.sampled_from([None] * 8 + [126]),
)


@given(st.lists(FRAMES, max_size=6), st.integers(1, 400))
def test_lane_and_wsproto_say_the_same_as_wsproto_alone(frames: list[bytes], cut: int) -> None:
    stream = b"".join(frames)
    with_lane, alone = (received(stream, cut, lane=lane) for lane in (True, False))
    codes = [event.code if isinstance(event, Failed) else event for event in with_lane]
    assert codes == [event.code if isinstance(event, Failed) else event for event in alone]


def masked(whole: bytes) -> bytes:
    """A frame with the mask that a server's must not have (RFC 6455 5.1)."""
    return bytes((whole[0], whole[1] | 0x80)) + b"\0\0\0\0" + whole[2:]


TINY = WireConfig(max_frame=90, max_message=120, max_fragments=3)
HEADS = st.sampled_from(
    [0x81] * 8 + [0x01, 0x01, 0x80, 0x80, 0x00, 0x00, 0x82, 0x02, 0x89, 0x8A, 0x88, 0x83, 0xC1, 0x09]
)
PAYLOADS = st.one_of(
    st.text(max_size=60).map(str.encode),
    st.binary(max_size=100),
    st.text("é今😀", min_size=20, max_size=40).map(str.encode),
)
ANY_FRAMES = st.builds(frame, HEADS, PAYLOADS, form=st.sampled_from([None] * 8 + [126, 127]))
MASKED = st.builds(masked, ANY_FRAMES)


def in_pieces(stream: bytes, cuts: set[int], *, lane: bool) -> list[WireEvent]:
    wire = upgraded(attrs.evolve(TINY, fast_lane=lane))
    places = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    return [event for at, to in pairwise(places) for event in wire.receive(stream[at:to])]


def codes_of(events: list[WireEvent]) -> list[WireEvent | int]:
    return [event.code if isinstance(event, Failed) else event for event in events]


@given(st.lists(ANY_FRAMES | ANY_FRAMES | ANY_FRAMES | MASKED, max_size=8), st.sets(st.integers(1, 700), max_size=30))
def test_the_same_under_limits_however_the_stream_is_cut(frames: list[bytes], cuts: set[int]) -> None:
    stream = b"".join(frames)
    with_lane, alone = (codes_of(in_pieces(stream, cuts, lane=lane)) for lane in (True, False))
    assert with_lane[:-1] == alone[:-1]
    # Of a frame that breaks two rules, its size and its text, the lane names what its header shows first.
    assert with_lane == alone or (with_lane[-1], alone[-1]) == (1009, 1007)
