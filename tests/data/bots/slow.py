"""A bot that is never done with what it is told."""

from __future__ import annotations

import trio

from qqgw_proto.events import GroupAtMessageCreate
from qqgw_trio import Bot, Context

bot = Bot()


@bot.on(GroupAtMessageCreate)
async def think(ctx: Context[GroupAtMessageCreate], event: GroupAtMessageCreate) -> None:
    await ctx.reply("let me think")
    await trio.sleep_forever()
