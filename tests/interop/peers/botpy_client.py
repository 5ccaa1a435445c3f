"""qq-botpy, as its users run it, against a local platform; in an environment that has it and nothing of ours.

    python botpy_client.py REST_URL APP_ID SECRET

botpy has the platform's addresses written into it: every request of its HTTP client is led to the local one, and
nothing else is changed. The bot replies to every message.
"""

import sys
from typing import Any

import aiohttp
import botpy

rest, app_id, secret = sys.argv[1:]
ask = aiohttp.ClientSession._request  # noqa: SLF001 - the one place that every request passes


async def ask_locally(session: Any, method: str, url: Any, **more: Any) -> Any:
    if str(url).startswith("ws:"):  # The platform has named this one itself.
        return await ask(session, method, url, **more)
    path = "/" + str(url).split("://", 1)[1].partition("/")[2]
    return await ask(session, method, rest + path, **{**more, "ssl": False} if "ssl" in more else more)


class Client(botpy.Client):
    async def on_group_at_message_create(self, message: Any) -> None:
        await message.reply(content=f"heard {message.content}")


aiohttp.ClientSession._request = ask_locally  # noqa: SLF001
intents = botpy.Intents.none()
intents.public_messages = True
Client(intents=intents, ext_handlers=False).run(appid=app_id, secret=secret)
