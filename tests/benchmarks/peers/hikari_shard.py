"""hikari's receive path: its shard, its transport on aiohttp, orjson; no event objects, a stub counts raw events."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import hikari
from hikari.impl import config
from hikari.impl.shard import GatewayShardImpl

from benchmarks.harness import Meter, serve


class Manager:
    """Stands in for the event manager."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter

    def consume_raw_event(self, name: str, _shard: object, data: object) -> None:
        if name == "READY":
            self.meter.begin()
        else:
            self.meter.handle(data)

    async def dispatch(self, event: object, **_options: bool) -> None:
        pass


class Factory:
    """Stands in for the event factory, which is asked only for lifetime events."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_args, **_options: None


async def receive(url: str, count: int) -> dict[str, float]:
    done = asyncio.Event()
    meter = Meter(count, done.set)
    shard = GatewayShardImpl(
        compression=None,
        intents=hikari.Intents.ALL,
        http_settings=config.HTTPSettings(),
        proxy_settings=config.ProxySettings(),
        event_manager=Manager(meter),
        event_factory=Factory(),
        token="token",
        url=url,
    )
    await shard.start()
    await done.wait()
    living = shard._keep_alive_task  # noqa: SLF001 - `close` would wait for the gateway's own close
    living.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await living
    return meter.answer()


if __name__ == "__main__":
    serve(lambda url, count: asyncio.run(receive(url, count)))
