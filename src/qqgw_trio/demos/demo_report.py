"""What a demo notes while it runs and says in the end; by event id, and against the platform's own ledger.

`Observed` is written by whoever hears from the bot, `Ledger` by the platform; `make_report` compares the two, with
`judge`. `FaultsReport` is the same for a run in which the platform misbehaves and the bot's process is killed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs
import trio

from qqgw_proto.machine import effects as do
from qqgw_trio.simulator.ledger import Ledger, SentEvent, judge

__all__ = [
    "DemoReport",
    "FaultsReport",
    "Observed",
    "headline_of",
    "is_thrown_away",
    "make_faults_report",
    "make_report",
    "percentile",
]

_DROPS: Final = 2
"""Forced drops of the plain demo."""


@attrs.frozen
class DemoReport:
    """What `qqgw demo` says in the end; counts by event id, latencies in milliseconds.

    Attributes:
        planned: How many events there should be.
        sent: How many the platform's ledger has.
        handled: How often the user's handler finished one.
        lost: Sent and never handled.
        duplicated: Handled again.
        types: How many event types the handler saw, READY and RESUMED among them, which are no events of the world.
        replies: Replies that the platform received.
        unanswered: Messages that no reply names.
        resumes: RESUMEs that were granted.
        replayed: Events that were sent while the bot was away, and sent to it again.
        identifies: IDENTIFYs that were granted.
        gaps: Losses that the library announced.
        latency_p50_ms: From sending to the end of the handler, half of the events.
        latency_p99_ms: The same, all but one in a hundred.
        events_per_second: Over the whole run.
    """

    planned: int
    sent: int
    handled: int
    lost: int
    duplicated: int
    types: int
    replies: int
    unanswered: int
    resumes: int
    replayed: int
    identifies: int
    gaps: int
    latency_p50_ms: float
    latency_p99_ms: float
    events_per_second: float

    @property
    def is_clean(self) -> bool:
        """Whether everything that was promised held."""
        nothing = self.lost == self.duplicated == self.gaps == self.unanswered == 0
        return nothing and self.sent == self.planned and self.identifies == 1 and self.resumes >= _DROPS


@attrs.frozen
class FaultsReport(DemoReport):
    """What `qqgw demo --faults` says in the end.

    Here `lost` leaves out what the platform itself threw away and the bot announced (`announced`), `duplicated` what a
    killed process had finished and not yet saved as finished (`crash_replays`).

    Attributes:
        faults: How often the platform misbehaved, by kind.
        crashes: How often the bot's process was killed.
        crash_replays: Events handled again because the process that had handled them was killed.
        announced: Events that the platform threw away, each in a `Gap` of the bot.
        breaks: Losses that the platform made: sessions that it ended, holes in a replay. Each must be one `Gap`.
        scenes: How many scenes were played to their end.
        scenes_planned: How many there are.
    """

    faults: Mapping[str, int]
    crashes: int
    crash_replays: int
    announced: int
    breaks: int
    scenes: int
    scenes_planned: int

    @property
    def is_clean(self) -> bool:
        """Whether everything that was promised held."""
        nothing = self.lost == self.duplicated == self.unanswered == 0
        return nothing and self.sent == self.planned and self.gaps == self.breaks and self.scenes == self.scenes_planned


@attrs.define
class Observed:
    """What is known of the bot's side.

    Attributes:
        handled: Ids of events that the handler has finished, repeats included.
        finished_at: When, in seconds of trio's clock, by id.
        types: Type names that the handler saw.
        gaps: The `Gap`s that were announced, in words.
        returns: READYs and RESUMEDs.
        is_connected: Whether the latest news is one of them.
        is_over: Whether the bot will say nothing more.
        life: Which process of the bot this is.
        replays: Events handled again in a later process.
    """

    handled: list[str] = attrs.field(factory=list[str])
    finished_at: dict[str, float] = attrs.field(factory=dict[str, float])
    types: set[str] = attrs.field(factory=set[str])
    gaps: list[str] = attrs.field(factory=list[str])
    returns: int = 0
    is_connected: bool = False
    is_over: bool = False
    life: int = 0
    replays: int = 0
    _lives: dict[str, int] = attrs.field(factory=dict[str, int])
    _news: trio.Event = attrs.field(factory=trio.Event)

    def finish(self, event_id: str) -> None:
        """The handler has finished an event."""
        self.replays += self._lives.get(event_id, self.life) != self.life
        self._lives[event_id] = self.life
        self.handled.append(event_id)
        self.finished_at[event_id] = trio.current_time()
        self.pulse()

    def pulse(self) -> None:
        """Something has happened."""
        self._news.set()
        self._news = trio.Event()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits for something to come true of which a pulse tells."""
        while not condition():
            await self._news.wait()


