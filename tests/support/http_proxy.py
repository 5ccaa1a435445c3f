"""An HTTP proxy on a free port of 127.0.0.1, which can refuse everybody."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import trio

from qqgw_trio.running.serving import bind, serve_tcp

__all__ = ["HttpProxy"]

END = b"\r\n\r\n"
CLOSE = b"\r\nConnection: close\r\n\r\n"


class HttpProxy:
    """Opens tunnels, and hands on plain requests; notes the first line of each connection.

    Args:
        refusal: What it answers to everybody instead.
    """

    def __init__(self, refusal: bytes = b"") -> None:
        self.asked: list[str] = []
        self.url = ""
        self._refusal = refusal

    @asynccontextmanager
    async def listening(self, context: ssl.SSLContext | None = None) -> AsyncGenerator[HttpProxy]:
        listener = bind("127.0.0.1", 0)
        self.url = f"{'http' if context is None else 'https'}://127.0.0.1:{listener.getsockname()[1]}"
        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve_tcp, self._serve, listener, context)
            yield self
            nursery.cancel_scope.cancel()

    async def _serve(self, stream: trio.abc.Stream) -> None:
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await self._relay(stream)

    async def _relay(self, stream: trio.abc.Stream) -> None:
        head = b""
        while END not in head:
            data = await stream.receive_some()
            if not data:
                return
            head += data
        method, target, _ = head.partition(b"\r\n")[0].decode().split(" ")
        self.asked.append(f"{method} {target}")
        if self._refusal:
            await stream.send_all(self._refusal)
            await stream.aclose()
            return
        place = target if method == "CONNECT" else target.removeprefix("http://").partition("/")[0]
        host, _, port = place.rpartition(":")
        there = await trio.open_tcp_stream(host, int(port))
        if method == "CONNECT":
            await stream.send_all(b"HTTP/1.1 200 OK\r\n\r\n")
        else:
            path = "/" + target.removeprefix("http://").partition("/")[2]
            # One request for each connection: further ones would have to be read here.
            await there.send_all(head.replace(target.encode(), path.encode(), 1).replace(END, CLOSE, 1))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(pump, stream, there)
            nursery.start_soon(pump, there, stream)


async def pump(source: trio.abc.Stream, sink: trio.abc.Stream) -> None:
    try:
        async for data in source:
            await sink.send_all(data)
        await sink.aclose()
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        await trio.aclose_forcefully(sink)
