"""websockets on asyncio, its C extension in use, and orjson: every event a dict."""

from __future__ import annotations

import asyncio

import orjson
from websockets.asyncio.client import connect

from benchmarks.harness import IDENTIFY, Meter, serve


async def receive(url: str, count: int) -> dict[str, float]:
    meter = Meter(count, lambda: None)
    socket = await connect(url, compression=None, max_size=None, proxy=None)
    await socket.send(IDENTIFY)
    while meter.left:
        event = orjson.loads(await socket.recv(decode=False))
        if event["op"] == 0:
            if event["t"] == "READY":
                meter.begin()
            else:
                meter.handle(event)
    socket.transport.abort()
    return meter.answer()


if __name__ == "__main__":
    serve(lambda url, count: asyncio.run(receive(url, count)))
