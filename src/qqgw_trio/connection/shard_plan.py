"""Which shards of how many a process runs: one, all, some of them, or as many as the platform recommends.

    ShardPlan.of("auto")          all shards, as many as `GET /gateway/bot` recommends
    ShardPlan.of(16)              all 16
    ShardPlan.of("0-3/16")        four of 16; other processes run the others
    ShardPlan.of("0,4,8-11/16")   likewise
    ShardPlan.of(ShardConfig(3, 16))

"All count shards must be connected to see everything" (EE:207): between them, the processes of a bot run every shard
once, all with the same count.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final, Self, TypeAlias

import attrs

from qqgw_proto.config import ShardConfig
from qqgw_proto.config_rules import checked, shown
from qqgw_proto.errors import ConfigurationError

__all__ = ["ONE_SHARD", "ShardPlan", "Shards"]

MOST_SHARDS: Final = 100_000
"""More than any bot has; a number mistyped by a digit or two is refused before it eats the memory."""

_REMEDY: Final = 'write "auto", a count like 16, or ids and count like "0-3/16"'
_IDS: Final = re.compile(r"\d{1,6}(-\d{1,6})?(,\d{1,6}(-\d{1,6})?)*")
_COUNT: Final = re.compile(r"-?(0|[1-9][0-9]{0,18})")
"""Any whole number: one that is no count is refused in the same words, whether it was written as a number or a text."""


@attrs.frozen(field_transformer=checked)
class ShardPlan:
    """Shards of one process.

    Attributes:
        count: All shards of the bot, over all processes; None = as many as the platform recommends.
        ids: Those that this process runs, growing; None = all.

    Raises:
        ConfigurationError: No bot can have these shards.
    """

    count: int | None = 1
    ids: tuple[int, ...] | None = None

    def __attrs_post_init__(self) -> None:
        if self.count is None:
            if self.ids is not None:
                raise ConfigurationError("shards: ids need a count", remedy=_REMEDY)
            return
        if not 1 <= self.count <= MOST_SHARDS:
            raise ConfigurationError(f"shards: the count must be from 1 to {MOST_SHARDS}", remedy=_REMEDY)
        if self.ids is None:
            return
        if not self.ids or not all(0 <= number < self.count for number in self.ids):
            raise ConfigurationError(f"shards: ids must be from 0 to {self.count - 1}", remedy=_REMEDY)
        if any(later <= number for number, later in pairwise(self.ids)):
            raise ConfigurationError("shards: ids must grow, and each stand there once", remedy=_REMEDY)

    @classmethod
    def of(cls, shards: Shards) -> Self:
        """The plan that a number, a text or a `ShardConfig` names.

        Raises:
            ConfigurationError: It names none.
        """
        if isinstance(shards, ShardPlan):
            return cls(shards.count, shards.ids)
        if isinstance(shards, ShardConfig):
            return cls(shards.shard_count, (shards.shard_id,))
        if isinstance(shards, int) and not isinstance(shards, bool):
            return cls(shards)
        if isinstance(shards, str):
            return cls._of_text(shards.replace(" ", ""))
        raise ConfigurationError(f"shards: {shown(shards)} names none", remedy=_REMEDY)

    @classmethod
    def _of_text(cls, text: str) -> Self:
        if text == "auto":
            return cls(None)
        ids, slash, count = text.rpartition("/")
        if not _COUNT.fullmatch(count) or (slash and not _IDS.fullmatch(ids)):
            raise ConfigurationError(f"shards: {shown(text)} names none", remedy=_REMEDY)
        return cls(int(count), _ids_of(ids, int(count)) if slash else None)

    @property
    def is_automatic(self) -> bool:
        """Whether the platform is asked for the count."""
        return self.count is None

    def fixed(self, count: int) -> ShardPlan:
        """The plan once the platform has named a count; one with a count of its own stays as it is."""
        return self if self.count is not None else ShardPlan(count)

    def configs(self) -> list[ShardConfig]:
        """One for each shard that this process runs.

        Raises:
            ConfigurationError: The count is not known yet.
        """
        if self.count is None:
            raise ConfigurationError("shards: the count is not known before the platform has named it")
        return [ShardConfig(number, self.count) for number in self.ids or range(self.count)]

    def __str__(self) -> str:
        """As it is written: `auto`, `16` or `0,1,2/16`."""
        if self.count is None:
            return "auto"
        return str(self.count) if self.ids is None else f"{','.join(map(str, self.ids))}/{self.count}"


Shards: TypeAlias = ShardPlan | ShardConfig | int | str
"""A plan, one shard of many, a count, or text such as "auto" and "0-3/16"."""

ONE_SHARD: Final = ShardPlan()


def _ids_of(text: str, count: int) -> tuple[int, ...]:
    ids: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        if dash and int(last) < int(first):
            raise ConfigurationError(f"shards: {part} runs backwards", remedy=_REMEDY)
        # Cut where the check for the count will find it.
        ids.update(range(int(first), min(int(last or first), count) + 1))
    return tuple(sorted(ids))
