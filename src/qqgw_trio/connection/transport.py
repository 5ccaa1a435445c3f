"""TCP and TLS for a shard: one dialer, one stream, every failure as one `ConnectionFailed` that says what to do.

Certificates are verified unless the caller's own `ssl.SSLContext` says otherwise. Reads are large (128 KiB may carry
hundreds of frames), and where the last read was short the next waits until the socket is readable first, since a read
that finds nothing costs more than the wait.
"""

from __future__ import annotations

import os
import ssl
from functools import cache
from typing import Final, cast

import trio

from qqgw_proto.errors import ConnectionFailed
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.connection.proxies import Proxy, tunnel
from qqgw_trio.rest.http import is_no_tls

__all__ = ["GatewayCertificateRefused", "GatewayWithoutTls", "Transport", "dial"]

READ_SIZE: Final = 128 * 1024

READS_DESCRIPTORS: Final = os.name == "posix"
"""Whether a socket can be read like a file."""

CLOSED: Final = -1
"""The number of a socket that was closed, which cannot be waited for."""


class GatewayCertificateRefused(ConnectionFailed):
    """The gateway's certificate is not trusted here: a refusal, no passing trouble."""

    default_remedy = "check this machine's clock, or trust the gateway's CA: give an ssl context that knows it"


class GatewayWithoutTls(ConnectionFailed):
    """What listens there does not speak TLS: a wrong URL, no passing trouble."""

    default_remedy = "check the port of the gateway URL, or write ws:// instead of wss://"


class Transport:
    """One open stream.

    Args:
        stream: TCP or TLS, or any trio stream in a test.
    """

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self._socket = stream.socket if isinstance(stream, trio.SocketStream) else None
        self._drained = False

    async def receive(self) -> bytes:
        """One chunk, `b""` at the end.

        Raises:
            ConnectionFailed: The stream broke.
        """
        try:
            data = await self._receive_awaited() if self._drained else None
            if data is None:
                data = bytes(await self._stream.receive_some(READ_SIZE))
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise ConnectionFailed(f"the connection broke: {_cause(error)}") from error
        self._drained = len(data) < READ_SIZE
        return data

    async def _receive_awaited(self) -> bytes | None:
        """Waits until there is something, and reads it in the same pass of the scheduler; None: read as ever.

        `receive_some` would take another pass for the read alone, which costs as much as the wait.
        """
        socket = self._socket
        if socket is None or socket.fileno() == CLOSED or not READS_DESCRIPTORS:
            return None
        await trio.lowlevel.wait_readable(socket)
        try:
            # Asked for its number anew: the old one may be another file's, if it was closed in this very pass.
            return os.read(socket.fileno(), READ_SIZE)
        except BlockingIOError:
            return None  # It was announced, and is not there.
        except OSError as error:
            raise trio.BrokenResourceError from error

    async def send(self, data: bytes) -> None:
        """Sends all of it.

        Raises:
            ConnectionFailed: The stream broke.
        """
        try:
            await self._stream.send_all(data)
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            raise ConnectionFailed(f"the connection broke: {_cause(error)}") from error

    async def close(self) -> None:
        """Closes politely; the caller bounds the time."""
        await self._stream.aclose()

    async def abandon(self) -> None:
        """Drops the stream without waiting for anything."""
        await trio.aclose_forcefully(self._stream)


async def dial(url: GatewayUrl, context: ssl.SSLContext | None = None, proxy: Proxy | None = None) -> Transport:
    """Opens a stream to the gateway.

    Args:
        url: Where to.
        context: For wss, in place of the system's certificates.
        proxy: Through which; None = straight.

    Raises:
        ConnectionFailed: DNS, TCP, TLS or the proxy failed.
    """
    where = f"{url.host}:{url.port}"
    stream = await (_connect(url.host, url.port, where) if proxy is None else _connect_through(proxy, url, context))
    return Transport(await _secure(stream, url.host, where, context) if url.tls else stream)


async def _connect(host: str, port: int, where: str) -> trio.abc.Stream:
    try:
        return await trio.open_tcp_stream(host, port)
    except OSError as error:
        raise ConnectionFailed(f"cannot reach {where}: {_cause(error)}") from error


async def _connect_through(proxy: Proxy, url: GatewayUrl, context: ssl.SSLContext | None) -> trio.abc.Stream:
    where = f"the proxy {proxy.authority}"
    stream = await _connect(proxy.host, proxy.port, where)
    if proxy.tls:
        stream = await _secure(stream, proxy.host, where, context)
    try:
        await tunnel(stream, proxy, url.host, url.port)
    except trio.BrokenResourceError as error:
        await trio.aclose_forcefully(stream)
        raise ConnectionFailed(f"cannot reach {where}: {_cause(error)}") from error
    except BaseException:
        await trio.aclose_forcefully(stream)
        raise
    return stream


async def _secure(
    stream: trio.abc.Stream, host: str, where: str, context: ssl.SSLContext | None
) -> trio.SSLStream[trio.abc.Stream]:
    secured = trio.SSLStream(stream, context or _system_trust(), server_hostname=host, https_compatible=True)
    try:
        await secured.do_handshake()
    except trio.BrokenResourceError as error:
        await trio.aclose_forcefully(stream)
        if isinstance(error.__cause__, ssl.SSLCertVerificationError):
            why = error.__cause__.verify_message
            raise GatewayCertificateRefused(f"cannot reach {where}: its certificate is not trusted: {why}") from error
        if isinstance(error.__cause__, ssl.SSLError) and is_no_tls(error.__cause__):
            raise GatewayWithoutTls(f"cannot reach {where}: there is no TLS at this port") from error
        raise ConnectionFailed(f"cannot reach {where}: TLS failed: {_cause(error)}") from error
    except BaseException:
        await trio.aclose_forcefully(stream)
        raise
    return secured


@cache
def _system_trust() -> ssl.SSLContext:
    """Read once: the system's certificates take tens of milliseconds and half a megabyte, for each shard anew."""
    return ssl.create_default_context()


def _cause(error: BaseException) -> str:
    """The operating system's own words; trio wraps them, once for each address tried, and puts the address in front."""
    inner = error.__cause__ or error
    if isinstance(inner, BaseExceptionGroup):
        inner = cast("BaseExceptionGroup[BaseException]", inner).exceptions[-1]
    if not isinstance(inner, OSError):
        return str(inner) or type(inner).__name__
    # The number of an SSLError is none of the system's, that of a failed look-up is below 0.
    number = 0 if isinstance(inner, ssl.SSLError) else inner.errno or 0
    return os.strerror(number) if number > 0 else inner.strerror or str(inner)
