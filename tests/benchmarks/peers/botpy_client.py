"""qq-botpy, the official SDK: its `Client`, its `BotWebSocket`, a trivial `on_…` handler for each of the ten kinds.

Its log goes nowhere, which is its fastest setting. Only the look-up of token and URL is left out.
"""

from __future__ import annotations

import asyncio
import logging
import warnings
from typing import Any

import botpy
from botpy.connection import ConnectionSession
from botpy.gateway import BotWebSocket

from benchmarks.harness import Meter, serve
from benchmarks.stream import EVENT_TYPES

warnings.simplefilter("ignore", DeprecationWarning)  # of its bare SSLContext()


class Token:
    async def check_token(self) -> None:
        pass

    def get_string(self) -> str:
        return "QQBot token"


class Client(botpy.Client):
    meter: Meter

    async def on_ready(self) -> None:
        self.meter.begin()


def _add_handler(type_name: str) -> None:
    async def handle(self: Client, event: Any) -> None:
        self.meter.handle(event)

    setattr(Client, f"on_{type_name.lower()}", handle)


for name in EVENT_TYPES:
    _add_handler(name)


async def receive(url: str, count: int) -> dict[str, float]:
    done = asyncio.Event()
    client = Client(botpy.Intents.all(), bot_log=None, ext_handlers=False, log_level=logging.ERROR)
    client.loop = asyncio.get_running_loop()
    client.meter = Meter(count, done.set)
    connection = ConnectionSession(1, client.bot_connect, client.ws_dispatch, client.loop, client.api)
    session = {
        "session_id": "",
        "last_seq": 0,
        "intent": 1,
        "token": Token(),
        "url": url,
        "shards": {"shard_id": 0, "shard_count": 1},
    }
    task = asyncio.create_task(BotWebSocket(session, connection).ws_connect())
    waiting = asyncio.create_task(done.wait())
    await asyncio.wait((task, waiting), return_when=asyncio.FIRST_COMPLETED)
    task.cancel()
    return client.meter.answer()


if __name__ == "__main__":
    serve(lambda url, count: asyncio.run(receive(url, count)))
