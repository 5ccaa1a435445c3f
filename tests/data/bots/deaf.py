"""A bot whose one handler gets nothing: what it asks for delivers other events."""

from __future__ import annotations

from typing import Any

from qqgw_proto.events import GroupAtMessageCreate, Intents
from qqgw_trio import Bot, Context

bot = Bot(intents=Intents.GUILDS)


@bot.on(GroupAtMessageCreate)
async def hear(ctx: Context[Any], event: GroupAtMessageCreate) -> None:
    await ctx.reply("I hear you")
