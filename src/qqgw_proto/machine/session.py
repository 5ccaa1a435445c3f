"""One session of the gateway: its two cursors, what of a batch is new, and what is saved of it.

*received* is the highest `s` seen; a RESUME inside this process asks from it. *settled* (`Session.ledger.settled`) is
the highest received `s` below which no delivered event is open; it is what a snapshot carries, so that after a crash a
RESUME asks again for whatever was not finished. saved <= settled <= received, always (invariant I4).

Everything here is immutable; `take` gives the session after a batch together with what of the batch is to be delivered.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Final, NewType

import msgspec
from msgspec.structs import replace

from qqgw_proto.machine.ledger import Ledger, Run, Span
from qqgw_proto.machine.snapshot import Snapshot
from qqgw_proto.wire.frames import Dispatch

__all__ = ["Session", "Snapshot", "Taken", "Ticket"]

MOST_SPANS: Final = 1000
"""Spans above the settled cursor that are saved: what is settled above them is asked for again after a crash.

Without a bound one handler that hangs would make each save longer than the one before, wherever numbers have gaps.
"""

Ticket = NewType("Ticket", tuple[int, int])
"""Opaque receipt of one delivered event: hand it back with `settled` once the event is finished."""


class Session(msgspec.Struct, frozen=True):
    """A session as this process knows it.

    Attributes:
        session_id: None where READY gave none that can be resumed.
        epoch: Grows by one with every session of this gateway; the first part of a ticket.
        received: The highest `s` seen; 0 before the first.
        ledger: The numbers still open.
        restored: Spans settled before a restart and not yet seen again.
        dense: Whether `s` has always grown by exactly one.
        watching: A RESUME is under way or just over: a jump of `s` in a dense session is a hole.
        resumes: RESUMEs since the last progress.
        unfinished: RESUMEs since the last RESUMED.
        unheard: RESUMEs since the last RESUMED that count for neither, because reading was paused or the host was
            suspended while they were open.
        failures: Back-offs in a row before it began; 0 once a connection of it was healthy.
        began: When it began, or was taken up again after a restart, in the caller's seconds.
    """

    session_id: str | None
    epoch: int
    received: int = 0
    ledger: Ledger = Ledger()
    restored: tuple[Span, ...] = ()
    dense: bool = True
    watching: bool = False
    resumes: int = 0
    unfinished: int = 0
    unheard: int = 0
    failures: int = 0
    began: float = 0.0

    @classmethod
    def of_snapshot(cls, snapshot: Snapshot, epoch: int, now: float = 0.0) -> Session:
        """The session after a restart: received := settled, so that what was open is asked for again."""
        return cls(
            snapshot.session_id,
            epoch,
            received=snapshot.seq,
            ledger=Ledger(snapshot.seq),
            restored=snapshot.settled_above,
            # A RESUMED whose number was not saved before the crash is not replayed: its place is no hole.
            dense=False,
            began=now,
        )

    def snapshot(self, orphans: int) -> Snapshot:
        """What to save. Of a session that cannot be resumed that is only its loss, which the next start announces."""
        if self.session_id is None:
            return Snapshot(None, self.ledger.settled, orphans=orphans, lost=True)
        received = self.received
        ahead = ((max(first, received + 1), last) for first, last in self.restored if last > received)
        above = (*self.ledger.settled_above, *ahead)[:MOST_SPANS]
        return Snapshot(self.session_id, self.ledger.settled, above, orphans)

    def witness(self, seq: int | None) -> Session:
        """Takes the `s` of READY or RESUMED as received and settled at once."""
        if seq is None or seq <= self.received:
            return self
        return replace(self, received=seq, ledger=self.ledger.add(seq, seq, is_open=False))

    def resumed_again(self) -> Session:
        """One more RESUME is sent; without progress it counts against the session."""
        return replace(self, watching=True, resumes=max(0, self.resumes) + 1, unfinished=self.unfinished + 1)

    def spared(self) -> Session:
        """The RESUME under way is taken off the counts: its answer may lie unread, or never be heard."""
        return replace(self, resumes=self.resumes - 1, unfinished=self.unfinished - 1, unheard=self.unheard + 1)

    def counted(self) -> Session:
        """The RESUME that was spared counts again: its answer is being read."""
        return replace(self, resumes=self.resumes + 1, unfinished=self.unfinished + 1, unheard=self.unheard - 1)

    def confirmed(self, seq: int | None) -> Session:
        """RESUMED came, with this number."""
        return replace(self.witness(seq), resumes=0, unfinished=0, unheard=0)

    def hole_before(self, seq: int) -> Span | None:
        """The numbers that a RESUME should have brought and did not, where `seq` comes next.

        A RESUMED takes a number of its own and is never replayed. So for each earlier RESUME whose RESUMED did not
        come, one missing number may have been that RESUMED: so many are no hole.
        """
        missing = seq - self.received - 1
        certain = self.dense and self.watching and missing > max(0, self.unfinished + self.unheard - 1)
        return (self.received + 1, seq - 1) if certain else None

    def is_restored(self, seq: int) -> bool:
        """Whether this number was settled before a restart."""
        at = bisect_left(self.restored, seq, key=itemgetter(1))
        return at < len(self.restored) and self.restored[at][0] <= seq

    def settle(self, numbers: Iterable[int]) -> Session:
        """Marks numbers as finished."""
        ledger = self.ledger.settle(numbers)
        return self if ledger is self.ledger else self._moved(self.received, ledger, watching=self.watching)

    def _moved(self, received: int, ledger: Ledger, *, watching: bool) -> Session:
        """The session with its cursors moved; spelled out because it is made twice for every chunk of events."""
        return Session(
            self.session_id,
            self.epoch,
            received,
            ledger,
            self.restored,
            self.dense,
            watching,
            self.resumes,
            self.unfinished,
            self.unheard,
            self.failures,
            self.began,
        )

    def take(self, events: Sequence[Dispatch], *, replaying: bool) -> Taken:
        """Sorts a batch.

        Args:
            events: Dispatches in the order received.
            replaying: Inside a RESUME: what is not above `received` is a duplicate and dropped. Outside it such an
                event is delivered, but moves no cursor.
        """
        first = self.received + 1
        last = self.received + len(events)
        if not self.restored and [event.s for event in events] == list(range(first, last + 1)):
            ledger = self.ledger.add(first, last, is_open=True)
            session = self._moved(last, ledger, watching=self.watching and replaying)
            return Taken(session, ((events, self.epoch),))
        return _Sorting(self, replaying=replaying).run(events)


class Taken(msgspec.Struct, frozen=True):
    """A batch after sorting.

    Attributes:
        session: The session after the batch.
        deliveries: Events and the epoch of their tickets (0 = the tickets move nothing), in the order received.
        holes: Spans that a RESUME should have brought and did not.
        duplicated: Events dropped because they were received before.
        rewound: Events delivered though their `s` is not above `received`.
        places: For each hole the index of the delivery that it precedes.
    """

    session: Session
    deliveries: tuple[tuple[Sequence[Dispatch], int], ...]
    holes: tuple[Span, ...] = ()
    duplicated: int = 0
    rewound: int = 0
    places: tuple[int, ...] = ()


class _Sorting(msgspec.Struct):
    """The slow path of `Session.take`: events without `s`, repeated, jumping or restored."""

    session: Session
    replaying: bool
    entered: list[Run] = []
    kept: list[tuple[list[Dispatch], int]] = []
    holes: list[Span] = []
    places: list[int] = []
    duplicated: int = 0
    rewound: int = 0

    def run(self, events: Sequence[Dispatch]) -> Taken:
        for event in events:
            if event.s is None:
                # "Treat [s] as optional" (protocol.md 2.1): delivered, the cursors stay.
                self._keep(event, self.session.epoch)
            elif event.s <= self.session.received:
                self._repeat(event)
            else:
                self._advance(event, event.s)
        holes, places = tuple(self.holes), tuple(self.places)
        return Taken(self._moved(), tuple(self.kept), holes, self.duplicated, self.rewound, places)

    def _moved(self) -> Session:
        """The session after the batch; the ledger is made once, since it costs as much as it has runs."""
        session = self.session
        ahead = bisect_right(session.restored, session.received, key=itemgetter(1))
        return replace(session, ledger=session.ledger.extended(self.entered), restored=session.restored[ahead:])

    def _keep(self, event: Dispatch, epoch: int) -> None:
        behind_a_hole = bool(self.places) and self.places[-1] == len(self.kept)
        if self.kept and self.kept[-1][1] == epoch and not behind_a_hole:
            self.kept[-1][0].append(event)
        else:
            self.kept.append(([event], epoch))

    def _repeat(self, event: Dispatch) -> None:
        if self.replaying:
            self.duplicated += 1
        else:
            # Its ticket must not settle the event that first bore the number: epoch 0 moves nothing.
            self.rewound += 1
            self._keep(event, 0)

    def _advance(self, event: Dispatch, seq: int) -> None:
        session = self.session
        jumped = seq != session.received + 1
        hole = session.hole_before(seq)
        if hole is not None:
            self.holes.append(hole)
            self.places.append(len(self.kept))
        restored = session.is_restored(seq)
        self.session = replace(
            session,
            received=seq,
            dense=session.dense and (not jumped or session.watching),
            # The first live event after a replay is the last that can show a hole which the RESUME left.
            watching=session.watching and self.replaying,
        )
        self.entered.append((seq, seq, not restored))
        if restored:
            self.duplicated += 1
        else:
            self._keep(event, self.session.epoch)