def headline_of(notice: do.Notice) -> str:
    """A notice of a shard in a few words."""
    match notice:
        case do.Disconnected():
            return f"disconnected: {notice.cause.message}"
        case do.Resumed():
            return "resumed: nothing was lost"
        case do.Ready():
            return "ready: a new session stands"
        case do.Gap():
            return f"gap: events were lost ({notice.cause})"
        case _:
            return type(notice).__name__.lower()


def make_report(ledger: Ledger, observed: Observed, planned: int, seconds: float) -> DemoReport:
    """The report of a run of so many seconds."""
    verdict = judge(ledger.sent_ids, observed.handled)
    latencies = sorted(
        observed.finished_at[event.event_id] - event.at
        for event in ledger.events
        if event.event_id in observed.finished_at
    )
    return DemoReport(
        planned=planned,
        sent=len(verdict.sent),
        handled=len(verdict.handled),
        lost=len(verdict.lost),
        duplicated=len(verdict.duplicated),
        types=len(observed.types),
        replies=len(ledger.replies),
        unanswered=len(ledger.unanswered),
        resumes=ledger.granted_resumes,
        replayed=sum(seen.replayed for seen in ledger.resumes),
        identifies=ledger.granted_identifies,
        gaps=len(observed.gaps),
        latency_p50_ms=round(percentile(latencies, 0.50) * 1000, 2),
        latency_p99_ms=round(percentile(latencies, 0.99) * 1000, 2),
        events_per_second=round(len(verdict.handled) / seconds, 1),
    )


def make_faults_report(
    ledger: Ledger, observed: Observed, planned: int, seconds: float, *, crashes: int, scenes: tuple[int, int]
) -> FaultsReport:
    """The report of a run with faults; `scenes` are those played and those there are."""
    plain = make_report(ledger, observed, planned, seconds)
    thrown = {event.event_id for event in ledger.events if is_thrown_away(ledger, event)}
    unhandled = set(ledger.sent_ids) - set(observed.handled)
    figures: dict[str, Any] = {
        **attrs.asdict(plain),
        "lost": len(unhandled - thrown),
        "duplicated": plain.duplicated - observed.replays,
        "unanswered": len(set(ledger.unanswered) - thrown),
        "faults": dict(ledger.faults),
        "crashes": crashes,
        "crash_replays": observed.replays,
        "announced": len(unhandled & thrown),
        "breaks": len(ledger.breaks),
        "scenes": scenes[0],
        "scenes_planned": scenes[1],
    }
    return FaultsReport(**figures)


def is_thrown_away(ledger: Ledger, event: SentEvent) -> bool:
    """Whether the platform has left an event out of a replay."""
    return any(
        one.session_id == event.session_id
        and one.first is not None
        and one.last is not None
        # What a break without numbers ends is a session, and no scene lets events lie in it.
        and one.first <= event.seq <= one.last
        for one in ledger.breaks
    )


def percentile(ascending: Sequence[float], share: float) -> float:
    """The smallest value that this share of all values does not exceed; 0 if there are no values."""
    return ascending[max(0, math.ceil(share * len(ascending)) - 1)] if ascending else 0.0
