"""What streams of different kinds do differently."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from qqgw_trio.simulator.streams import reset, send_eof
from support.tls_pair import tls_pair


async def _pair() -> tuple[trio.SocketStream, trio.SocketStream]:
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    ours = await trio.open_tcp_stream("127.0.0.1", listener.socket.getsockname()[1])
    theirs = await listener.accept()
    await listener.aclose()
    return ours, theirs


async def test_a_reset_socket_tells_its_peer_at_once() -> None:
    ours, theirs = await _pair()
    async with ours, theirs:
        reset(ours)
        await ours.aclose()
        with pytest.raises(trio.BrokenResourceError):
            await theirs.receive_some()


async def test_a_socket_under_tls_is_reset_too() -> None:
    server, client = tls_pair()
    ours, theirs = await _pair()
    outer = trio.SSLStream(ours, server, server_side=True)
    inner = trio.SSLStream(theirs, client, server_hostname="127.0.0.1")
    async with ours, theirs:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(outer.do_handshake)
            nursery.start_soon(inner.do_handshake)
        reset(outer)
        await trio.aclose_forcefully(outer)
        with pytest.raises(trio.BrokenResourceError):
            await inner.receive_some()


async def test_a_memory_stream_needs_no_reset() -> None:
    ours, theirs = trio.testing.memory_stream_pair()
    reset(ours)
    await ours.aclose()
    assert await theirs.receive_some() == b""


async def test_a_stream_that_can_ends_only_what_it_writes() -> None:
    ours, theirs = trio.testing.memory_stream_pair()
    await send_eof(ours)
    assert await theirs.receive_some() == b""
    await theirs.send_all(b"still heard")
    assert await ours.receive_some() == b"still heard"


async def test_a_stream_that_cannot_is_closed() -> None:
    ours, _ = trio.testing.memory_stream_pair()
    whole = _Whole(ours)
    await send_eof(whole)
    assert whole.closed


class _Whole(trio.abc.Stream):
    """A stream that cannot be closed by halves."""

    def __init__(self, inner: trio.abc.Stream) -> None:
        self._inner = inner
        self.closed = False

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._inner.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._inner.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        return await self._inner.receive_some(max_bytes)

    async def aclose(self) -> None:
        self.closed = True
        await self._inner.aclose()
