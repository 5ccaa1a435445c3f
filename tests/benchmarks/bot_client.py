"""A `Bot` of ours with one trivial handler for the ten kinds: token, workers, order per conversation, settling."""

from __future__ import annotations

from urllib.parse import urlsplit

import trio

from benchmarks.harness import Meter, serve
from benchmarks.stream import EVENT_TYPES
from qqgw_proto.events import Event
from qqgw_proto.machine import effects as do
from qqgw_trio.bot import Bot
from qqgw_trio.connection.shard import Shard
from qqgw_trio.handler.context import Context
from qqgw_trio.rest.credentials import Credentials
from qqgw_trio.settings.gateway_config import GatewayConfig


async def _receive(url: str, count: int) -> dict[str, float]:
    api = f"http://{urlsplit(url).netloc}"
    settings = GatewayConfig(api_url=api, token_url=api, gateway_url=url)

    def on_notice(_shard: Shard, notice: do.Notice) -> None:
        if isinstance(notice, do.Ready):
            meter.begin()

    bot = Bot(Credentials("1", "secret"), settings=settings, on_notice=on_notice)
    meter = Meter(count, bot.stop)

    @bot.on(*EVENT_TYPES)
    async def handle(_context: Context[Event], event: Event) -> None:
        meter.handle(event)

    await bot.serve()
    return meter.answer()


def _measure(url: str, count: int) -> dict[str, float]:
    return trio.run(_receive, url, count)


if __name__ == "__main__":
    serve(_measure)
