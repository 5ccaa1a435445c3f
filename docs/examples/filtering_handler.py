"""A handler in the specification's style: some guilds, a prefix, two commands.

    QQ_BOT_APP_ID=… QQ_BOT_SECRET=… ALLOWED_GUILDS=123,456 qqgw run docs/examples/filtering_handler.py:bot

`message_create` is called for every message in a channel that the bot is sent: those that mention it, and for a private
bot all of them. `command_bot.py` shows how to do that with `@bot.command` and a filter.
"""

from __future__ import annotations

import os

from qqgw_proto.events import AtMessageCreate, MessageCreate
from qqgw_trio import Bot, Context, EventHandler

ChannelMessage = MessageCreate | AtMessageCreate


class FilteringHandler(EventHandler):
    """Answers commands in the guilds that it may serve.

    Args:
        allowed_guilds: Ids of the guilds; messages from others are ignored.
        command_prefix: What a command begins with.
    """

    def __init__(self, allowed_guilds: set[str], command_prefix: str = "/") -> None:
        self.allowed_guilds = allowed_guilds
        self.command_prefix = command_prefix

    async def message_create(self, ctx: Context[ChannelMessage], event: ChannelMessage) -> None:
        if event.guild not in self.allowed_guilds:
            return
        # `text` is what the person wrote: the leading mention of the bot is gone.
        if event.text.startswith(self.command_prefix):
            await self._handle_command(ctx, event.text.removeprefix(self.command_prefix).strip())

    async def _handle_command(self, ctx: Context[ChannelMessage], command: str) -> None:
        match command:
            case "ping":
                await ctx.reply("Pong!")
            case "status":
                await ctx.reply("状态: 在线" if ctx.bot.is_connected() else "状态: 离线")
            case _:
                pass  # Not for us.


allowed = {guild for guild in os.environ.get("ALLOWED_GUILDS", "").split(",") if guild}
bot = Bot(handler=FilteringHandler(allowed))

if __name__ == "__main__":
    bot.run()
