"""Says again whatever it is told.

Run it by `qqgw run docs/examples/echo_bot.py:bot`, with QQ_BOT_APP_ID and QQ_BOT_SECRET in the environment.
"""

from __future__ import annotations

from qqgw_proto.events import AtMessageCreate, C2CMessageCreate, Event, GroupAtMessageCreate
from qqgw_trio import Bot, Context

bot = Bot()


# In a group and in a channel the bot hears what mentions it, and from one person everything.
@bot.on(GroupAtMessageCreate, C2CMessageCreate, AtMessageCreate)
async def echo(ctx: Context[Event], event: Event) -> None:
    # `text` is what the person wrote, without the mention of the bot; it is empty for a picture.
    if event.text:
        await ctx.reply(event.text)


if __name__ == "__main__":
    bot.run()
