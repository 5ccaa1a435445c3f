"""Bytes over TCP to a real server on this machine: what comes through, and how it ends."""

from __future__ import annotations

import socket
import struct
from contextlib import ExitStack
from pathlib import Path

import pytest
import trio
import trio.testing

from qqgw_proto.errors import ConnectionFailed
from qqgw_trio.connection.transport import READ_SIZE, Transport, dial
from support.serving import Serve, echo, serving, url_of


@pytest.fixture
def serve(nursery: trio.Nursery) -> Serve:
    return serving(nursery)


def reset(stream: trio.SocketStream) -> None:
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def test_bytes_go_both_ways_until_the_end(serve: Serve) -> None:
    async def answer(stream: trio.abc.Stream) -> None:
        for number in (b"1", b"2", b"3"):
            assert await stream.receive_some() == b"ping"
            await stream.send_all(number)
        await stream.aclose()

    transport = await dial(url_of(await serve(answer)))
    received: list[bytes] = []
    for _ in range(3):
        await transport.send(b"ping")
        received.append(await transport.receive())
    assert received == [b"1", b"2", b"3"]
    assert await transport.receive() == b""
    assert await transport.receive() == b""
    await transport.close()


async def test_a_read_is_large_but_not_larger_than_its_limit(serve: Serve) -> None:
    sent = bytes(range(256)) * 2048

    async def flood(stream: trio.abc.Stream) -> None:
        await stream.send_all(sent)
        await stream.aclose()

    transport = await dial(url_of(await serve(flood)))
    received: list[bytes] = []
    while data := await transport.receive():
        received.append(data)
    assert b"".join(received) == sent
    assert max(len(data) for data in received) <= READ_SIZE == 131_072
    await transport.close()


async def test_any_stream_will_do() -> None:
    ours, theirs = trio.testing.memory_stream_pair()
    transport = Transport(ours)
    await transport.send(b"to them")
    await theirs.send_all(b"to us")
    assert await theirs.receive_some() == b"to them"
    assert await transport.receive() == b"to us"
    await transport.close()
    assert await theirs.receive_some() == b""


async def test_a_reset_is_a_failure_in_the_systems_words(serve: Serve) -> None:
    async def reset_at_once(stream: trio.abc.Stream) -> None:
        assert isinstance(stream, trio.SocketStream)
        await stream.receive_some()
        reset(stream)
        await stream.aclose()

    transport = await dial(url_of(await serve(reset_at_once)))
    await transport.send(b"ping")
    with pytest.raises(ConnectionFailed) as caught:
        await transport.receive()
    assert caught.value.message == "the connection broke: Connection reset by peer"
    with pytest.raises(ConnectionFailed, match="the connection broke: Broken pipe"):
        await transport.send(b"ping")
    await transport.abandon()


async def test_a_stream_that_was_closed_is_a_failure_and_no_bug(serve: Serve) -> None:
    """Whoever writes may close while whoever reads is not yet back at the socket."""
    transport = await dial(url_of(await serve(echo)))
    await transport.send(b"ping")
    assert await transport.receive() == b"ping"
    await transport.close()
    with pytest.raises(ConnectionFailed, match="the connection broke"):
        await transport.receive()
    with pytest.raises(ConnectionFailed, match="the connection broke"):
        await transport.send(b"ping")


@pytest.mark.parametrize("drained", [False, True], ids=["in the read", "waiting for something to read"])
async def test_closing_ends_a_read_that_waits(serve: Serve, drained: bool) -> None:
    transport = await dial(url_of(await serve(echo)))
    if drained:
        await transport.send(b"ping")
        await transport.receive()
    failures: list[ConnectionFailed] = []

    async def read() -> None:
        try:
            await transport.receive()
        except ConnectionFailed as error:
            failures.append(error)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        await trio.testing.wait_all_tasks_blocked()
        await transport.close()
    assert len(failures) == 1


async def drained(port: int) -> Transport:
    """A connection to an echo whose next read waits first."""
    transport = await dial(url_of(port))
    await transport.send(b"first")
    assert await transport.receive() == b"first"
    return transport


async def test_what_was_announced_and_is_not_there_is_waited_for(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    transport = await drained(await serve(echo))
    received: list[bytes] = []

    async def announce_nothing(_readable: object) -> None:
        await trio.lowlevel.checkpoint()

    async def read() -> None:
        received.append(await transport.receive())

    monkeypatch.setattr(trio.lowlevel, "wait_readable", announce_nothing)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        await trio.testing.wait_all_tasks_blocked()
        await transport.send(b"late")
    assert received == [b"late"]
    await transport.close()


async def test_a_stream_closed_as_something_came_reads_no_other_file(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    transport = await drained(await serve(echo))
    other = tmp_path / "other"
    other.write_bytes(b"somebody else's")
    with ExitStack() as files:

        async def close_meanwhile(_readable: object) -> None:
            await transport.abandon()
            files.enter_context(other.open("rb"))  # The system gives it the number that has become free.

        monkeypatch.setattr(trio.lowlevel, "wait_readable", close_meanwhile)
        with pytest.raises(ConnectionFailed, match="the connection broke: Bad file descriptor"):
            await transport.receive()


async def test_where_sockets_are_no_files_it_reads_as_ever(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qqgw_trio.connection.transport.READS_DESCRIPTORS", False)
    transport = await drained(await serve(echo))
    await transport.send(b"second")
    assert await transport.receive() == b"second"
    await transport.close()


async def test_abandoning_waits_for_nothing(serve: Serve) -> None:
    ended = trio.Event()

    async def watch(stream: trio.abc.Stream) -> None:
        assert await stream.receive_some() == b""
        ended.set()

    transport = await dial(url_of(await serve(watch)))
    with trio.CancelScope() as scope:
        scope.cancel()
        await transport.abandon()
    await ended.wait()
