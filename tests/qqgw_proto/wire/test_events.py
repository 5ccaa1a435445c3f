"""What a wire reports, as values."""

from __future__ import annotations

import math

import pytest

from qqgw_proto.wire.events import Rejected


@pytest.mark.parametrize(
    ("said", "kept"), [(None, None), (0.0, 0.0), (0.25, 0.25), (-1.0, 0.0), (90.0, 90.0), (math.nan, None)]
)
def test_a_wait_is_kept_as_it_was_said_where_it_is_one(said: float | None, kept: float | None) -> None:
    assert Rejected(503, said, "").retry_after == kept


def test_an_endless_wait_has_an_end() -> None:
    wait = Rejected(503, math.inf, "").retry_after
    assert wait is not None
    assert math.isfinite(wait)
