"""Recognises an event that came before, within the last minutes and thousands.

Two keys, nothing else: an event's type with its own id (`t`, outer `id`), and for messages the type with the message's
id (`t`, `d.id`), because "the same msg_id may be pushed more than once" (EVT:79, EVT:149). No other id inside `d` is
one: a `CHANNEL_UPDATE` repeats its channel's id. An id that is absent or empty is no key. Payloads are not kept.

An event still being handled is never forgotten: however long its handler takes, a repetition finds it (D06, D07).
"""

from __future__ import annotations

from typing import Final, TypeAlias

import msgspec

from qqgw_trio.delivery.settling import FINISHED, Work

__all__ = ["Deduplicator"]

MESSAGE: Final = "MESSAGE_CREATE"
"""How the names of all types end that carry a message (`protocol.md` 6.2)."""

TWINS: Final = {
    "MESSAGE_CREATE": "AT_MESSAGE_CREATE",
    "AT_MESSAGE_CREATE": "MESSAGE_CREATE",
    "GROUP_MESSAGE_CREATE": "GROUP_AT_MESSAGE_CREATE",
    "GROUP_AT_MESSAGE_CREATE": "GROUP_MESSAGE_CREATE",
}
"""The other type under which the same message may come (`protocol.md` 6.1)."""

_Key: TypeAlias = tuple[str | None, str]


class _Head(msgspec.Struct, gc=False):
    id: str | None = None


_read_head = msgspec.json.Decoder(_Head).decode


class _Window:
    """First arrivals by one kind of key, in two generations: forgetting costs one step for thousands of them."""

    def __init__(self, seconds: float, size: int) -> None:
        self.young: dict[_Key, Work] = {}
        self.old: dict[_Key, Work] = {}
        self._seconds = seconds
        self._size = size
        self._begun = 0.0

    def __len__(self) -> int:
        return len(self.young) + len(self.old)

    def settle_on(self, key: _Key, work: Work) -> Work:
        """The first arrival, for a key that either generation knows of."""
        first = self.young[key]
        if first is work:
            first = self.old[key]
        if first.event is FINISHED and work.at - first.at >= self._seconds:
            first = work
        self.young[key] = first
        return first

    def prune(self, now: float) -> None:
        if len(self.young) < self._size and now - self._begun < self._seconds:
            return
        still_open = {key: work for key, work in self.old.items() if work.event is not FINISHED}
        self.old, self.young, self._begun = self.young, still_open, now


def _message_id(work: Work) -> str | None:
    message_id = None if work.typed is None else work.typed.message_id
    if message_id:
        return message_id
    try:
        return _read_head(work.event.d).id
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


class Deduplicator:
    """The memory of one bot, over all its shards.

    Args:
        seconds: How long an event is recognised after it came.
        size: How many events, and how many messages, are recognised at least; ids of twice as many are kept at most,
            and those of one batch.
    """

    def __init__(self, seconds: float, size: int) -> None:
        self._events = _Window(seconds, size)
        self._messages = _Window(seconds, size)

    def __len__(self) -> int:
        """How many keys are kept."""
        return len(self._events) + len(self._messages)

    def enter(self, work: Work) -> Work:
        """Remembers an event.

        Args:
            work: The event that has come.

        Returns:
            The first arrival of the same event: `work` itself if this is it.
        """
        event = work.event
        name, event_id = event.t, event.id
        if event_id:
            window = self._events
            key = (name, event_id)
            if window.young.setdefault(key, work) is not work or key in window.old:
                first = window.settle_on(key, work)
                if first is not work:
                    return first
        if name is None or not name.endswith(MESSAGE):
            return work
        message_id = _message_id(work)
        if not message_id:
            return work
        window = self._messages
        key = (name, message_id)
        if window.young.setdefault(key, work) is work and key not in window.old:
            return work
        first = window.settle_on(key, work)
        if event_id:
            # A message pushed again under another event id: that id now leads to the first arrival too.
            self._events.young[name, event_id] = first
        return first

    def enter_twin(self, work: Work) -> Work | None:
        """Lets the same message under its other type count as a repetition of this one.

        Args:
            work: An event that was taken for itself alone.

        Returns:
            That other event, where it has come already.
        """
        twin, message_id = TWINS.get(work.event.t or ""), _message_id(work)
        if twin is None or not message_id:
            return None
        key = (twin, message_id)
        first = self._messages.old.get(key) or self._messages.young.setdefault(key, work)
        return None if first is work else first

    def prune(self, now: float) -> None:
        """Forgets what is finished and long ago; called before each batch with the instant of its arrival."""
        self._events.prune(now)
        self._messages.prune(now)
