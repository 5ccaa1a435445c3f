"""The scripted gateway on a real port; what it does to clients, tests/conformance shows."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Generator
from contextlib import suppress

import pytest
import trustme

from qqgw_proto.errors import DeadlineExceeded
from qqgw_trio.testing import ScriptedServer
from qqgw_trio.testing import server as server_module

UPGRADE = (
    b"GET /websocket HTTP/1.1\r\nHost: gateway.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def test_it_listens_until_the_end_of_the_block() -> None:
    with ScriptedServer() as server:
        port = int(server.url.removeprefix("ws://127.0.0.1:").removesuffix("/websocket"))
        with socket.create_connection(("127.0.0.1", port)) as stream:
            server.until(lambda: len(server.gateway.connections) == 1)
            server.happen()
            stream.sendall(b"no handshake\r\n\r\n")
            assert stream.recv(1000) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_what_does_not_happen_in_time_is_told_with_what_was_heard() -> None:
    with ScriptedServer() as server, pytest.raises(DeadlineExceeded, match=r"did not happen in 0\.01 s; heard: \[\]"):
        server.until(lambda: False, within=0.01)


# --- TLS


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secured(authority: trustme.CA) -> Generator[ScriptedServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)  # pyright: ignore[reportUnknownMemberType]
    with ScriptedServer(ssl_context=context) as server:
        yield server


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)  # pyright: ignore[reportUnknownMemberType]
    return context


def connected(server: ScriptedServer) -> socket.socket:
    port = int(server.url.removeprefix("wss://127.0.0.1:").removesuffix("/websocket"))
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def is_served(server: ScriptedServer, authority: trustme.CA) -> bool:
    with (
        connected(server) as stream,
        trusting(authority).wrap_socket(stream, server_hostname="127.0.0.1") as secured_stream,
    ):
        secured_stream.sendall(UPGRADE)
        return secured_stream.recv(1000).startswith(b"HTTP/1.1 101 ")


def test_a_client_without_trust_ends_its_own_connection_only(secured: ScriptedServer, authority: trustme.CA) -> None:
    with connected(secured) as stream, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(stream, server_hostname="127.0.0.1")
    assert is_served(secured, authority)


def test_a_client_that_speaks_no_tls_ends_its_own_connection_only(
    secured: ScriptedServer, authority: trustme.CA
) -> None:
    with connected(secured) as stream:
        stream.sendall(UPGRADE)
        with suppress(ConnectionResetError):
            while stream.recv(1000):
                pass
    assert is_served(secured, authority)


def test_a_client_that_says_nothing_holds_up_nobody(secured: ScriptedServer, authority: trustme.CA) -> None:
    with connected(secured):
        secured.happen()
        assert is_served(secured, authority)


def test_a_client_that_says_nothing_for_long_is_left(monkeypatch: pytest.MonkeyPatch, secured: ScriptedServer) -> None:
    monkeypatch.setattr(server_module, "_HANDSHAKE_SECONDS", 0.05)
    with connected(secured) as stream:
        assert stream.recv(1000) == b""


def test_a_piece_of_a_tls_record_holds_up_nobody(secured: ScriptedServer, authority: trustme.CA) -> None:
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting(authority).wrap_bio(incoming, outgoing, server_hostname="127.0.0.1")
    with connected(secured) as stream:
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                stream.sendall(outgoing.read())
                incoming.write(stream.recv(10_000))
        client.write(UPGRADE)
        record = outgoing.read()
        stream.sendall(record[:-10])
        secured.until(lambda: len(secured.gateway.connections) == 1)
        assert is_served(secured, authority)
        stream.sendall(record[-10:])
        answer = b""
        while not answer:
            incoming.write(stream.recv(10_000))
            with suppress(ssl.SSLWantReadError):
                answer = client.read(1000)
    assert answer.startswith(b"HTTP/1.1 101 ")
