from __future__ import annotations

import msgspec
import pytest

from qqgw_proto.events.mending import mended, without_halves


class Inner(msgspec.Struct):
    id: str = ""
    count: int = 0


class Outer(msgspec.Struct):
    id: str | None = None
    kind: int | str | None = None
    inner: Inner | None = None
    many: tuple[Inner, ...] = ()
    anything: object = None


@pytest.mark.parametrize(
    ("raw", "mended"),
    [
        (rb'"\ud800"', rb'"\ufffd"'),
        (rb'"\uDFFF!"', rb'"\ufffd!"'),
        (rb'"\ud83d\ude00"', rb'"\ud83d\ude00"'),
        (rb'"\uD83D\uDE00\u4e2d"', rb'"\uD83D\uDE00\u4e2d"'),
        (rb'"\ud83d\u4e2d"', rb'"\ufffd\u4e2d"'),
        (rb'"\ud83d\ud83d\ude00\ude00"', rb'"\ufffd\ud83d\ude00\ufffd"'),
        (rb'"\\ud800"', rb'"\\ud800"'),
        (rb'"\\\ud800"', rb'"\\\ufffd"'),
        (rb'"\n\ud800\n"', rb'"\n\ufffd\n"'),
        (rb'"\ud8"', rb'"\ud8"'),
        (b'"\\\n\\ud800"', b'"\\\n\\ufffd"'),
        (b"", b""),
    ],
)
def test_half_of_a_surrogate_pair_becomes_the_replacement_character(raw: bytes, mended: bytes) -> None:
    assert without_halves(raw) == mended


@pytest.mark.parametrize(
    ("value", "result"),
    [
        ({"id": 144115218182563108}, {"id": "144115218182563108"}),
        ({"id": 10**60}, {"id": "1" + "0" * 60}),
        ({"id": None, "many": None}, {}),
        ({"inner": {"id": 5, "count": 5}}, {"inner": {"id": "5", "count": 5}}),
        ({"many": [{"id": 5}, None, {"id": "6"}]}, {"many": [{"id": "5"}, {"id": "6"}]}),
        ({"nobody knows": 1}, {}),
    ],
)
def test_known_faults_are_mended(value: object, result: object) -> None:
    assert mended(value, Outer) == result


@pytest.mark.parametrize(
    "value",
    [
        {"id": True},
        {"id": 1.5},
        {"id": ["x"]},
        {"kind": 5},
        {"kind": "5"},
        {"inner": 5},
        {"many": {"id": 5}},
        {"anything": {"id": None, "n": 5}},
        [],
        "text",
        None,
    ],
)
def test_everything_else_is_left_alone(value: object) -> None:
    assert mended(value, Outer) == value
