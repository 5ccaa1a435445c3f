from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from qqgw_proto.events import parse_timestamp
from qqgw_proto.events.timestamps import RawTimestamp

CHINA = timezone(timedelta(hours=8))
MOMENT = datetime(2023, 11, 6, 13, 37, 18, tzinfo=CHINA)


@pytest.mark.parametrize(
    "raw",
    [
        "2023-11-06T13:37:18+08:00",
        "2023-11-06T05:37:18Z",
        "2023-11-06 13:37:18 +0800 CST m=+0.000001",
        "2023-11-06 13:37:18 +0800 CST",
        1699249038,
        1699249038.0,
        pytest.param("1699249038", id="seconds as text"),
        " 2023-11-06T13:37:18+08:00 ",
    ],
)
def test_every_form_is_the_same_moment(raw: RawTimestamp) -> None:
    assert parse_timestamp(raw) == MOMENT


def test_the_offset_of_the_text_is_kept() -> None:
    moment = parse_timestamp("2023-11-06T13:37:18+08:00")
    assert moment is not None
    assert moment.utcoffset() == timedelta(hours=8)


def test_fractions_are_kept_to_the_microsecond() -> None:
    expected = MOMENT.replace(microsecond=123456)
    assert parse_timestamp("2023-11-06T13:37:18.123456+08:00") == expected
    assert parse_timestamp("2023-11-06 13:37:18.123456789 +0800 CST m=+3.2") == expected


def test_a_time_without_offset_is_taken_to_be_chinese_as_all_documented_ones_are() -> None:
    assert parse_timestamp("2023-11-06T13:37:18") == MOMENT


def test_zero_is_a_time() -> None:
    assert parse_timestamp(0) == datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("raw", [None, "", "soon", "2023-13-45T99:00:00Z", 10**30, -(10**30), 1e300, "9" * 40])
def test_what_cannot_be_read_is_none(raw: RawTimestamp) -> None:
    assert parse_timestamp(raw) is None
