"""The books of a run: what the bot was given, what it handled and what it announced, against what the platform did.

`Books` is told of everything as it happens and notes at once what may never happen; `audit`, called when all is calm,
compares the two sides. Whatever is excepted is counted, never passed over.
"""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Hashable, Mapping, Sequence

import attrs
import trio

from chaos.held import COUNTED, MAX_RESUMES, Held, Seat, is_ended, is_refused, is_saved, numbers_of, told, torn_out
from qqgw_proto.errors import AuthenticationFailed, GatewayError
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.inputs import Input
from qqgw_proto.machine.session import Snapshot
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.simulator.ledger import Ledger, SentEvent

__all__ = ["Books"]

MAX_UNFINISHED, MAX_ATTEMPTS = 30, 5


@attrs.define(eq=False)
class Books:
    """Of one run.

    Attributes:
        ledger: The platform's, once there is one.
        seconds: How long the run was, in virtual time.
        faults: By kind.
        fingerprint: Of all that was noted and handled.
        counts: Of everything worth a number.
        violations: What may never happen, and did.
        trace: The latest happenings.
        held: All sessions that the bot has had.
        seats: Its shards in the present process.
        life: Counts the processes.
        at_once: Whether what is saved is on the disk at once.
    """

    ledger: Ledger = attrs.field(factory=Ledger)
    seconds: float = 0.0
    faults: Counter[str] = attrs.field(factory=Counter[str])
    fingerprint: str = ""
    counts: Counter[str] = attrs.field(factory=Counter[str])
    violations: list[str] = attrs.field(factory=list[str])
    trace: deque[str] = attrs.field(factory=lambda: deque[str](maxlen=300))
    held: dict[str, Held] = attrs.field(factory=dict[str, Held])
    seats: dict[int, Seat] = attrs.field(factory=dict[int, Seat])
    life: int = 0
    at_once: bool = False
    _finished: dict[str, int] = attrs.field(factory=dict[str, int])
    _places: dict[str, tuple[str, int]] = attrs.field(factory=dict[str, tuple[str, int]])
    _order: dict[tuple[int, str, Hashable], int] = attrs.field(factory=dict[tuple[int, str, Hashable], int])
    _crashes: list[int] = attrs.field(factory=list[int])
    _audited: int = 0
    _identified_at: float = -100.0

    def note(self, text: str) -> None:
        """One line of the trace."""
        line = f"{trio.current_time():12.3f} {text}"
        self.trace.append(line)
        self._sign(line)

    def violate(self, text: str) -> None:
        """Something that may never happen."""
        self.note(f"VIOLATION: {text}")
        self.violations.append(f"at {trio.current_time():.3f} s: {text}")

    def _sign(self, text: str) -> None:
        self.fingerprint = hashlib.sha256((self.fingerprint + text).encode()).hexdigest()

    # --- processes

    def begin(self, saved: Mapping[int, Snapshot | None]) -> None:
        """A process begins with these snapshots, by shard."""
        self.life += 1
        self._order.clear()
        self._identified_at = -100.0  # A new process cannot know when the last one identified.
        self.note(f"process {self.life} begins with {dict(saved)}")
        for held in self.held.values():
            held.begin()
        for shard_id, snapshot in saved.items():
            session_id = snapshot.session_id if snapshot else None
            current = self.held.get(session_id) if session_id else None
            if session_id and current is None:
                self.violate(f"shard {shard_id}: a session was saved that never was: {snapshot}")
            if current is not None:
                current.dim = True
                if self.at_once and current.gap_from is not None:
                    self.violate(f"shard {shard_id}: {current.session_id} was declared lost, and is still saved")
            self.seats[shard_id] = Seat(snapshot, current)

    def crash(self, saved: Mapping[int, Snapshot | None]) -> None:
        """The process dies, and the disk has this; sessions that it does not know of are lost, and nobody is told."""
        self.counts["crashes"] += 1
        self._crashes.append(self.life)
        self.note("the process dies")
        for shard_id, snapshot in saved.items():
            for held in self.held.values():
                if held.shard_id == shard_id and (snapshot is None or snapshot.session_id != held.session_id):
                    is_new = held is self.seats[shard_id].current
                    held.unsaved |= is_new or (snapshot is None and not self.at_once)

    # --- what the shards say

    def notice(self, shard_id: int, notice: do.Notice) -> None:
        """A shard's notice."""
        if not isinstance(notice, do.Connected):
            self.note(f"shard {shard_id}: {told(notice)}")
        seat = self.seats[shard_id]
        match notice:
            case do.Connected() | do.Disconnected():
                if seat.connected is isinstance(notice, do.Connected):
                    self.violate(f"shard {shard_id}: {notice} twice in a row")
                seat.connected = not seat.connected
            case do.Ready():
                self._ready(shard_id, seat, notice)
            case do.Resumed():
                self.counts["resumed"] += 1
                if seat.current is not None and seat.unfinished > 1:
                    seat.current.dim = True
                seat.resumes = seat.unfinished = seat.identifies = 0
            case do.Failed():
                self._failed(shard_id, seat, notice.error)
            case do.Gap():
                self._gap(shard_id, seat, notice)
            case _:
                pass

    def step(self, shard_id: int, given: Input, now: float, effects: Sequence[do.MachineEffect]) -> None:
        """A step of a shard's machine."""
        seat = self.seats[shard_id]
        if given.kind in COUNTED:
            self.counts[COUNTED[given.kind]] += 1
        for effect in effects:
            wrong = seat.count(effect)
            if wrong:
                self.violate(f"shard {shard_id}: {wrong}")
            if isinstance(effect, do.SendIdentify):
                if now - self._identified_at < 5.0:
                    self.violate(f"shard {shard_id}: two IDENTIFYs within {now - self._identified_at:.3f} s")
                self._identified_at = now

    def deliver(self, shard_id: int, batch: do.Deliver) -> None:
        """Events on their way to the workers."""
        seat = self.seats[shard_id]
        held = seat.current
        for event in batch.events:
            if held is None or event.s is None or event.id is None:
                self.violate(f"shard {shard_id}: {event.t} {event.s} was delivered without a session or a number")
                continue
            if not held.deliver(event.s):
                self.violate(f"shard {shard_id}: s={event.s} of {held.session_id} was delivered twice in one process")
            self._places[event.id] = (held.session_id, event.s)
            seat.resumes = 0

    def _ready(self, shard_id: int, seat: Seat, notice: do.Ready) -> None:
        self.counts["ready"] += 1
        seat.resumes = seat.unfinished = seat.identifies = 0
        if seat.current is not None:
            self.violate(f"shard {shard_id}: READY while a session stands that no Gap has ended")
        if notice.session_id is None:
            self.violate(f"shard {shard_id}: READY without a session id")
            return
        seat.current = self.held[notice.session_id] = Held(shard_id, notice.session_id)

    def _gap(self, shard_id: int, seat: Seat, gap: do.Gap) -> None:
        self.counts[f"gap {gap.cause}"] += 1
        held = seat.current
        if gap.cause == "crash":
            if seat.orphaned or seat.snapshot is None or not seat.snapshot.orphans:
                self.violate(f"shard {shard_id}: {gap}, but nothing was saved as open")
            seat.orphaned = True
            for earlier in self.held.values():
                earlier.orphaned |= earlier.shard_id == shard_id and earlier is not held
        elif held is None or gap.first is None:
            self.violate(f"shard {shard_id}: {gap}, but there is no session")
        elif gap.cause == "session":
            self._lost(shard_id, seat, held, gap.first)
        elif gap.last is None:
            self.violate(f"shard {shard_id}: {gap} has no end")
        else:
            self._hole(held, gap.first, gap.last)

    def _failed(self, shard_id: int, seat: Seat, error: GatewayError) -> None:
        self.counts["failed"] += 1
        if isinstance(error, AuthenticationFailed):
            legitimate = self.faults["tokens expired"] + self.faults["REST"] > 1
        else:
            legitimate = seat.identifies >= MAX_ATTEMPTS - 1
        if not legitimate:
            self.violate(f"shard {shard_id} has failed after {seat.identifies} IDENTIFYs: {error}")

    def _lost(self, shard_id: int, seat: Seat, held: Held, first: int) -> None:
        if held.gap_from is not None and not self._crashes:
            self.violate(f"shard {shard_id}: a second Gap for the session {held.session_id}")
        if is_ended(self.ledger, held.session_id):
            self.counts["sessions ended by the platform"] += 1
        elif is_refused(self.ledger, held.session_id):
            self.counts["sessions that the platform refused to resume"] += 1
        elif seat.resumes >= MAX_RESUMES or seat.unfinished >= MAX_UNFINISHED:
            self.counts["sessions given up after RESUMEs without progress"] += 1
        else:
            self.violate(f"shard {shard_id}: {held.session_id} was given up after {seat.resumes} RESUMEs, unbroken")
        held.gap_from = first if held.gap_from is None else min(first, held.gap_from)
        seat.current = None

    def _hole(self, held: Held, first: int, last: int) -> None:
        torn = torn_out(self.ledger, held.session_id)
        # What is no event was the place of a RESUMED that never came: no client can tell.
        for number in numbers_of(self.ledger, held.session_id) & {*range(first, last + 1)}:
            if number in held.holes:
                self.violate(f"s={number} of {held.session_id} was announced as lost twice")
            if number not in torn or number in held.delivered:
                self.violate(f"s={number} of {held.session_id} was announced as lost, and the platform never lost it")
            held.holes.add(number)
        if not held.holes & {*range(first, last + 1)}:
            self.violate(f"the hole from {first} to {last} in {held.session_id} is none")

    # --- what the handlers do

    def finish(self, event: Dispatch, key: Hashable) -> None:
        """An event was handled, or given up after its last attempt."""
        self.counts["handled"] += 1
        if event.id is None or event.id not in self._places:
            self.violate(f"{event.t} {event.id} was handled and never delivered")
            return
        session_id, number = self._places[event.id]
        place = (self.life, session_id, key)
        if self._order.get(place, 0) >= number:
            self.violate(f"s={number} of {session_id} was handled after s={self._order[place]} of its conversation")
        self._order[place] = number
        before = self._finished.get(event.id)
        if before is not None:
            self._repeat(event.id, before, session_id, number)
        self._finished[event.id] = self.life
        self._sign(event.id)

    def _repeat(self, event_id: str, before: int, session_id: str, number: int) -> None:
        self.counts["crash replays"] += 1
        what = f"{event_id}, s={number} of {session_id}, was handled in process {before} and again in {self.life}"
        if before == self.life or not any(before <= crash < self.life for crash in self._crashes):
            self.violate(what)
        elif any(is_saved(seat.snapshot, session_id, number) for seat in self.seats.values()):
            self.violate(f"{what}, though it was saved as settled")

    # --- the audit

    def unfinished(self) -> list[SentEvent]:
        """Events that the platform has sent and that may still be handled."""
        return [event for event in self.ledger.events[self._audited :] if self._verdict(event) == "open"]

    def audit(self) -> None:
        """All is calm: nothing may be open."""
        for event in self.ledger.events[self._audited :]:
            verdict = self._verdict(event)
            if verdict == "open":
                self.violate(f"lost: {event}")
            elif verdict:
                self.counts[verdict] += 1
        self._audited = len(self.ledger.events)
        for held in self.held.values():
            if self.seats[held.shard_id].current is held:
                if is_ended(self.ledger, held.session_id):
                    self.violate(f"the session {held.session_id} is gone, and the bot has not noticed")
            elif held.gap_from is None and not held.unsaved:
                self.violate(f"the session {held.session_id} was lost without a Gap")

    def _verdict(self, event: SentEvent) -> str:
        """Empty for what was handled; "open" for what was not, and no announcement covers."""
        if event.event_id in self._finished:
            return ""
        held = self.held.get(event.session_id)
        if held is None:
            return "events of sessions whose READY never arrived"
        if event.seq in held.holes or (held.gap_from is not None and event.seq >= held.gap_from):
            return "events lost and announced"
        return self._excepted(event, held) or "open"

    def _excepted(self, event: SentEvent, held: Held) -> str:
        if held.orphaned:
            return "events lost in a crash and announced"
        if held.unsaved and held.gap_from is not None:
            return "events open when their session was lost, in a process that died before the next READY"
        if held.unsaved:
            return "events lost in a crash before their session was saved"
        if held.dim and event.seq in torn_out(self.ledger, held.session_id):
            return "events of holes that no client can see"
        return ""
