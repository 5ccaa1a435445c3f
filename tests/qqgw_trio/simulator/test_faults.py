"""Faults as values, and as JSON."""

from __future__ import annotations

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.simulator.faults import Fault, FaultKind


def test_a_kind_alone_is_a_fault() -> None:
    assert Fault.of({"kind": "reset"}) == Fault(FaultKind.RESET)


def test_every_field_can_be_given() -> None:
    given = {"kind": "invalid_session", "code": 4014, "resumable": True, "shard": 2, "seconds": 0.5, "why": "so"}
    expected = Fault(FaultKind.INVALID_SESSION, code=4014, resumable=True, shard=2, seconds=0.5, why="so")
    assert Fault.of(given) == expected


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({}, "kind"),
        ({"kind": "explode"}, "explode"),
        ({"kind": "reset", "force": 3}, "'force'"),
        ({"kind": "close", "code": "4009"}, "code"),
        ({"kind": "close", "code": 65536}, "65536"),
        ({"kind": "close", "code": -1}, "-1"),
        ({"kind": "close", "code": 0}, "close takes no code 0"),
        ({"kind": "close", "code": 999}, "999"),
        ({"kind": "close", "code": 5000}, "5000"),
        ({"kind": "close", "code": 1005}, "no close frame carries the code 1005"),
        ({"kind": "invalid_session", "code": 1006}, "1006"),
        ({"kind": "refuse_identifies", "code": 1015}, "1015"),
        ({"kind": "refuse_resumes", "code": 65535}, "65535"),
        ({"kind": "close", "why": "ü" * 62}, "at most 123 bytes"),
        ({"kind": "refuse_resumes", "why": "x" * 124}, "at most 123 bytes"),
        ({"kind": "heartbeat", "count": 10_001}, "at most 10000 heartbeats"),
        ({"kind": "reset", "code": -1}, "-1"),
        ({"kind": "refuse_upgrades", "code": 101}, "101"),
        ({"kind": "rest", "code": 600}, "600"),
        ({"kind": "cut_frame", "at": -1}, "negative"),
        ({"kind": "slow_writes", "seconds": -0.5}, "negative"),
        ({"kind": "close", "why": "two\nlines"}, "one line"),
    ],
)
def test_what_is_no_fault_is_refused_with_the_kinds_that_there_are(fields: dict[str, object], word: str) -> None:
    with pytest.raises(ConfigurationError, match=word) as caught:
        Fault.of(fields)
    assert "half_open" in caught.value.remedy


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "close", "code": 1000, "why": "x" * 123},
        {"kind": "close", "code": 4999},
        {"kind": "heartbeat", "count": 10_000},
        {"kind": "rest", "why": "x" * 1000, "count": 1_000_000_000},
    ],
)
def test_the_largest_that_goes_on_the_wire_is_a_fault(fields: dict[str, object]) -> None:
    assert Fault.of(fields).kind.value == fields["kind"]
