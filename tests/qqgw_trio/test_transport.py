"""TCP and TLS to a real server on this machine: what comes through, and how every failure reads."""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import pytest
import trio
import trio.testing
import trustme

from qqgw_proto.errors import ConnectionFailed
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.transport import READ_SIZE, GatewayCertificateRefused, GatewayWithoutTls, Transport, dial
from support.tls_pair import tls_pair

Serve = Callable[..., Awaitable[int]]
Handler = Callable[[trio.abc.Stream], Awaitable[None]]


@pytest.fixture
def serve(nursery: trio.Nursery) -> Serve:
    """Serves on a free port, with TLS if a context is given."""

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
    return GatewayUrl.parse(f"{scheme}://127.0.0.1:{port}/websocket")


async def echo(stream: trio.abc.Stream) -> None:
    try:
        async for data in stream:
            await stream.send_all(data)
    except trio.BrokenResourceError:
        pass  # A TLS handshake that the client gave up.


def reset(stream: trio.SocketStream) -> None:
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


# --- bytes


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
    monkeypatch.setattr("qqgw_trio.transport.READS_DESCRIPTORS", False)
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


# --- dialing


async def test_a_closed_port_is_named_with_the_cause() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(ConnectionFailed) as caught:
            await dial(url_of(port))
    assert caught.value.message == f"cannot reach 127.0.0.1:{port}: Connection refused"
    assert caught.value.remedy == "check the network, the proxy and the gateway URL"


class Resolver(trio.abc.HostnameResolver):
    """Knows one name with two addresses, neither of which listens."""

    async def getaddrinfo(
        self,
        host: bytes | None,
        port: bytes | str | int | None,
        family: int = 0,
        type: int = 0,  # noqa: A002 - trio's name
        proto: int = 0,
        flags: int = 0,
    ) -> list[Any]:
        if host != b"gateway.test":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [
            (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, int(str(port))))
            for address in ("127.0.0.1", "127.0.0.2")
        ]

    async def getnameinfo(self, sockaddr: tuple[str, int] | tuple[str, int, int, int], flags: int) -> tuple[str, str]:
        raise AssertionError("no one asks for this")


async def test_an_unknown_name_is_named_with_the_cause() -> None:
    trio.socket.set_custom_hostname_resolver(Resolver())
    with pytest.raises(ConnectionFailed) as caught:
        await dial(GatewayUrl.parse("wss://no-such-host.test/websocket"))
    assert caught.value.message == "cannot reach no-such-host.test:443: Name or service not known"


async def test_of_several_addresses_the_last_failure_is_told() -> None:
    trio.socket.set_custom_hostname_resolver(Resolver())
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(ConnectionFailed) as caught:
            await dial(GatewayUrl.parse(f"ws://gateway.test:{port}/"))
    assert caught.value.message == f"cannot reach gateway.test:{port}: Connection refused"


# --- TLS


async def test_a_certificate_of_ones_own_authority_is_verified(serve: Serve) -> None:
    server, client = tls_pair()
    assert client.verify_mode is ssl.CERT_REQUIRED
    assert client.check_hostname
    transport = await dial(url_of(await serve(echo, server), "wss"), client)
    await transport.send(b"ping")
    assert await transport.receive() == b"ping"
    await transport.close()


@pytest.mark.parametrize("trust", ["the system's", "another authority's"])
async def test_a_certificate_that_is_not_trusted_is_refused(serve: Serve, trust: str) -> None:
    server, _ = tls_pair()
    context = None if trust == "the system's" else tls_pair()[1]
    port = await serve(echo, server)
    with pytest.raises(GatewayCertificateRefused) as caught:
        await dial(url_of(port, "wss"), context)
    assert caught.value.message == (
        f"cannot reach 127.0.0.1:{port}: its certificate is not trusted: unable to get local issuer certificate"
    )
    assert "give an ssl context that knows it" in caught.value.remedy


async def test_a_certificate_for_another_name_is_refused(serve: Serve) -> None:
    authority = trustme.CA()
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.issue_cert("gateway.test").configure_cert(server)  # pyright: ignore[reportUnknownMemberType]
    authority.configure_trust(client)  # pyright: ignore[reportUnknownMemberType]
    with pytest.raises(GatewayCertificateRefused, match="IP address mismatch"):
        await dial(url_of(await serve(echo, server), "wss"), client)


async def test_a_server_that_speaks_no_tls_is_told_as_that(serve: Serve) -> None:
    async def speak_http(stream: trio.abc.Stream) -> None:
        await stream.receive_some()
        await stream.send_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await stream.aclose()

    with pytest.raises(GatewayWithoutTls, match="there is no TLS at this port: check the port of the gateway URL"):
        await dial(url_of(await serve(speak_http), "wss"), tls_pair()[1])


async def test_a_server_that_leaves_in_the_handshake_is_a_failure(serve: Serve) -> None:
    async def leave(stream: trio.abc.Stream) -> None:
        await stream.receive_some()
        await stream.aclose()

    with pytest.raises(ConnectionFailed, match="TLS failed: "):
        await dial(url_of(await serve(leave), "wss"), tls_pair()[1])


async def test_a_dial_given_up_in_the_handshake_leaves_no_socket(serve: Serve) -> None:
    greeted, ended = trio.Event(), trio.Event()

    async def say_nothing(stream: trio.abc.Stream) -> None:
        while await stream.receive_some():
            greeted.set()
        ended.set()

    url = url_of(await serve(say_nothing), "wss")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(dial, url, tls_pair()[1])
        await greeted.wait()
        nursery.cancel_scope.cancel()
    await ended.wait()


async def test_the_end_of_a_tls_stream_without_a_goodbye_is_an_end(serve: Serve) -> None:
    """Servers close TCP without close_notify; what was said before counts all the same."""
    server, client = tls_pair()

    async def leave(stream: trio.abc.Stream) -> None:
        await stream.send_all(b"bye")
        await cast("trio.SSLStream[trio.SocketStream]", stream).transport_stream.aclose()

    transport = await dial(url_of(await serve(leave, server), "wss"), client)
    assert await transport.receive() == b"bye"
    assert await transport.receive() == b""
    await transport.close()
