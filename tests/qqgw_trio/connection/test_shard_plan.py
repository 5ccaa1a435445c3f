"""What names shards, and which shards it names."""

from __future__ import annotations

from typing import cast

import pytest

from qqgw_proto.config import ShardConfig
from qqgw_proto.errors import ConfigurationError
from qqgw_trio.connection.shard_plan import ONE_SHARD, ShardPlan, Shards


@pytest.mark.parametrize(
    ("shards", "plan", "ids"),
    [
        (1, ShardPlan(1), [0]),
        (4, ShardPlan(4), [0, 1, 2, 3]),
        ("3", ShardPlan(3), [0, 1, 2]),
        ("0-3/16", ShardPlan(16, (0, 1, 2, 3)), [0, 1, 2, 3]),
        ("15/16", ShardPlan(16, (15,)), [15]),
        ("8 - 9, 0, 2 / 16", ShardPlan(16, (0, 2, 8, 9)), [0, 2, 8, 9]),
        ("1,1,0-1/2", ShardPlan(2, (0, 1)), [0, 1]),
        (ShardConfig(3, 16), ShardPlan(16, (3,)), [3]),
        (ShardPlan(2), ShardPlan(2), [0, 1]),
    ],
)
def test_shards_are_named_in_several_ways(shards: Shards, plan: ShardPlan, ids: list[int]) -> None:
    found = ShardPlan.of(shards)
    assert found == plan
    assert not found.is_automatic
    assert [config.shard_id for config in found.configs()] == ids
    assert {config.shard_count for config in found.configs()} == {plan.count}


def test_automatic_is_as_many_as_the_platform_recommends() -> None:
    plan = ShardPlan.of("auto")
    assert plan.is_automatic
    assert plan.fixed(3) == ShardPlan(3)
    assert ShardPlan(2).fixed(3) == ShardPlan(2)
    with pytest.raises(ConfigurationError, match="not known before the platform has named it"):
        plan.configs()


@pytest.mark.parametrize(
    ("shards", "words"),
    [
        ("", "'' names none"),
        ("many", "'many' names none"),
        ("0", "the count must be from 1 to 100000"),
        ("-1", "the count must be from 1 to 100000"),
        ("0-3/0", "the count must be from 1 to 100000"),
        ("9223372036854775807", "the count must be from 1 to 100000"),
        ("9" * 5000, "names none"),
        ("016", "'016' names none"),
        ("1.5", "'1.5' names none"),
        ("٣", "names none"),
        ("/4", "'/4' names none"),
        ("0-/4", "names none"),
        ("0-3/auto", "names none"),
        ("0-3", "names none"),
        ("4/4", "ids must be from 0 to 3"),
        ("0-999999/4", "ids must be from 0 to 3"),
        ("3-1/4", "3-1 runs backwards"),
        ("999999", "from 1 to 100000"),
        (0, "from 1 to 100000"),
        (-3, "from 1 to 100000"),
        (True, "True names none"),
        (None, "None names none"),
        (2.0, "2.0 names none"),
    ],
)
def test_what_names_no_shards_is_refused_with_the_ways_to_write_them(shards: object, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words) as caught:
        ShardPlan.of(cast("Shards", shards))
    assert '"0-3/16"' in str(caught.value)


@pytest.mark.parametrize(("count", "ids"), [(None, (0,)), (2, ()), (2, (2,)), (2, (-1,))])
def test_numbers_that_do_not_fit_are_refused_in_a_plan_as_well(count: int | None, ids: tuple[int, ...]) -> None:
    with pytest.raises(ConfigurationError, match="shards: ids"):
        ShardPlan(count, ids)


@pytest.mark.parametrize("ids", [(1, 0), (1, 1)])
def test_a_plan_names_each_shard_once(ids: tuple[int, ...]) -> None:
    with pytest.raises(ConfigurationError, match="shards: ids must grow, and each stand there once"):
        ShardPlan(2, ids)


@pytest.mark.parametrize("text", ["auto", "16", "0,1,2,3/16"])
def test_a_plan_is_shown_as_it_is_written(text: str) -> None:
    assert str(ShardPlan.of(text)) == text


def test_one_shard_is_what_a_bot_has_where_nothing_is_said() -> None:
    assert ONE_SHARD.configs() == [ShardConfig(0, 1)]
