"""The codec against anything: no bytes and no JSON make it raise, and what it keeps of a JSON object is its rule."""

from __future__ import annotations

import json
from typing import TypeAlias

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qqgw_proto.wire.codec import Malformed, decode, decode_value
from qqgw_proto.wire.frames import Dispatch

pytestmark = pytest.mark.no_cover

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
keys = st.sampled_from(["op", "s", "t", "id", "d", "x"])
near_integers = st.sampled_from([0, 1, 11, True, False, 0.0, 1.0, -1, 2**63 - 1, 2**63, 2**64, 2**70])
objects = st.dictionaries(keys, near_integers | anything, max_size=6)


def integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


@given(st.binary())
def test_no_bytes_raise(payload: bytes) -> None:
    assert isinstance(decode(payload), Dispatch | Malformed)
    decode_value(payload)


@given(objects, st.integers(0, 200), st.integers(0, 200), st.binary(max_size=4))
def test_no_wounded_frame_raises(value: dict[str, Json], start: int, length: int, patch: bytes) -> None:
    """A frame with a piece cut out and some bytes put in its place."""
    payload = json.dumps(value, ensure_ascii=False).encode()
    assert isinstance(decode(payload[:start] + patch + payload[start + length :]), Dispatch | Malformed)


@given(objects)
def test_what_is_kept_of_a_json_object(value: dict[str, Json]) -> None:
    frame = decode(json.dumps(value, ensure_ascii=False).encode())
    op, seq = value.get("op"), value.get("s")
    if not integer(op):
        assert frame == Malformed("op is not an integer")
        return
    assert isinstance(frame, Dispatch)
    assert frame.op == op
    assert type(frame.op) is int
    assert frame.s == (seq if isinstance(seq, int) and integer(seq) and 1 <= seq <= 2**63 - 1 else None)
    assert frame.t == (value["t"] if isinstance(value.get("t"), str) else None)
    assert frame.id == (value["id"] if isinstance(value.get("id"), str) else None)
    assert msgspec.json.decode(frame.d) == value.get("d")


@given(st.text())
def test_text_that_cannot_be_encoded_never_comes_out(text: str) -> None:
    """A lone surrogate would raise later, where the text is written to a log or a file."""
    frame = decode(json.dumps({"op": 0, "t": text, "id": text}).encode())
    if isinstance(frame, Dispatch):
        assert (frame.t or "").encode() == (frame.id or "").encode() == text.encode()
    else:
        assert any("\ud800" <= character <= "\udfff" for character in text)
