"""Which shard serves a guild: the protocol's vectors."""

from __future__ import annotations

import pytest

from qqgw_proto.config import Deadlines
from qqgw_proto.errors import ConfigurationError
from qqgw_proto.sharding import DEFAULT_LEASE, shard_for


def test_a_permit_is_lent_for_twice_as_long_as_the_way_to_the_identify_may_take() -> None:
    limits = Deadlines()
    assert DEFAULT_LEASE == 2 * (limits.access + limits.dial + limits.upgrade + limits.hello) == 120.0


@pytest.mark.parametrize(
    ("guild_id", "shard_count", "shard_id"),
    [
        ("200000000", 4, 3),
        ("200000000", 9, 2),
        ("18700000000001", 4, 3),
        ("18700000000001", 9, 7),
        ("46646271634786417", 9, 3),
        ("46646271634786417", 16, 11),
        ("47129941624960822", 9, 4),
        ("47129941624960822", 16, 3),
        ("5233096270906057162", 9, 0),
        ("5233096270906057162", 16, 11),
        ("0", 3, 0),
        ("18446744073709551615", 1000, 103),
        ("18446744073709551615", 1, 0),
    ],
)
def test_a_guild_is_routed_as_the_server_routes_it(guild_id: str, shard_count: int, shard_id: int) -> None:
    assert shard_for(guild_id, shard_count) == shard_id
    assert shard_for(int(guild_id), shard_count) == shard_id


@pytest.mark.parametrize(
    "guild_id",
    [
        "18446744073709551616",
        2**64,
        -1,
        10**5000,
        "-1",
        "+1",
        "",
        " 1",
        "1_0",
        "0x1",
        "1.0",
        "٣",
        "²",
        "9" * 5000,
        "0" * 20 + "1",
        "0123456789abcdef",
        True,
    ],
    ids=lambda guild_id: str(guild_id)[:24] if isinstance(guild_id, str) else f"int {guild_id:x}"[:24],
)
def test_what_is_no_guild_id_is_refused(guild_id: str | int) -> None:
    with pytest.raises(ConfigurationError, match="a guild id is decimal digits of at most 64 bits, not ") as caught:
        shard_for(guild_id, 4)
    assert len(str(caught.value)) < 100


@pytest.mark.parametrize("shard_count", [0, -1, True])
def test_a_shard_count_is_a_whole_number_from_one(shard_count: int) -> None:
    with pytest.raises(ConfigurationError, match="shard_count must be a whole number from 1, not "):
        shard_for("200000000", shard_count)


def test_a_text_is_shown_as_far_as_32_characters_and_of_others_the_kind() -> None:
    with pytest.raises(ConfigurationError, match=rf"not '{'x' * 32}'$"):
        shard_for("x" * 40, 4)
    with pytest.raises(ConfigurationError, match=r"not this int$"):
        shard_for(-1, 4)
