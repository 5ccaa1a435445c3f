"""What the owner of a gateway keeps: sessions, their numbers, what may have to be sent again, and how it judges."""

from __future__ import annotations

from collections import deque

import attrs

from qqgw_proto.machine.server_effects import JudgeIdentify, JudgeResume
from qqgw_proto.wire import frames
from support.pairing_network import Link

__all__ = ["Judgement", "Session", "Sessions"]


@attrs.frozen
class Judgement:
    """An answer to IDENTIFY or RESUME: any of these, in this order; nothing at all is silence."""

    ready: bytes | None = None
    frames: tuple[bytes, ...] = ()
    resumed: bytes | None = None
    close: int | None = None
    refuses: bool = False


@attrs.define(eq=False)
class Session:
    """One session.

    Attributes:
        session_id: As in its READY.
        link: The connection that it lives on.
        seq: The latest number given.
        events: What happened in it: number -> which event.
        trimmed: Numbers that are never sent again.
        alive: Whether it can be resumed.
    """

    session_id: str
    link: Link | None
    seq: int = 1
    events: dict[int, int] = attrs.field(factory=dict[int, int])
    trimmed: set[int] = attrs.field(factory=set[int])
    alive: bool = True

    def make(self, count: int) -> list[bytes]:
        """So many events happen."""
        made: list[bytes] = []
        for _ in range(count):
            self.seq += 1
            self.events[self.seq] = len(self.events) + 1
            made.append(self._frame(self.seq))
        return made

    def missed(self, seq: int) -> tuple[bytes, ...]:
        """Everything above a number, in order."""
        return tuple(self._frame(number) for number in self.events if number > seq and number not in self.trimmed)

    def trim(self, after: int) -> None:
        """Forgets all events above this number that have happened so far."""
        self.trimmed |= {number for number in self.events if number > after}

    def _frame(self, number: int) -> bytes:
        event: frames.JsonValue = {"session": self.session_id, "n": self.events[number], "text": "你好"}
        return frames.dispatch("GROUP_AT_MESSAGE_CREATE", number, event, f"GROUP_AT_MESSAGE_CREATE:{number}")


@attrs.define
class Sessions:
    """All of them, and orders how to judge next.

    Attributes:
        resumed_counts: Whether RESUMED has a number of its own.
        overlap: How many events a replay brings that were received before.
        by_id: Every session ever begun.
        orders: Answers given instead of the right ones, first come first served.
    """

    resumed_counts: bool
    overlap: int = 0
    by_id: dict[str, Session] = attrs.field(factory=dict[str, Session])
    orders: deque[Judgement] = attrs.field(factory=deque[Judgement])

    @property
    def latest(self) -> Session | None:
        """The youngest."""
        return next(reversed(self.by_id.values()), None)

    def judge(self, link: Link, asked: JudgeIdentify | JudgeResume, token: str) -> Judgement:
        """Answers as a gateway does, or as ordered."""
        assert asked.token == token
        if self.orders:
            return self.orders.popleft()
        if isinstance(asked, JudgeIdentify):
            return self._begin(link)
        session = self.by_id[asked.session_id]
        assert asked.seq <= session.seq, "nobody can have received what was never sent"
        if not session.alive:
            # "RESUME of a dead session: op 9", and its close code names the cause (protocol.md 3.5, 4.1).
            return Judgement(frames=(frames.invalid_session(resumable=False),), close=4006, refuses=True)
        session.link = link
        missed = session.missed(asked.seq - self.overlap)
        session.seq += self.resumed_counts
        return Judgement(frames=missed, resumed=frames.dispatch("RESUMED", session.seq, ""))

    def _begin(self, link: Link) -> Judgement:
        session = Session(f"session-{len(self.by_id) + 1}", link)
        self.by_id[session.session_id] = session
        ready: frames.JsonValue = {
            "version": 1,
            "session_id": session.session_id,
            "user": {"id": "1", "bot": True},
            "shard": [0, 1],
        }
        return Judgement(ready=frames.dispatch("READY", 1, ready))
