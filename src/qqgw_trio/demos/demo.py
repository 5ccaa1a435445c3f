"""`qqgw demo`: the whole library against the embedded simulator, over real sockets, in a few seconds.

A simulated platform chats, drops the connection twice in the middle, and keeps a ledger of what it sent. An echo bot
answers. The user's handler appends the id of each event that it has finished to a list; `judge` compares the two.

Each drop lies between two sent events, and the second of them is sent before the bot can be back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Final

import trio

from qqgw_proto.errors import GatewayError
from qqgw_proto.events import Event, Intents
from qqgw_proto.machine import effects as do
from qqgw_trio.bot import Bot
from qqgw_trio.connection.shard import Shard
from qqgw_trio.demos.demo_report import DemoReport, Observed, headline_of, make_report
from qqgw_trio.handler.context import Context
from qqgw_trio.rest.credentials import Credentials
from qqgw_trio.settings.gateway_config import GatewayConfig
from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.settings import SimulatorConfig
from qqgw_trio.simulator.simulator import Simulator

__all__ = ["Progress", "run_demo"]

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


async def run_demo(events: int, seed: int, progress: Progress, *, rate: float = RATE) -> DemoReport:
    """Runs simulator and bot until every event is handled, or patience ends."""
    async with Simulator(SimulatorConfig(rate=rate, events=0, seed=seed)) as simulator:
        observed = Observed()
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
        return make_report(simulator.ledger, observed, events, seconds)


async def _serve(bot: Bot, progress: Progress, patience: trio.CancelScope) -> None:
    try:
        await bot.serve()
    except GatewayError as error:
        progress(f"the bot has failed: {error}", 0, 0)
        patience.cancel()


async def _chat(simulator: Simulator, bot: Bot, observed: Observed, events: int) -> None:
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


def _make_bot(simulator: Simulator, observed: Observed, progress: Progress) -> Bot:
    settings = GatewayConfig(api_url=simulator.rest_url, token_url=simulator.token_url, drain_seconds=2.0, private=True)
    ledger = simulator.ledger

    def listen(_shard: Shard, notice: do.Notice) -> None:
        if isinstance(notice, do.Gap):
            observed.gaps.append(notice.cause)
        if not observed.is_over:  # the goodbye is no news
            progress(headline_of(notice), len(ledger.events), len(observed.handled))
        observed.pulse()

    bot = Bot(Credentials(simulator.app_id, simulator.secret), Intents.all(), settings=settings, on_notice=listen)

    @bot.on()
    async def echo(ctx: Context[Event], event: Event) -> None:
        if event.reply_key == "msg_id":
            await ctx.reply(f"echo: {event.text}")
        observed.types.add(event.type_name)
        if event.event_id is not None:
            observed.finish(event.event_id)
            progress("", len(ledger.events), len(observed.handled))

    return bot
