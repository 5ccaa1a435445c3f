"""`qqgw demo`: the whole library against the embedded simulator, over real sockets, in a few seconds.

A simulated platform chats, drops the connection twice in the middle, and keeps a ledger of what it sent. An echo bot
answers. What the user's handler finished is a list that only the handler appends to; `judge` compares the two by id.

Each drop lies between two sent events, and the second of them is sent before the bot can be back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import attrs
import trio

from qqgw_proto.errors import GatewayError
from qqgw_proto.events import Event, Intents
from qqgw_proto.machine import effects as do
from qqgw_trio.bot import Bot
from qqgw_trio.context import Context
from qqgw_trio.credentials import Credentials
from qqgw_trio.settings import BotSettings
from qqgw_trio.shard import Shard
from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.ledger import Ledger, judge
from qqgw_trio.simulator.settings import SimulatorConfig
from qqgw_trio.simulator.simulator import Simulator

__all__ = ["DemoReport", "Progress", "percentile", "run_demo"]

RATE: Final = 60.0
"""Events per second."""

DROPS: Final = (Fault(FaultKind.RESET), Fault(FaultKind.CLOSE, code=4009))
"""A TCP reset, and a close that ends the session's connection as the platform does every half an hour."""

PATIENCE: Final = 15.0
"""Seconds that the bot gets beyond what the chat itself takes."""

FAREWELL: Final = 5.0
"""Seconds that the bot gets to stop."""

Progress = Callable[[str, int, int], None]
"""Told what happened, how many events were sent and how many were handled."""


@attrs.frozen
class DemoReport:
    """What `qqgw demo` says in the end; counts by event id, latencies in milliseconds.

    Attributes:
        planned: How many events there should be.
        sent: How many the platform's ledger has.
        handled: How often the user's handler finished one.
        lost: Sent and never handled.
        duplicated: Handled again.
        types: How many event types the handler saw, READY and RESUMED among them.
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
        return nothing and self.sent == self.planned and self.identifies == 1 and self.resumes >= len(DROPS)


@attrs.define
class _Observed:
    """What the demo's own handler and ear have noted."""

    handled: list[str] = attrs.field(factory=list[str])
    finished_at: dict[str, float] = attrs.field(factory=dict[str, float])
    types: set[str] = attrs.field(factory=set[str])
    gaps: int = 0
    is_over: bool = False
    _news: trio.Event = attrs.field(factory=trio.Event)

    def pulse(self) -> None:
        """Something has happened."""
        self._news.set()
        self._news = trio.Event()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits for something to come true of which a pulse tells."""
        while not condition():
            await self._news.wait()


async def run_demo(events: int, seed: int, progress: Progress, *, rate: float = RATE) -> DemoReport:
    """Runs simulator and bot until every event is handled, or patience ends."""
    async with Simulator(SimulatorConfig(rate=rate, events=0, seed=seed)) as simulator:
        observed = _Observed()
        bot = _make_bot(simulator, observed, progress)
        began = trio.current_time()
        async with trio.open_nursery() as nursery:
            with trio.move_on_after(events / rate + PATIENCE) as patience:
                nursery.start_soon(_serve, bot, progress, patience)
                await _chat(simulator, bot, observed, events)
                await observed.until(lambda: observed.finished_at.keys() >= set(simulator.ledger.sent_ids))
            seconds = trio.current_time() - began
            observed.is_over = True
            bot.stop()
            nursery.cancel_scope.deadline = trio.current_time() + FAREWELL
        return _report(simulator.ledger, observed, events, seconds)


async def _serve(bot: Bot, progress: Progress, patience: trio.CancelScope) -> None:
    try:
        await bot.serve()
    except GatewayError as error:
        progress(f"the bot has failed: {error}", 0, 0)
        patience.cancel()


async def _chat(simulator: Simulator, bot: Bot, observed: _Observed, events: int) -> None:
    """Lets the world make so many events, in equal parts, with a drop between two of them."""
    share = events // (len(DROPS) + 1)
    await simulator.emit(share)
    for number, drop in enumerate(DROPS, start=1):
        simulator.fault(drop)
        await simulator.emit(1, rate=math.inf)  # at once: no other task has run, so the bot is away
        await simulator.emit(share - 1)
        await observed.until(partial(_is_back, simulator, bot, number))
    await simulator.emit(events - share * (len(DROPS) + 1))


def _is_back(simulator: Simulator, bot: Bot, resumes: int) -> bool:
    return simulator.ledger.granted_resumes >= resumes and bot.is_connected()


def _make_bot(simulator: Simulator, observed: _Observed, progress: Progress) -> Bot:
    settings = BotSettings(api_url=simulator.rest_url, token_url=simulator.token_url, drain_seconds=2.0)
    ledger = simulator.ledger

    def listen(_shard: Shard, notice: do.Notice) -> None:
        observed.gaps += isinstance(notice, do.Gap)
        if not observed.is_over:  # the goodbye is no news
            progress(_headline(notice), len(ledger.events), len(observed.handled))
        observed.pulse()

    bot = Bot(Credentials(simulator.app_id, simulator.secret), Intents.all(), settings=settings, on_notice=listen)

    @bot.on()
    async def echo(ctx: Context[Event], event: Event) -> None:
        if event.reply_key == "msg_id":
            await ctx.reply(f"echo: {event.text}")
        observed.types.add(event.type_name)
        if event.event_id is not None:
            observed.finished_at[event.event_id] = trio.current_time()
            observed.handled.append(event.event_id)
            progress("", len(ledger.events), len(observed.handled))
            observed.pulse()

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


def _report(ledger: Ledger, observed: _Observed, planned: int, seconds: float) -> DemoReport:
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
        gaps=observed.gaps,
        latency_p50_ms=round(percentile(latencies, 0.50) * 1000, 2),
        latency_p99_ms=round(percentile(latencies, 0.99) * 1000, 2),
        events_per_second=round(len(verdict.handled) / seconds, 1),
    )


def percentile(ascending: Sequence[float], share: float) -> float:
    """The least of the values that so large a share of them does not exceed; 0 where there are none."""
    return ascending[max(0, math.ceil(share * len(ascending)) - 1)] if ascending else 0.0
