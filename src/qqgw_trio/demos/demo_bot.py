"""The bot of `qqgw demo --faults`, run as a process of its own by `qqgw run qqgw_trio.demos.demo_bot:bot`.

It echoes, and says on stdout what it has done: one JSON line for each event whose handler is finished and for each
notice of its shard. A line is written at once, so that whatever was finished before a SIGKILL is known.

Beats, deadlines and pauses are shorter than a real bot's: nobody waits a minute for a silent link to be noticed.
"""

from __future__ import annotations

import os
import sys
from typing import Final

import msgspec

from qqgw_proto.config import Deadlines, HeartbeatConfig, ReconnectConfig
from qqgw_proto.events import Event, Intents
from qqgw_proto.machine import effects as do
from qqgw_trio.bot import Bot
from qqgw_trio.connection.shard import Shard
from qqgw_trio.demos.demo_report import headline_of
from qqgw_trio.handler.context import Context
from qqgw_trio.settings.gateway_config import GatewayConfig

__all__ = ["Handled", "Noticed", "bot", "read_line"]


class Handled(msgspec.Struct, frozen=True, tag=True):
    """An event is finished; READY and RESUMED have no id."""

    type_name: str
    event_id: str | None


class Noticed(msgspec.Struct, frozen=True, tag=True):
    """A notice of the shard: the name of its class, and what it says."""

    kind: str
    headline: str


read_line: Final = msgspec.json.Decoder(Handled | Noticed).decode
"""Reads one line of stdout."""

_SETTINGS: Final = GatewayConfig(
    reconnect=ReconnectConfig(
        initial_delay=0.1, max_delay=0.5, min_dial_interval=0.05, prompt_jitter=0.05, max_resumes=10
    ),
    heartbeat=HeartbeatConfig(timeout=None, max_missed=2),
    deadlines=Deadlines(access=3, dial=3, upgrade=3, hello=3, ready=2, resumed=2, grace=0.5, write=3),
    drain_seconds=2.0,
    private=True,
)


def _say(line: Handled | Noticed) -> None:
    os.write(sys.stdout.fileno(), msgspec.json.encode(line) + b"\n")


def _listen(_shard: Shard, notice: do.Notice) -> None:
    # "nothing was lost" is for a platform that throws nothing away.
    headline = "resumed" if isinstance(notice, do.Resumed) else headline_of(notice)
    _say(Noticed(type(notice).__name__, headline))


bot = Bot(intents=Intents.all(), settings=_SETTINGS, on_notice=_listen)


@bot.on()
async def echo(ctx: Context[Event], event: Event) -> None:
    """Answers what can be answered."""
    if event.reply_key == "msg_id":
        await ctx.reply(f"echo: {event.text}")
    _say(Handled(event.type_name, event.event_id))
