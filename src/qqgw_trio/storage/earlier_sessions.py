"""What a session file held when it was opened and no shard of this process has claimed.

A session is claimed by the shard whose key it bears. If it is too old to be resumed, the shard gets only
its loss, to announce it. A session of another layout goes, as a loss, to the shard that takes its place (`layouts`).

A session that the bot may go back to, once the gateway has refused its first intents, is spared as long as it can be
resumed. No loss is silent (design 4): if a session grows too old while nobody claims it (because another process runs
its shard, say), its loss is kept until some shard announces it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from qqgw_proto.machine.session import Snapshot
from qqgw_trio.storage.layouts import take_left_behind
from qqgw_trio.storage.session_file import SavedSession, SessionKey

__all__ = ["EarlierSessions"]

logger = logging.getLogger("qqgw_trio.storage.store")


class EarlierSessions:
    """Sessions of earlier processes.

    Args:
        sessions: As read.
        max_age: Seconds after which one is too old to be resumed.
        spared_intents: Of those that the bot may go back to; None = it goes back to none.
        wall_clock: Seconds since 1970.
    """

    def __init__(
        self,
        sessions: Mapping[SessionKey, SavedSession],
        max_age: float,
        spared_intents: int | None,
        wall_clock: Callable[[], float],
    ) -> None:
        self._sessions = dict(sessions)
        self._max_age = max_age
        self._spared_intents = spared_intents
        self._wall_clock = wall_clock

    def claim(self, key: SessionKey) -> Snapshot | None:
        """Takes out what a shard had before, or its loss where that is too old."""
        saved = self._sessions.pop(key, None)
        if saved is None or not self._has_aged(saved):
            return None if saved is None else saved.snapshot
        logger.warning("shard %d: its session is too old to resume; what happened since is lost", key.shard_id)
        return saved.snapshot.expired()

    def take_left_behind(self, key: SessionKey) -> list[Snapshot]:
        """Takes out the losses of other layouts that a shard is the first to stand for."""
        left = take_left_behind(key, self._sessions, self._is_spared)
        if left:
            names = ", ".join(f"{old.shard_id}/{old.shard_count} with intents {old.intents}" for old in left)
            logger.warning("shard %d: sessions of another layout (%s) are lost, with all since", key.shard_id, names)
        return list(left.values())

    def forget(self, key: SessionKey) -> None:
        """Forgets a session: a shard has begun another in its place."""
        self._sessions.pop(key, None)

    def kept(self) -> dict[SessionKey, SavedSession]:
        """What stays in the file: recent sessions, and the losses of those that have grown too old."""
        for key, saved in self._sessions.items():
            if self._has_aged(saved):
                self._sessions[key] = SavedSession(saved.snapshot.expired(), saved.saved_at)
                told = (key.shard_id, key.intents)
                logger.warning("shard %d: its session with intents %d is too old to go back to and is lost", *told)
        return dict(self._sessions)

    def _is_spared(self, key: SessionKey, saved: SavedSession) -> bool:
        resumable = saved.snapshot.session_id is not None and not self._has_aged(saved)
        return resumable and key.intents == self._spared_intents

    def _has_aged(self, saved: SavedSession) -> bool:
        """Whether a session is too old to be resumed; a loss never is, it waits to be announced."""
        return saved.snapshot.session_id is not None and self._wall_clock() - saved.saved_at > self._max_age
