"""Dialing: which address is tried, and how each failure reads."""

from __future__ import annotations

import socket
from typing import Any

import pytest
import trio

from qqgw_proto.errors import ConnectionFailed
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.connection.transport import dial
from support.serving import url_of


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
