"""What a change of intents or of the number of shards leaves behind: sessions that no shard can resume.

A session belongs to its IDENTIFY: RESUME restores the intents and the shard tuple of that, and no others. So the events
of such a session are lost from the stop on, and the shard that serves the same guilds next announces that (design 4: no
loss is silent). Shard `i` of `n` and shard `j` of `m` have guilds in common exactly where `i` and `j` are equal modulo
`gcd(n, m)`, since a guild is served by the shard `(guild_id >> 22) % shard_count`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import attrs

from qqgw_proto.machine.session import Snapshot
from qqgw_trio.storage.session_file import SavedSession, SessionKey

__all__ = ["is_left_behind", "take_left_behind", "with_losses"]


def is_left_behind(old: SessionKey, new: SessionKey) -> bool:
    """Whether a shard takes over, wholly or in part, what another session was for and cannot resume it."""
    overlap = (old.shard_id - new.shard_id) % math.gcd(old.shard_count, new.shard_count) == 0
    return old != new and old.app_id == new.app_id and overlap


def take_left_behind(
    key: SessionKey,
    sessions: dict[SessionKey, SavedSession],
    is_spared: Callable[[SessionKey, SavedSession], bool],
) -> dict[SessionKey, Snapshot]:
    """Removes the sessions that a shard leaves behind.

    Args:
        key: Of the shard that starts.
        sessions: Of earlier processes, not claimed by any shard; what is returned is gone from them.
        is_spared: Which of them stay, since the bot may go back to them.

    Returns:
        The loss of each.
    """
    left = [old for old, saved in sessions.items() if is_left_behind(old, key) and not is_spared(old, saved)]
    return {old: sessions.pop(old).snapshot.expired() for old in left}


def with_losses(session: Snapshot | None, losses: Sequence[Snapshot]) -> Snapshot:
    """One snapshot whose start announces what all of them would, once.

    Args:
        session: What the shard itself has; None = nothing.
        losses: At least one, without a session.
    """
    if session is not None and session.session_id is not None:
        # It goes on; beside a session only open events of others have a place.
        return attrs.evolve(session, orphans=session.orphans + sum(loss.orphans + loss.lost for loss in losses))
    every = losses if session is None else [session, *losses]
    seq = next((loss.seq for loss in every if loss.lost), 0)
    return Snapshot(None, seq, orphans=sum(loss.orphans for loss in every), lost=any(loss.lost for loss in every))
