"""What the books know of one session and of one shard, and how they read the platform's ledger."""

from __future__ import annotations

import attrs

from qqgw_proto.machine import effects as do
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.session import Snapshot
from qqgw_trio.simulator.ledger import Ledger

__all__ = [
    "COUNTED",
    "MAX_RESUMES",
    "Held",
    "Seat",
    "is_ended",
    "is_refused",
    "is_saved",
    "numbers_of",
    "told",
    "torn_out",
]

TRUNCATED = "truncated replay"

MAX_RESUMES, MOST_RESUMES = 3, 9
"""RESUMEs without progress at which a session may be given up; at the latest (those whose answer may lie unread do not
count)."""

COUNTED = {
    Kind.READING_PAUSED: "pauses of reading",
    Kind.SUSPENDED: "suspends noticed",
    Kind.WRITE_STALLED: "writes stalled",
    Kind.ACK_OVERDUE: "heartbeats overdue",
    Kind.BEAT_DUE: "heartbeats",
    Kind.DIAL_FAILED: "dials failed",
    Kind.ACCESS_DENIED: "access denied",
    Kind.PERMIT_DELAYED: "permits delayed",
    Kind.WIRE_FAILED: "WebSocket errors",
}
"""Inputs of a machine that are worth a number."""


@attrs.define(eq=False)
class Held:
    """A session that the bot has had.

    Attributes:
        shard_id: Whose.
        session_id: Its id.
        delivered: Numbers that were handed to the workers in the present process.
        latest: The highest of them.
        highest: The highest in any process.
        gap_from: The first number that its `Gap` bounds; None as long as none was announced.
        holes: Numbers that a `Gap` of the kind hole has named.
        dim: Whether a hole could not be told from the place of a RESUMED that never came, or of one before a restart.
        unsaved: Whether it was lost with a process that died before the disk knew of it.
        orphaned: Whether a restart has announced that open events of it are lost.
    """

    shard_id: int
    session_id: str
    delivered: set[int] = attrs.field(factory=set[int])
    latest: int = 0
    highest: int = 0
    gap_from: int | None = None
    holes: set[int] = attrs.field(factory=set[int])
    dim: bool = False
    unsaved: bool = False
    orphaned: bool = False

    def begin(self) -> None:
        """A new process has been handed nothing yet."""
        self.delivered.clear()
        self.latest = 0

    def deliver(self, number: int) -> bool:
        """Whether this is the first time in the present process."""
        is_new = number not in self.delivered
        self.delivered.add(number)
        self.latest, self.highest = max(self.latest, number), max(self.highest, number)
        return is_new


@attrs.define(eq=False)
class Seat:
    """One shard in the present process.

    Attributes:
        snapshot: What it began with.
        current: The session that stands or can be resumed.
        orphaned: Whether open events of earlier sessions were declared lost.
        resumes: RESUMEs since the last progress.
        unfinished: RESUMEs since the last RESUMED or READY.
        identifies: IDENTIFYs since the last READY.
        connected: Whether `Connected` has no `Disconnected` yet.
    """

    snapshot: Snapshot | None = None
    current: Held | None = None
    orphaned: bool = False
    resumes: int = 0
    unfinished: int = 0
    identifies: int = 0
    connected: bool = False

    def count(self, effect: do.MachineEffect) -> str:
        """Counts what the machine sends; what is wrong about it, if anything."""
        match effect:
            case do.SendIdentify():
                self.identifies += 1
            case do.SendResume():
                self.resumes += 1
                self.unfinished += 1
                if self.resumes > MOST_RESUMES:
                    return f"{self.resumes} RESUMEs without progress"
            case do.SendHeartbeat() if self.current is not None and (effect.seq or 0) < self.current.latest:
                return f"a heartbeat carries {effect.seq}, though {self.current.latest} was received"
            case _:
                pass
        return ""


def numbers_of(ledger: Ledger, session_id: str) -> set[int]:
    """Numbers of all events of a session."""
    return {event.seq for event in ledger.events if event.session_id == session_id}


def torn_out(ledger: Ledger, session_id: str) -> set[int]:
    """Numbers that a replay of the platform has left out."""
    breaks = (one for one in ledger.breaks if one.session_id == session_id and one.cause == TRUNCATED)
    return {n for one in breaks if one.first and one.last for n in range(one.first, one.last + 1)}


def is_ended(ledger: Ledger, session_id: str) -> bool:
    """Whether the platform has ended a session."""
    return any(one.session_id == session_id and one.cause != TRUNCATED for one in ledger.breaks)


def is_refused(ledger: Ledger, session_id: str) -> bool:
    """Whether the platform has refused to resume a session that it keeps ("reset by resume")."""
    return any(one.session_id == session_id and one.refused == "by order" for one in ledger.resumes)


def is_saved(snapshot: Snapshot | None, session_id: str, number: int) -> bool:
    """Whether an event was settled when this was saved."""
    if snapshot is None or snapshot.session_id != session_id:
        return False
    return number <= snapshot.seq or any(first <= number <= last for first, last in snapshot.settled_above)


def told(notice: do.Notice) -> str:
    """A notice in few words."""
    if isinstance(notice, (do.Ready, do.Resumed)):
        return f"{type(notice).__name__} s={notice.event.s}"
    return str(notice)
