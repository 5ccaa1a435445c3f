"""Shows two buttons, and answers whoever presses one.

Run it by `qqgw run docs/examples/button_bot.py:bot`, with QQ_BOT_APP_ID and QQ_BOT_SECRET in the environment.
"""

from __future__ import annotations

from qqgw_proto.events import C2CMessageCreate, Event, GroupAtMessageCreate, InteractionCreate
from qqgw_trio import Bot, Context

bot = Bot()


def button(name: str) -> dict[str, object]:
    """A button that tells the bot that it was pressed (action type 1), and that everybody may press (permission 2)."""
    return {
        "id": name,
        "render_data": {"label": name, "visited_label": name, "style": 1},
        "action": {"type": 1, "permission": {"type": 2}, "data": name, "unsupport_tips": "please update QQ"},
    }


keyboard = {"content": {"rows": [{"buttons": [button("tea"), button("coffee")]}]}}


@bot.on(GroupAtMessageCreate, C2CMessageCreate)
async def offer(ctx: Context[Event], event: Event) -> None:
    if event.text == "/order":
        await ctx.reply("What would you like?", keyboard=keyboard)


@bot.on(InteractionCreate)
async def serve(ctx: Context[InteractionCreate], event: InteractionCreate) -> None:
    # First of all: until then the person's client shows that it waits.
    await ctx.ack()
    drink = event.data.resolved.button_data
    if drink:  # A choice from the bot's own menu is an interaction too; it has a `feature_id` instead.
        await ctx.reply(f"one {drink}, at once")


if __name__ == "__main__":
    bot.run()
