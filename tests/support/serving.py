"""A server of bytes on this machine, and its URL."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable

import trio

from qqgw_proto.wire.url import GatewayUrl

__all__ = ["Serve", "echo", "serving", "url_of"]

Serve = Callable[..., Awaitable[int]]


def serving(nursery: trio.Nursery) -> Serve:
    """What serves on a free port, with TLS if a context is given."""

    async def start(
        handler: Callable[[trio.abc.Stream], Awaitable[None]], context: ssl.SSLContext | None = None
    ) -> int:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        port: int = listeners[0].socket.getsockname()[1]
        if context is None:
            nursery.start_soon(trio.serve_listeners, handler, listeners)
        else:
            nursery.start_soon(trio.serve_listeners, handler, [trio.SSLListener(listeners[0], context)])
        return port

    return start


def url_of(port: int, scheme: str = "ws") -> GatewayUrl:
    """The URL of a gateway at this port."""
    return GatewayUrl.parse(f"{scheme}://127.0.0.1:{port}/websocket")


async def echo(stream: trio.abc.Stream) -> None:
    """Sends back whatever comes."""
    try:
        async for data in stream:
            await stream.send_all(data)
    except trio.BrokenResourceError:
        pass  # A TLS handshake that the client gave up.
