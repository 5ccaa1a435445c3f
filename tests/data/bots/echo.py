"""A bot that says again what it is told, wherever that is."""

from __future__ import annotations

from qqgw_proto.events import AtMessageCreate, C2CMessageCreate, DirectMessageCreate, Event, GroupAtMessageCreate
from qqgw_trio import Bot, Context

bot = Bot()
no_bot = "a text"


@bot.on(AtMessageCreate, C2CMessageCreate, DirectMessageCreate, GroupAtMessageCreate)
async def echo(ctx: Context[Event], event: Event) -> None:
    await ctx.reply(f"echo: {event.text}")
