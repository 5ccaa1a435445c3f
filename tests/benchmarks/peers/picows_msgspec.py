"""picows, whose frames and transport are C, and msgspec. Modes: raw, typed, paced."""

from __future__ import annotations

import asyncio
import sys

from picows import WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from benchmarks.harness import IDENTIFY, Meter, PacedMeter, serve
from benchmarks.peers.envelope import on_message


class Listener(WSListener):
    def __init__(self, mode: str, meter: Meter) -> None:
        self.take = on_message(mode, meter)

    def on_ws_connected(self, transport: WSTransport) -> None:
        transport.send(WSMsgType.TEXT, IDENTIFY.encode())

    def on_ws_frame(self, _transport: WSTransport, frame: WSFrame) -> None:
        self.take(frame.get_payload_as_bytes())


async def receive(mode: str, url: str, count: int) -> dict[str, float]:
    done = asyncio.Event()
    meter = (PacedMeter if mode == "paced" else Meter)(count, done.set)
    transport, _ = await ws_connect(lambda: Listener(mode, meter), url)
    await done.wait()
    transport.disconnect(graceful=False)
    return meter.answer()


if __name__ == "__main__":
    serve(lambda url, count: asyncio.run(receive(sys.argv[1], url, count)))
