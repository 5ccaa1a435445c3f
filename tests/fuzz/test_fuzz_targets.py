"""The fuzz targets as tests: over their corpus, over bytes, and over bytes that have the targets' own structure."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import example, given, settings

from fuzz.events import TYPES
from fuzz.handshake import PIECES
from fuzz.run import NAMES
from fuzz.source import pieces
from fuzz.targets import (
    TARGETS,
    fuzz_envelopes,
    fuzz_events,
    fuzz_handshake,
    fuzz_life,
    fuzz_pair,
    fuzz_server,
    fuzz_wire,
)
from qqgw_proto.wire import frames
from qqgw_proto.wire.events import WireEvent
from qqgw_proto.wire.websocket import WebSocketWire

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "fuzz" / "corpus"

# --- structure: frames of WebSocket, JSON texts, steps of a life

LENGTHS = st.sampled_from([0, 1, 5, 124, 125, 126, 130, 131, 199, 200, 201])
FIRST_BYTES = st.sampled_from([0x81, 0x01, 0x80, 0x00, 0x82, 0x88, 0x89, 0x8A, 0xC1, 0x83, 0x09])


@st.composite
def websocket_frames(draw: st.DrawFn) -> bytes:
    first, length, masked = draw(FIRST_BYTES), draw(LENGTHS), draw(st.booleans())
    payload = draw(st.sampled_from(["a", "é", '{"op":11}', "\x0f"])).encode() * length
    payload = payload[:length]
    form = min(126, length)
    size = b"" if length < 126 else length.to_bytes(2, "big")
    return bytes([first, form | 0x80 * masked]) + size + bytes(4 * masked) + payload


STREAMS = st.tuples(
    st.integers(0, 7), st.integers(0, 255), st.lists(websocket_frames() | st.binary(max_size=12), max_size=8)
).map(lambda made: bytes(made[:2]) + b"".join(made[2]))

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner))
KEYS = st.sampled_from(["op", "s", "t", "id", "d"])
ENVELOPES = st.dictionaries(KEYS | st.text(max_size=3), VALUES, max_size=6)
OPS = st.integers(-1, 13) | SCALARS
JSON_MESSAGES = st.tuples(st.integers(0, 3), OPS, ENVELOPES, st.integers(0, 40)).map(
    lambda made: bytes([made[0]]) + _json({"op": made[1], **made[2]}, made[3])
)

# To READY over bytes, over messages; then whatever happens.
BEGINNINGS = st.sampled_from([b"\x00\x05\x00\x00\x00\x00\x03\x00\x03\x02", b"\x01\x05\x00\x00\x00\x03\x00\x03\x02"])
LIVES = st.tuples(
    BEGINNINGS, st.lists(st.tuples(st.integers(0, 21), st.integers(0, 15), st.integers(0, 255)), max_size=40)
).map(lambda made: made[0] + b"".join(bytes(step) for step in made[1]))

HANDSHAKES = st.tuples(
    st.integers(0, 1), st.integers(0, 255), st.lists(st.integers(0, len(PIECES) - 1), max_size=14)
).map(lambda made: bytes([made[0], made[1], *made[2]]))
PAYLOADS = st.tuples(st.integers(0, len(TYPES) - 1), VALUES, st.integers(0, 40)).map(
    lambda made: bytes([made[0]]) + _json(made[1], made[2])
)
# Three steps bring a gateway's end to a live session over bytes and over messages, and a pair to READY.
SERVED = st.tuples(st.sampled_from([b"\x00\x05", b"\x01\x05"]), st.lists(st.integers(0, 15), max_size=40)).map(
    lambda made: made[0] + b"\x00\x02\x00\x00\x05\x00\x00" + bytes(made[1])
)
JOURNEYS = st.lists(st.integers(0, 13), max_size=30).map(lambda steps: bytes([9, 0, 0, 0, *steps]))


def _json(value: object, cut: int) -> bytes:
    """A JSON text, NaN and all, whole or cut somewhere."""
    data = json.dumps(value, ensure_ascii=cut % 2 == 0).encode("utf-8", "replace")
    return data[:-cut] if cut % 3 == 1 else data


# --- the targets


@pytest.mark.parametrize(
    ("name", "path"),
    [
        pytest.param(name, path, id=f"{name}-{path.name}")
        for name in TARGETS
        for path in sorted((CORPUS / name).iterdir())
    ],
)
def test_every_file_of_the_corpus_passes(name: str, path: Path) -> None:
    TARGETS[name](path.read_bytes())


def test_the_corpus_has_something_for_each_target() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(TARGETS)


def test_the_runner_knows_every_target() -> None:
    assert tuple(TARGETS) == NAMES


@pytest.mark.no_cover
@settings(max_examples=80)
@given(st.binary(max_size=200) | HANDSHAKES)
@example((CORPUS / "handshake" / "client_right").read_bytes())
def test_no_handshake_breaks_either_end(data: bytes) -> None:
    fuzz_handshake(data)


@pytest.mark.no_cover
@settings(max_examples=60)
@given(st.binary(max_size=300) | STREAMS)
def test_no_bytes_of_a_peer_break_the_wire(data: bytes) -> None:
    fuzz_wire(data)


@pytest.mark.no_cover
@settings(max_examples=30)
@given(st.binary(max_size=200) | JSON_MESSAGES)
@example(b'\x02{"op":true,')
def test_no_message_breaks_codec_shard_or_gateway(data: bytes) -> None:
    fuzz_envelopes(data)


@pytest.mark.no_cover
@settings(max_examples=50)
@given(st.binary(max_size=100) | PAYLOADS)
def test_no_payload_breaks_the_events(data: bytes) -> None:
    fuzz_events(data)


@pytest.mark.no_cover
@settings(max_examples=20)
@given(st.binary(max_size=200) | LIVES)
@example((CORPUS / "life" / "resume_bytes").read_bytes())
@example((CORPUS / "life" / "op_9_bytes").read_bytes())
@example((CORPUS / "life" / "failures_messages").read_bytes())
def test_no_sequence_of_calls_breaks_a_shard(data: bytes) -> None:
    fuzz_life(data)


@pytest.mark.no_cover
@settings(max_examples=60)
@given(st.binary(max_size=100) | SERVED)
def test_no_sequence_of_calls_breaks_a_gateway(data: bytes) -> None:
    fuzz_server(data)


@pytest.mark.no_cover
@settings(max_examples=20)
@given(st.binary(max_size=60) | JOURNEYS)
def test_no_link_keeps_shard_and_gateway_apart_or_loses_an_event(data: bytes) -> None:
    fuzz_pair(data)


# --- around them


@given(st.binary(max_size=300), st.integers(0, 255))
def test_pieces_are_the_whole(data: bytes, seed: int) -> None:
    cut = pieces(data, seed)
    assert b"".join(cut) == data
    assert b"" not in cut


def test_one_seed_cuts_single_bytes() -> None:
    assert pieces(b"abc", 0) == [b"a", b"b", b"c"]


def test_a_finding_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oracles bite: a wire that forgets a byte is found out."""

    class Forgetful(WebSocketWire):
        def receive(self, data: bytes) -> list[WireEvent]:
            return super().receive(data[:-1] if len(data) == 3 else data)

    monkeypatch.setattr("fuzz.wire.WebSocketWire", Forgetful)
    with pytest.raises(AssertionError, match="I14"):
        fuzz_wire((CORPUS / "wire" / "sample_text").read_bytes())


def test_a_lost_event_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oracles bite: a shard that forgets what it saw last asks for too little."""
    resume = frames.resume

    def forgetful(token: str, session_id: str, seq: int) -> bytes:
        return resume(token, session_id, seq + 1)

    monkeypatch.setattr(frames, "resume", forgetful)
    with pytest.raises(AssertionError, match="I3"):
        fuzz_pair((CORPUS / "pair" / "events_lost_on_the_way").read_bytes())


def test_without_atheris_the_runner_says_how_to_get_it() -> None:
    code = "import runpy, sys; sys.modules['atheris'] = None; runpy.run_path(sys.argv.pop(), run_name='__main__')"
    command = [sys.executable, "-c", code, str(ROOT / "fuzz" / "run.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "pip install" in done.stderr
    assert "Traceback" not in done.stderr
