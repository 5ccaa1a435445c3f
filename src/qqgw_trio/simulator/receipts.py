"""What may be replied to, and what has been: the rules of passive messages (`protocol.md` 8 and 9).

A message can be named by its `d.id` within its window; groups and C2C take each (id, msg_seq) once and a limited
number of replies. Some notices can be named by their outer id. What is unknown is refused with the code that the
platform uses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from qqgw_trio.simulator.settings import RestSettings
from qqgw_trio.simulator.world import WorldEvent

__all__ = ["Receipts", "Refused"]

_MOST: Final = 100_000

_REPLIABLE: Final = {
    "channel": ("GUILD_MEMBER_", "MESSAGE_REACTION_", "FORUM_THREAD_", "FORUM_POST_", "FORUM_REPLY_", "INTERACTION_"),
    "dm": ("INTERACTION_",),
    "c2c": ("FRIEND_ADD", "C2C_MSG_RECEIVE", "INTERACTION_CREATE"),
    "group": ("GROUP_ADD_ROBOT", "GROUP_MSG_RECEIVE", "INTERACTION_CREATE", "GROUP_MEMBER_ADD"),
}
"""Beginnings of the types whose outer id is an `event_id`, by kind (POST:50-62; SEND:82,145)."""


@attrs.frozen
class Refused:
    """A code of the REST API and its words."""

    code: int
    message: str


@attrs.define
class _Expected:
    type_name: str
    at: float
    seqs: set[int] = attrs.field(factory=set[int])


class Receipts:
    """Messages and events that the platform sent.

    Args:
        settings: Windows and limits.
        now: Seconds, growing.
    """

    def __init__(self, settings: RestSettings, now: Callable[[], float]) -> None:
        self._settings = settings
        self._now = now
        self._messages: dict[str, _Expected] = {}
        self._events: dict[str, _Expected] = {}
        self._interactions: dict[str, None] = {}

    def expect(self, event: WorldEvent) -> None:
        """Remembers an event that is being sent; the oldest are forgotten."""
        expected = _Expected(event.type_name, self._now())
        self._events[event.event_id] = expected
        if event.message_id is not None:
            self._messages[event.message_id] = expected
        elif event.type_name == "INTERACTION_CREATE" and event.own_id is not None:
            self._interactions[event.own_id] = None
        for kept in (self._messages, self._events, self._interactions):
            if len(kept) > _MOST:
                del kept[next(iter(kept))]

    def knows_interaction(self, interaction_id: str) -> bool:
        """Whether such an interaction was sent."""
        return interaction_id in self._interactions

    def check(self, kind: str, msg_id: str | None, event_id: str | None, msg_seq: int) -> Refused | None:
        """Whether a reply may be sent, and notes it where it may.

        Args:
            kind: group, c2c, channel or dm.
            msg_id: The message that is replied to, if one is named.
            event_id: The event that is replied to, if one is named.
            msg_seq: "Default 1; the pair (msg_id, msg_seq) must be unique or the send fails" (SEND:84).
        """
        if msg_id is not None:
            expected, refused = self._messages.get(msg_id), Refused(304026, "invalid msg_id")
        elif event_id is not None:
            expected, refused = self._repliable(kind, event_id), Refused(40034027, "event_id cannot be replied to")
        else:
            return None
        return refused if expected is None else self._answer(kind, expected, msg_seq)

    def _repliable(self, kind: str, event_id: str) -> _Expected | None:
        expected = self._events.get(event_id)
        if expected is None or not expected.type_name.startswith(_REPLIABLE[kind]):
            return None
        return expected

    def _answer(self, kind: str, expected: _Expected, msg_seq: int) -> Refused | None:
        if self._now() - expected.at > self._window(kind):
            return Refused(304027, "msg_id expired")
        if kind in {"group", "c2c"}:
            most = self._settings.max_replies
            if msg_seq in expected.seqs:
                return Refused(40054005, "duplicate msg_seq")
            if most is not None and len(expected.seqs) >= most:
                return Refused(22009, "msg limit exceed")
        expected.seqs.add(msg_seq)
        return None

    def _window(self, kind: str) -> float:
        settings = self._settings
        return {"group": settings.group_window, "c2c": settings.c2c_window}.get(kind, settings.channel_window)
