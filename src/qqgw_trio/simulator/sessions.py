"""Sessions: numbers, buffers, who is connected, and who may come back.

A session gives every event the next `s` (READY is 1), keeps its frame for a RESUME, and hands it to its connection if
there is one; without one it goes on collecting until its resume window is over. A fresh IDENTIFY of a shard ends the
sessions of that shard that have no connection; those that have one go on side by side.
"""

from __future__ import annotations

import uuid
import zlib
from collections import deque
from collections.abc import Callable, Sequence
from random import Random
from typing import Final, Protocol

import attrs

from qqgw_proto.events.intents import INTENTS
from qqgw_proto.sharding import shard_for
from qqgw_proto.wire import frames
from qqgw_trio.simulator.settings import SessionSettings
from qqgw_trio.simulator.world import WorldEvent

__all__ = ["Link", "Replay", "Session", "Sessions"]

_BIT_OF: Final = {type_name: info.bit for info in INTENTS.values() for type_name in info.events}


class Link(Protocol):
    """A connection, as a session sees it."""

    def deliver(self, seq: int, frame: bytes) -> None:
        """Sends one event."""
        ...

    def dismiss(self) -> None:
        """Tells that another connection has taken the session over."""
        ...


@attrs.frozen
class Replay:
    """What a RESUME gets.

    Attributes:
        frames: Numbers and frames, in order.
        missing: First and last number that the buffer no longer has, None where it has all.
    """

    frames: Sequence[tuple[int, bytes]]
    missing: tuple[int, int] | None


@attrs.define(eq=False)
class Session:
    """One session.

    Attributes:
        session_id: As in READY.
        intents: As in the IDENTIFY.
        shard: As in the IDENTIFY.
        settings: How it is kept.
        seq: The last number given.
        link: The connection that has it now.
        detached_at: Since when it has none.
        resumed_seq: The number of the last RESUMED.
    """

    session_id: str
    intents: int
    shard: tuple[int, int]
    settings: SessionSettings
    seq: int = 1
    link: Link | None = None
    detached_at: float | None = None
    resumed_seq: int = 0
    _forgotten: int = 0
    _buffer: deque[tuple[int, bytes]] = attrs.field(factory=deque[tuple[int, bytes]], repr=False)

    def wants(self, type_name: str) -> bool:
        """Whether the intents cover this type."""
        bit = _BIT_OF.get(type_name)
        return bit is not None and bool(self.intents >> bit & 1)

    def serves(self, event: WorldEvent) -> bool:
        """Whether this event is for this session's shard: by guild (EE:386), else spread by place (undocumented)."""
        shard_id, count = self.shard
        if event.guild_id is not None:
            return shard_for(event.guild_id, count) == shard_id
        return zlib.crc32(event.place.encode()) % count == shard_id

    def push(self, event: WorldEvent) -> int:
        """Numbers an event, keeps it, and sends it if a connection is there."""
        self.seq += 1
        frame = frames.dispatch(event.type_name, self.seq, event.payload, event.event_id)
        self._buffer.append((self.seq, frame))
        while len(self._buffer) > self.settings.replay_buffer:
            self._forget_oldest()
        if self.link is not None:
            self.link.deliver(self.seq, frame)
        return self.seq

    def acknowledge(self, seq: int | None) -> None:
        """A heartbeat says that everything up to `seq` has arrived."""
        if self.settings.trim_on_heartbeat and seq is not None:
            while self._buffer and self._buffer[0][0] <= seq:
                self._forget_oldest()

    def replay(self, seq: int, *, overlap: int = 0, dropped: int = 0) -> Replay:
        """What came after `seq`.

        Args:
            seq: The last number that the client has.
            overlap: Further events below it, sent once more.
            dropped: Events left out at the beginning.
        """
        if seq < self.resumed_seq == self.seq:
            self.seq -= 1  # That RESUMED never arrived and nothing follows it: its number is free again.
        older = [entry for entry in self._buffer if entry[0] <= seq]
        newer = [entry for entry in self._buffer if entry[0] > seq]
        gone = [number for number, _ in newer[:dropped]]
        if seq < self._forgotten:
            gone = [seq + 1, self._forgotten, *gone]
        missing = (gone[0], gone[-1]) if gone else None
        return Replay([*older[max(len(older) - overlap, 0) :], *newer[dropped:]], missing)

    def resumed_frame(self) -> bytes:
        """RESUMED, "typed decoders expecting an object fail exactly" on its `d` (`protocol.md` 10.4)."""
        if self.settings.resumed_seq == "own":
            self.seq += 1
            self.resumed_seq = self.seq
        return frames.dispatch("RESUMED", self.seq, "")

    def _forget_oldest(self) -> None:
        self._forgotten = self._buffer.popleft()[0]


class Sessions:
    """All sessions of the bot.

    Args:
        settings: How they are kept.
        rng: Makes their ids.
        now: Seconds, growing.
        on_end: Called with a session that ends, and why.
    """

    def __init__(
        self,
        settings: SessionSettings,
        rng: Random,
        now: Callable[[], float],
        on_end: Callable[[Session, str], None],
    ) -> None:
        self._settings = settings
        self._rng = rng
        self._now = now
        self._on_end = on_end
        self._sessions: dict[str, Session] = {}

    @property
    def standing(self) -> list[Session]:
        """Sessions that have a connection or may still be resumed."""
        self._expire()
        return list(self._sessions.values())

    def find(self, session_id: str) -> Session | None:
        """A session that stands."""
        self._expire()
        return self._sessions.get(session_id)

    def begin(self, intents: int, shard: tuple[int, int], link: Link) -> Session:
        """A fresh session for an IDENTIFY."""
        for other in self.standing:
            if other.shard == shard and other.link is None:
                self.end(other, "identified afresh")
        session_id = str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
        session = Session(session_id, intents, shard, self._settings, link=link)
        self._sessions[session_id] = session
        return session

    def attach(self, session: Session, link: Link) -> None:
        """A connection takes a session over; the one that had it is left with none."""
        former, session.link = session.link, link
        session.detached_at = None
        if former is not None:
            former.dismiss()

    def detach(self, session: Session, link: Link) -> None:
        """A connection is over."""
        if session.link is link:
            session.link = None
            session.detached_at = self._now()

    def end(self, session: Session, why: str) -> None:
        """Forgets a session; nothing happens to one that is forgotten already."""
        session.link = None
        if self._sessions.pop(session.session_id, None) is not None:
            self._on_end(session, why)

    def _expire(self) -> None:
        oldest = self._now() - self._settings.resume_window
        for session in list(self._sessions.values()):
            if session.detached_at is not None and session.detached_at < oldest:
                self.end(session, "the resume window is over")
