"""Full jitter's upper bound, and the machine's own chance."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qqgw_proto.config import ReconnectConfig
from qqgw_proto.machine.backoff import Randomness, backoff_bound, draw

# --- the bound -----------------------------------------------------------------------------------------------------


def test_the_bound_doubles_from_1_s_and_stops_at_30_s() -> None:
    # The specification's defaults: initial 1 s, factor 2, at most 30 s.
    assert [backoff_bound(ReconnectConfig(), failures) for failures in range(8)] == [1, 2, 4, 8, 16, 30, 30, 30]


def test_the_bound_follows_the_settings() -> None:
    config = ReconnectConfig(initial_delay=0.5, backoff_factor=3.0, max_delay=10.0)
    assert [backoff_bound(config, failures) for failures in range(4)] == [0.5, 1.5, 4.5, 10.0]


def test_a_factor_of_1_keeps_the_bound() -> None:
    assert backoff_bound(ReconnectConfig(backoff_factor=1.0), 1000) == 1.0


NUMBERS = st.floats(1e-9, 1e300, exclude_max=True)


@pytest.mark.parametrize("failures", [64, 65, 1024, 10**9])
def test_after_days_of_outage_the_bound_is_still_the_cap(failures: int) -> None:
    assert backoff_bound(ReconnectConfig(), failures) == 30.0


def test_from_64_failures_on_the_bound_grows_no_more() -> None:
    wide = ReconnectConfig(initial_delay=1.0, backoff_factor=2.0, max_delay=1e200)
    assert [backoff_bound(wide, failures) for failures in (63, 64, 65)] == [2.0**63, 2.0**64, 2.0**64]


@given(st.tuples(NUMBERS, NUMBERS), NUMBERS, st.integers(0, 10**6))
def test_the_bound_is_never_above_the_cap_whatever_is_set(
    delays: tuple[float, float], factor: float, failures: int
) -> None:
    initial, cap = sorted(delays)
    config = ReconnectConfig(initial_delay=initial, backoff_factor=factor, max_delay=cap)
    assert 0 <= backoff_bound(config, failures) <= cap


# --- chance --------------------------------------------------------------------------------------------------------


def test_chance_is_splitmix64() -> None:
    # The published outputs for the seed 1234567; 53 bits of each make a float.
    expected = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    seed = 1234567
    drawn: list[float] = []
    for _ in expected:
        seed, chance = draw(seed)
        drawn.append(chance)
    assert drawn == [(value >> 11) / 2**53 for value in expected]


def test_the_position_wraps_at_64_bits() -> None:
    seed, chance = draw(2**64 - 1)
    assert seed == 0x9E3779B97F4A7C14
    assert 0 <= chance < 1


@given(st.integers(0, 2**64 - 1))
def test_chance_is_from_0_to_below_1_and_the_same_for_the_same_seed(seed: int) -> None:
    following, chance = draw(seed)
    assert 0 <= chance < 1
    assert 0 <= following < 2**64
    assert draw(seed) == (following, chance)


def test_any_generator_of_the_standard_library_can_seed_it() -> None:
    generator: Randomness = random.Random(7)
    assert 0 <= generator.getrandbits(64) < 2**64
