"""`qqgw demo`: the whole library against the embedded simulator, over real sockets, in a few seconds.

A simulated platform chats, drops the connection twice in the middle, and keeps a ledger of what it sent. An echo bot
answers. What the user's handler finished is a list that only the handler appends to; `judge` compares the two by id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import attrs
import trio

from qqgw_proto.events import Event, Intents
from qqgw_proto.machine import effects as do
from qqgw_trio.bot import Bot
from qqgw_trio.context import CannotReply, Context
from qqgw_trio.credentials import Credentials
from qqgw_trio.settings import BotSettings
from qqgw_trio.shard import Shard
from qqgw_trio.simulator.faults import Fault, FaultKind, PlannedFault
from qqgw_trio.simulator.ledger import Ledger, judge
from qqgw_trio.simulator.settings import SimulatorConfig
from qqgw_trio.simulator.simulator import Simulator

__all__ = ["DemoReport", "Progress", "run_demo"]

RATE: Final = 60.0
"""Events per second."""

PATIENCE: Final = 15.0
"""Seconds that the bot gets for what is left once the world has fallen silent."""

Progress = Callable[[str, int, int], None]
"""Told what happened, how many events were sent and how many were handled."""


@attrs.frozen
class DemoReport:
    """What `qqgw demo` says in the end; counts by event id, latencies in milliseconds."""

    sent: int
    handled: int
    lost: int
    duplicated: int
    replies: int
    unanswered: int
    resumes: int
    identifies: int
    gaps: int
    latency_p50_ms: float
    latency_p99_ms: float
    events_per_second: float

    @property
    def is_clean(self) -> bool:
        """Whether everything that was promised held."""
        nothing = self.lost == self.duplicated == self.gaps == self.unanswered == 0
        return nothing and self.identifies == 1 and self.resumes >= 2


@attrs.define
class _Observed:
    """What the demo's own handler and ear have noted."""

    handled: list[str] = attrs.field(factory=list[str])
    finished_at: dict[str, float] = attrs.field(factory=dict[str, float])
    gaps: int = 0


def _plan(events: int) -> tuple[PlannedFault, ...]:
    """Two drops between two sent events: a TCP reset, and an op 7 followed by close 4009."""
    return (
        PlannedFault(events // 3, Fault(FaultKind.RESET)),
        PlannedFault(2 * events // 3, Fault(FaultKind.CLOSE, code=4009)),
    )


async def run_demo(events: int, seed: int, progress: Progress) -> DemoReport:
    """Runs simulator and bot until every event is handled, or patience ends."""
    config = SimulatorConfig(rate=RATE, events=events, seed=seed, plan=_plan(events))
    async with Simulator(config) as simulator:
        observed = _Observed()
        bot = _make_bot(simulator, observed, progress)
        began = trio.current_time()
        async with trio.open_nursery() as nursery:
            await nursery.start(bot.serve)
            with trio.move_on_after(events / RATE + PATIENCE):
                await _until_done(simulator.ledger, observed, events, progress)
            seconds = trio.current_time() - began
            bot.stop()
        return _report(simulator.ledger, observed, seconds)


def _make_bot(simulator: Simulator, observed: _Observed, progress: Progress) -> Bot:
    settings = BotSettings(api_url=simulator.rest_url, token_url=simulator.token_url)
    ledger = simulator.ledger

    def listen(_shard: Shard, notice: do.Notice) -> None:
        observed.gaps += isinstance(notice, do.Gap)
        progress(_headline(notice), len(ledger.events), len(observed.handled))

    bot = Bot(Credentials(simulator.app_id, simulator.secret), Intents.all(), settings=settings, on_notice=listen)

    @bot.on()
    async def echo(ctx: Context[Event], event: Event) -> None:
        if event.reply_key == "msg_id":
            try:
                await ctx.reply(f"echo: {event.text}")
            except CannotReply:
                pass
        if event.event_id is not None:
            observed.finished_at[event.event_id] = trio.current_time()
            observed.handled.append(event.event_id)

    return bot


def _headline(notice: do.Notice) -> str:
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


async def _until_done(ledger: Ledger, observed: _Observed, events: int, progress: Progress) -> None:
    while len(ledger.sent_ids) < events or not set(ledger.sent_ids) <= observed.finished_at.keys():
        await trio.sleep(0.1)
        progress("", len(ledger.events), len(observed.handled))


def _report(ledger: Ledger, observed: _Observed, seconds: float) -> DemoReport:
    verdict = judge(ledger.sent_ids, observed.handled)
    latencies = sorted(
        observed.finished_at[event.event_id] - event.at
        for event in ledger.events
        if event.event_id in observed.finished_at
    )
    return DemoReport(
        sent=len(verdict.sent),
        handled=len(verdict.handled),
        lost=len(verdict.lost),
        duplicated=len(verdict.duplicated),
        replies=len(ledger.replies),
        unanswered=len(ledger.unanswered),
        resumes=ledger.granted_resumes,
        identifies=ledger.granted_identifies,
        gaps=observed.gaps,
        latency_p50_ms=round(_percentile(latencies, 0.50) * 1000, 2),
        latency_p99_ms=round(_percentile(latencies, 0.99) * 1000, 2),
        events_per_second=round(len(verdict.handled) / seconds, 1),
    )


def _percentile(ascending: Sequence[float], share: float) -> float:
    return ascending[min(len(ascending) - 1, int(share * len(ascending)))] if ascending else 0.0
