"""A bot that is asked to stop in the middle of its work, and finishes it."""

from __future__ import annotations

import signal

from qqgw_proto.events import GroupAtMessageCreate
from qqgw_trio import Bot, Context

bot = Bot()


@bot.on(GroupAtMessageCreate)
async def work(ctx: Context[GroupAtMessageCreate], event: GroupAtMessageCreate) -> None:
    await ctx.reply("begun")
    signal.raise_signal(signal.Signals[event.text])
    await ctx.reply("done")
