"""Commands with typed arguments, and one that only some people may give.

Run it by `qqgw run docs/examples/command_bot.py:bot`, with QQ_BOT_APP_ID and QQ_BOT_SECRET in the environment. ADMINS
there are the ids of those people, parted by commas; `/whoami` tells one's own.
"""

from __future__ import annotations

import os
import random
from typing import Literal

from qqgw_proto.events import Intents, Message
from qqgw_trio import Bot, Context, filters

# Commands alone subscribe to channels only, where nothing needs approval. This bot wants to hear them in groups too.
bot = Bot(intents=Intents.none().with_public_guild_messages().with_group_and_c2c_event())

admins = filters.users(*os.environ.get("ADMINS", "").split(","))


@bot.command("ping", aliases=["p"])
async def ping(ctx: Context[Message]) -> None:
    """Answers at once."""
    await ctx.reply("pong")


@bot.command("roll")
async def roll(ctx: Context[Message], sides: int = 6, times: int = 1) -> None:
    """Rolls dice."""
    await ctx.reply(" ".join(str(random.randint(1, sides)) for _ in range(times)))


@bot.command("turn")
async def turn(ctx: Context[Message], side: Literal["left", "right"], *, why: str = "no reason") -> None:
    """Turns to one side; all further words are the reason."""
    await ctx.reply(f"turned {side}: {why}")


@bot.command("whoami")
async def whoami(ctx: Context[Message]) -> None:
    """Tells one's own id in this place."""
    await ctx.reply(str(ctx.event.author_id))


# A filter: whoever it does not let pass gets no answer, and does not see the command in /help.
@bot.command("stop", where=admins)
async def stop(ctx: Context[Message]) -> None:
    """Ends the bot."""
    await ctx.reply("good bye")
    ctx.bot.stop()


@bot.on_unknown_command
async def unknown(ctx: Context[Message], name: str, rest: str) -> None:
    await ctx.reply(f"I do not know {name}; try /help")


if __name__ == "__main__":
    bot.run()
