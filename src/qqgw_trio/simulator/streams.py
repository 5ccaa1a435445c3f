"""The few things that streams of different kinds do differently: a reset, and an end of what is written."""

from __future__ import annotations

import socket
import struct
from typing import Final, cast

import trio

__all__ = ["reset", "send_eof"]

_NO_LINGER: Final = struct.pack("ii", 1, 0)


def reset(stream: trio.abc.Stream) -> None:
    """Makes a TCP socket, under TLS or not, answer its closing with a reset; other streams are simply closed."""
    inner = cast("trio.SSLStream[trio.abc.Stream]", stream).transport_stream if _is_tls(stream) else stream
    if isinstance(inner, trio.SocketStream):
        inner.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)


def _is_tls(stream: trio.abc.Stream) -> bool:
    return isinstance(stream, trio.SSLStream)


async def send_eof(stream: trio.abc.Stream) -> None:
    """Ends what is written; a stream that cannot do this by halves is closed.

    Raises:
        trio.BrokenResourceError: The peer is gone.
    """
    if isinstance(stream, trio.abc.HalfCloseableStream):
        await stream.send_eof()
    else:
        await stream.aclose()
