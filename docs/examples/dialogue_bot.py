"""Asks back, and waits for the answers of the same person in the same place.

Run it by `qqgw run docs/examples/dialogue_bot.py:bot`, with QQ_BOT_APP_ID and QQ_BOT_SECRET in the environment.
"""

from __future__ import annotations

from qqgw_proto.events import C2CMessageCreate, Event, GroupAtMessageCreate, Message
from qqgw_trio import Bot, Context, NoAnswer

PATIENCE = 30.0
"""Seconds."""

bot = Bot()


def is_number(message: Message) -> bool:
    return message.text.isdecimal()


@bot.on(GroupAtMessageCreate, C2CMessageCreate)
async def order(ctx: Context[Event], event: Event) -> None:
    if event.text != "/order":
        return
    try:
        drink = await ctx.ask("What would you like?", timeout=PATIENCE)
        # What is no number is not taken for the answer; it is handled after this dialogue.
        cups = await ctx.ask("How many cups?", check=is_number, timeout=PATIENCE)
    except NoAnswer:
        await ctx.reply("Never mind, then.")
        return
    await ctx.reply(f"{cups.text} cups of {drink.text}")


if __name__ == "__main__":
    bot.run()
