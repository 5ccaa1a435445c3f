"""A bot that says again what it is told, wherever that is."""

from __future__ import annotations

from qqgw_proto.events import Event
from qqgw_trio import Bot, Context

bot = Bot()
no_bot = "a text"


@bot.on()
async def echo(ctx: Context[Event], event: Event) -> None:
    if event.reply_key == "msg_id":
        await ctx.reply(f"echo: {event.text}")
