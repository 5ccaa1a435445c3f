"""Listening on TCP: `bind` makes the socket, `serve_tcp` and `serve_http` (Hypercorn) serve on it.

Binding comes first, so that the real port is known, and a taken one is one clear error, before anything is served.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import Final, cast

import trio
from hypercorn.config import Config
from hypercorn.trio import serve  # pyright: ignore[reportUnknownVariableType]
from hypercorn.typing import ASGIFramework
from starlette.types import ASGIApp

from qqgw_proto.errors import ConfigurationError

__all__ = ["PortTaken", "bind", "serve_http", "serve_tcp"]

_BACKLOG: Final = 512


class PortTaken(ConfigurationError):
    """An address that cannot be listened on."""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket.

    Raises:
        PortTaken: The address is in use, or none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise PortTaken(
            f"cannot listen on {host}:{port}: {why}",
            remedy="choose another port, or 0 for any free one" if taken else "choose an address of this machine",
        ) from error
    return listener


async def serve_tcp(
    handler: Callable[[trio.abc.Stream], Awaitable[object]], listener: socket.socket, context: ssl.SSLContext | None
) -> None:
    """Serves until cancelled, with TLS if a context is given; takes the socket over."""
    plain = trio.SocketListener(trio.socket.from_stdlib_socket(listener))
    if context is None:
        await trio.serve_listeners(handler, [plain])
    else:
        await trio.serve_listeners(handler, [trio.SSLListener(plain, context)])


async def serve_http(app: ASGIApp, listener: socket.socket) -> None:
    """Serves until cancelled; takes the socket over, and logs nothing."""
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.accesslog = None
    config.errorlog = None
    config.graceful_timeout = 0.1
    config.include_server_header = False
    await serve(cast("ASGIFramework", app), config, mode="asgi")
