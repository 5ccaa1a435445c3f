"""Handlers that take their time: heartbeats go on, and so do all other conversations.

Run it by `qqgw run docs/examples/slow_bot.py:bot`, with QQ_BOT_APP_ID and QQ_BOT_SECRET in the environment.
"""

from __future__ import annotations

import os
import time

import trio

from qqgw_proto.events import C2CMessageCreate, Event, GroupAtMessageCreate
from qqgw_trio import Bot, Context

SECONDS = float(os.environ.get("SLOW_SECONDS", "30"))

bot = Bot()


# Async: wait with trio's own functions; `time.sleep` in here would hold up the whole bot.
@bot.on(GroupAtMessageCreate, where=lambda event: event.text == "/think")
async def think(ctx: Context[Event], event: Event) -> None:
    await trio.sleep(SECONDS)
    await ctx.reply("I have thought")


# Sync: it runs in a thread, and may block that. `trio.from_thread.run` calls what must be awaited.
@bot.on(GroupAtMessageCreate, where=lambda event: event.text == "/work")
def work(ctx: Context[Event], event: Event) -> None:
    time.sleep(SECONDS)
    trio.from_thread.run(ctx.reply, "I have worked")


# Messages of one group wait for each other; another group, and each person, need not wait for that group.
@bot.on(GroupAtMessageCreate, C2CMessageCreate, where=lambda event: event.text == "/ping")
async def ping(ctx: Context[Event], event: Event) -> None:
    await ctx.reply("pong")


if __name__ == "__main__":
    bot.run()
