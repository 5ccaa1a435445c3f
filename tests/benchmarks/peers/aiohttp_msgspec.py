"""aiohttp's client WebSocket and msgspec: what a careful author writes by hand. Modes: raw, typed, paced."""

from __future__ import annotations

import asyncio
import sys

import aiohttp

from benchmarks.harness import IDENTIFY, Meter, PacedMeter, serve
from benchmarks.peers.envelope import on_message


async def receive(mode: str, url: str, count: int) -> dict[str, float]:
    meter = (PacedMeter if mode == "paced" else Meter)(count, lambda: None)
    take = on_message(mode, meter)
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, max_msg_size=0, decode_text=False, autoclose=False) as socket,
    ):
        await socket.send_str(IDENTIFY)
        while meter.left:
            message = await socket.receive()
            take(message.data)
        socket._response.close()  # noqa: SLF001 - no closing handshake: the gateway would wait for its own end
    return meter.answer()


if __name__ == "__main__":
    serve(lambda url, count: asyncio.run(receive(sys.argv[1], url, count)))
