"""The loss contract, watched (I3, I4): what was sent, delivered, settled, saved, given up, and what of it was said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from qqgw_proto import ClientGateway, Snapshot, Ticket
from qqgw_proto.machine import effects as do
from support.pairing_sessions import Session, Sessions

__all__ = ["Losses"]


class Losses:
    """Events of one shard over all its lives.

    Args:
        sessions: What the server knows.
        max_resumes: RESUMEs without progress after which a session may be given up.

    Attributes:
        session_id: The session that the shard has, as its effects tell.
        resumes: RESUMEs written since the last READY or RESUMED.
    """

    def __init__(self, sessions: Sessions, max_resumes: int) -> None:
        self._sessions = sessions
        self._max_resumes = max_resumes
        self.session_id: str | None = None
        self._settled: set[tuple[str, int]] = set()
        self._holes: dict[str, set[int]] = {}
        self._finished: set[tuple[str, int]] = set()
        self._doubted: set[str | None] = set()
        # Where a RESUMED may have been lost, its number is a hole that holds no event: a small one is not announced.
        self._blurred: set[str | None] = set()
        self._begin_life()

    def _begin_life(self) -> None:
        self._open: dict[Ticket, tuple[str, int]] = {}
        self._seen: set[tuple[str, int]] = set()
        self._newest: dict[str, int] = {}
        self._announced: dict[str, set[int]] = {}
        self.resumes = 0
        self._expected_crash_gaps = 0

    def started(self, saved: Snapshot | None) -> None:
        """A life begins with what was saved."""
        self._expected_crash_gaps = 1 if saved is not None and saved.orphans else 0

    def crashed(self, saved: Snapshot | None) -> None:
        """I3 and I4: what was saved is what may be left out after the restart, and is all settled."""
        assert self.session_id == (None if saved is None else saved.session_id), "READY saves before anything else"
        orphaned = any(event[0] != self.session_id for event in self._open.values())
        assert not orphaned or (saved is not None and saved.is_loss), "I3: open events would be lost without a word"
        self._finished = set() if saved is None or saved.session_id is None else self._covered(saved, saved.session_id)
        self._blurred.add(self.session_id)
        self._begin_life()

    def settled(self, tickets: Sequence[Ticket]) -> None:
        """Events are finished."""
        self._settled |= {self._open.pop(ticket) for ticket in tickets}

    def doubted(self) -> None:
        """The server has given the shard a reason to give its session up."""
        latest = self._sessions.latest
        self._doubted |= {self.session_id, None if latest is None else latest.session_id}

    def resumed(self) -> None:
        """A RESUME is written."""
        self.resumes += 1
        if self.resumes > 1:
            self._blurred.add(self.session_id)

    def ready(self, session_id: str | None) -> None:
        """A new session stands."""
        assert self.session_id is None, "I3: a session went without its Gap"
        self.session_id = session_id

    def delivered(self, effect: do.Deliver) -> None:
        """Events are delivered: of the session that stands, in order, each once."""
        assert effect.rewound == 0
        for event in effect.events:
            content: dict[str, Any] = msgspec.json.decode(event.d)
            session_id, number = content["session"], event.s
            assert number is not None
            assert session_id == self.session_id, "an event of another session"
            assert number > self._newest.get(session_id, 0), "I3: in order, each once"
            assert (session_id, number) not in self._finished, "I3: what was saved as finished comes again"
            self._newest[session_id] = number
            self._seen.add((session_id, number))
            self._open[effect.ticket(event)] = (session_id, number)

    def saved(self, snapshot: Snapshot | None) -> None:
        """A session is saved, or forgotten."""
        if snapshot is None or snapshot.session_id is None:
            assert (0 if snapshot is None else snapshot.orphans) == len(self._open), "I3: a crash would lose these"
            return
        assert snapshot.session_id == self.session_id
        assert self._covered(snapshot, snapshot.session_id) <= self._settled, "I4: saved before it was settled"
        assert snapshot.orphans == sum(event[0] != self.session_id for event in self._open.values())

    def _covered(self, snapshot: Snapshot, session_id: str) -> set[tuple[str, int]]:
        spans = ((1, snapshot.seq), *snapshot.settled_above)
        session = self._session(session_id)
        covered = {(session_id, n) for n in session.events if any(first <= n <= last for first, last in spans)}
        # What the server has forgotten is behind the cursor without having been settled.
        return covered - {(session_id, n) for n in session.trimmed} | (covered & self._seen)

    def gap(self, gap: do.Gap) -> None:
        """A loss is announced."""
        if gap.cause == "crash":
            self._expected_crash_gaps -= 1
            assert self._expected_crash_gaps == 0
            return
        assert self.session_id is not None, "I3: a Gap without a session"
        if gap.cause == "session":
            spent = self.resumes >= self._max_resumes
            assert spent or self.session_id in self._doubted, "a session was given up that could be resumed"
            self.session_id = None
            return
        assert gap.first is not None
        assert gap.last is not None
        session, announced = self._session(self.session_id), self._announced.setdefault(self.session_id, set())
        numbers = set(range(gap.first, gap.last + 1))
        # A crash may forget an announcement that was not yet saved as a part of the cursor: at least once across it.
        assert not numbers & announced, "I3: announced twice"
        assert numbers & session.events.keys() <= session.trimmed, "I3: a Gap where nothing was lost"
        announced |= numbers
        self._holes.setdefault(self.session_id, set()).update(numbers)

    def after(self, client: ClientGateway, *, started: bool) -> None:
        """What holds between two calls."""
        assert self._expected_crash_gaps == 0 or not started, "I3: a crash without its Gap"
        info = client.session
        assert (None if info is None else info.session_id) == self.session_id
        if info is not None:
            assert info.settled <= info.sequence_number, "I4"
            mine = [number for session_id, number in self._open.values() if session_id == info.session_id]
            assert info.settled < min(mine) if mine else info.settled == info.sequence_number, "I4"
            self._complete(self._session(info.session_id), info.sequence_number)

    def caught_up(self, client: ClientGateway) -> None:
        """I3: the session that stands has brought everything; every other one was announced."""
        info = client.session
        assert info is not None
        self._complete(self._session(info.session_id), self._session(info.session_id).seq)

    def _complete(self, session: Session, received: int) -> None:
        here = session.session_id
        known = self._holes.get(here, set[int]()) | (session.trimmed if here in self._blurred else set[int]())
        missing = [
            number
            for number in session.events
            if number <= received and (here, number) not in self._seen | self._finished and number not in known
        ]
        assert not missing, f"I3: lost without a word: {missing}"

    def _session(self, session_id: str) -> Session:
        return self._sessions.by_id[session_id]
