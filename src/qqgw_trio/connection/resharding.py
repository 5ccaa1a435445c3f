"""What a person can do after close code 4011 (too many guilds for one connection), once the platform was asked again.

"Fatal for this layout: refetch /gateway/bot, reshard" (`protocol.md` 4.1). Where the platform recommends no more shards
than it has just refused, its recommendation is no way out: the person has to choose a higher count. Twice as many split
each shard in two, since guilds are spread by `(guild_id >> 22) % count` (EE:386-390).
"""

from __future__ import annotations

from qqgw_proto.errors import ReshardRequired

__all__ = ["advised"]


def advised(error: ReshardRequired, count: int, wanted: int) -> ReshardRequired:
    """The error with both counts and with what is to be done.

    Args:
        error: As the shard failed with it.
        count: Shards that the bot runs with.
        wanted: Shards that the platform recommends.
    """
    return ReshardRequired(
        f"{error.message}; the bot runs with {count}, the platform recommends {wanted}",
        code=error.code,
        remedy=_remedy(count, wanted),
    )


def _remedy(count: int, wanted: int) -> str:
    if wanted > count:
        return f'start every process of the bot with shards={wanted}, or this one with shards="auto"'
    return (
        "start every process of the bot with more shards than the platform recommends, "
        f"such as shards={2 * count}, which splits each shard in two"
    )
