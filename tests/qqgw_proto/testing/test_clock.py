"""A clock that stands still until told to go on, and chance that is no chance."""

from __future__ import annotations

import pytest

from qqgw_proto.errors import MisuseError
from qqgw_proto.testing import Seeded, VirtualClock


def test_time_stands_still_until_it_is_told_to_go_on() -> None:
    clock = VirtualClock(5.0)
    assert clock() == clock() == 5.0
    clock.advance(2.5)
    assert clock() == 7.5


@pytest.mark.parametrize("seconds", [-0.1, float("nan")])
def test_it_does_not_go_back(seconds: float) -> None:
    clock = VirtualClock()
    with pytest.raises(MisuseError, match="a clock goes forward"):
        clock.advance(seconds)
    assert clock() == 1000.0


def test_chance_is_the_seed_cut_to_so_many_bits() -> None:
    assert [Seeded(0b1011).getrandbits(bits) for bits in (2, 64)] == [0b11, 0b1011]
