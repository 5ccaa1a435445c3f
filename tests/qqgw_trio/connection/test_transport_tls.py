"""TLS to a real server on this machine: which certificate is trusted, and how each failure reads."""

from __future__ import annotations

import ssl
from typing import cast

import pytest
import trio
import trustme

from qqgw_proto.errors import ConnectionFailed
from qqgw_trio.connection.transport import GatewayCertificateRefused, GatewayWithoutTls, dial
from support.serving import Serve, echo, serving, url_of
from support.tls_pair import tls_pair


@pytest.fixture
def serve(nursery: trio.Nursery) -> Serve:
    return serving(nursery)


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
