"""Uses an object of a library that is written for asyncio.

Run it by `qqgw run docs/examples/asyncio_bot.py:bot`, with QQ_BOT_APP_ID and QQ_BOT_SECRET in the environment.
"""

from __future__ import annotations

import asyncio

from qqgw_proto.events import C2CMessageCreate, Event, GroupAtMessageCreate
from qqgw_trio import Bot, Context, run_asyncio


class Dictionary:
    """Stands for the client of some asyncio library, such as a session for HTTP: it belongs to the loop it began in."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._words = {"cat": "猫", "dog": "狗"}

    async def look_up(self, word: str) -> str:
        answer: asyncio.Future[str] = self._loop.create_future()
        self._loop.call_soon(answer.set_result, self._words.get(word, "?"))
        return await answer


async def open_dictionary() -> Dictionary:
    return Dictionary()


bot = Bot()
dictionary: Dictionary


# What belongs to a loop is made inside of `run_asyncio` too, and can be used until the bot has stopped.
@bot.on_startup
async def prepare(bot: Bot) -> None:
    global dictionary  # noqa: PLW0603 - the handlers' own
    dictionary = await run_asyncio(open_dictionary())


@bot.on(GroupAtMessageCreate, C2CMessageCreate)
async def translate(ctx: Context[Event], event: Event) -> None:
    await ctx.reply(await run_asyncio(dictionary.look_up(event.text)))


if __name__ == "__main__":
    bot.run()
