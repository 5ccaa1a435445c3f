"""REST and gateway of a bot through one proxy and with one trust, over real sockets."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import trio
import trustme

from qqgw_proto.errors import ConfigurationError, ConnectionFailed, GatewayError
from qqgw_proto.events import Intents
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio import Bot, Credentials
from qqgw_trio.connection.network import Network
from qqgw_trio.connection.proxies import ProxyRefused
from qqgw_trio.connection.tls import TlsConfig
from qqgw_trio.connection.transport import GatewayCertificateRefused
from qqgw_trio.running.serving import bind, serve_tcp
from qqgw_trio.settings.gateway_config import GatewayConfig
from qqgw_trio.simulator.settings import SimulatorConfig
from support.http_proxy import HttpProxy
from support.staging import Stage, staged


def host_of(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def server(authority: trustme.CA) -> ssl.SSLContext:
    """What a server on 127.0.0.1 shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)  # pyright: ignore[reportUnknownMemberType]
    return context


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    return tmp_path / "ca.pem"


@pytest.fixture
async def secured(server: ssl.SSLContext) -> AsyncGenerator[Stage]:
    """A platform whose gateway speaks TLS."""
    async with staged(SimulatorConfig(events=0, ssl_context=server)) as found:
        yield found


# --- one proxy


async def test_rest_and_gateway_go_through_the_proxy_that_is_set(secured: Stage, ca_file: Path) -> None:
    async with HttpProxy().listening() as proxy:
        bot = secured.bot(proxy=proxy.url, tls=TlsConfig(ca_file=ca_file))
        async with secured.running(bot):
            pass
    assert f"CONNECT {host_of(secured.simulator.gateway_url)}" in proxy.asked
    assert f"GET {secured.simulator.rest_url}/gateway/bot" in proxy.asked
    assert f"POST {secured.simulator.token_url}" in proxy.asked


async def test_a_proxy_may_itself_be_spoken_to_by_tls(secured: Stage, server: ssl.SSLContext, ca_file: Path) -> None:
    async with HttpProxy().listening(server) as proxy:
        bot = secured.bot(proxy=proxy.url, tls=TlsConfig(ca_file=ca_file))
        async with secured.running(bot):
            pass
    assert f"CONNECT {host_of(secured.simulator.gateway_url)}" in proxy.asked


async def test_a_proxy_that_refuses_is_a_refusal_and_one_in_trouble_is_not(tmp_path: Path) -> None:
    url = GatewayUrl.parse("wss://gateway.test/websocket")
    for status in (407, 502):
        async with HttpProxy(f"HTTP/1.1 {status} No\r\n\r\n".encode()).listening() as proxy:
            network = Network.of(GatewayConfig(proxy=proxy.url))
            with pytest.raises(ProxyRefused, match=f"answered CONNECT gateway.test:443 with HTTP {status}"):
                await network.dial(url)
        assert proxy.asked == ["CONNECT gateway.test:443"]


async def test_rest_errors_of_a_bot_name_its_proxy_without_the_password() -> None:
    errors: list[GatewayError] = []

    def hear(error: GatewayError, _seconds: float) -> None:
        errors.append(error)
        bot.stop()

    async with HttpProxy(b"HTTP/1.1 407 No\r\n\r\n").listening() as proxy:
        url = proxy.url.replace("://", "://me:hidden@")
        settings = GatewayConfig(proxy=url, token_url="https://token.test/", gateway_url="wss://gateway.test/")
        bot = Bot(Credentials("1", "secret"), Intents.GUILDS, settings=settings, on_token_failure=hear)
        await bot.serve()
    assert errors[0].message == f"cannot reach token.test through the proxy {host_of(proxy.url)}: 407 No"
    assert "hidden" not in repr(errors)


async def test_a_proxy_that_is_not_there_is_named(tmp_path: Path) -> None:
    listener = bind("127.0.0.1", 0)
    port = listener.getsockname()[1]
    listener.close()
    network = Network.of(GatewayConfig(proxy=f"127.0.0.1:{port}"))
    with pytest.raises(ConnectionFailed, match=rf"cannot reach the proxy 127\.0\.0\.1:{port}: Connection refused"):
        await network.dial(GatewayUrl.parse("wss://gateway.test/websocket"))


async def test_a_proxy_that_resets_the_connection_is_named() -> None:
    async def reset(stream: trio.abc.Stream) -> None:
        await stream.receive_some(1)
        assert isinstance(stream, trio.SocketStream)
        stream.setsockopt(1, 13, b"\x01\0\0\0\0\0\0\0")  # SO_LINGER of 0 s: a reset at close
        await trio.aclose_forcefully(stream)

    listener = bind("127.0.0.1", 0)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve_tcp, reset, listener, None)
        network = Network.of(GatewayConfig(proxy=f"127.0.0.1:{listener.getsockname()[1]}"))
        with pytest.raises(ConnectionFailed, match=r"cannot reach the proxy 127\.0\.0\.1:"):
            await network.dial(GatewayUrl.parse("ws://gateway.test/websocket"))
        nursery.cancel_scope.cancel()


async def test_the_environment_names_a_proxy_but_not_for_this_machine(
    secured: Stage, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with HttpProxy(b"HTTP/1.1 403 No\r\n\r\n").listening() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        async with secured.running(secured.bot(tls=TlsConfig(ca_file=ca_file))):
            pass
        assert proxy.asked == []
        network = Network.of(GatewayConfig())
        with pytest.raises(ProxyRefused):
            await network.dial(GatewayUrl.parse("wss://gateway.test/websocket"))
        direct = Network.of(GatewayConfig(proxy="direct"))
        assert direct.proxies.choose("gateway.test", 443, tls=True) is None
        async with direct.http_client():
            pass


# --- one trust


async def test_certificates_of_a_file_are_trusted_in_place_of_the_system_s(secured: Stage, ca_file: Path) -> None:
    url = GatewayUrl.parse(secured.simulator.gateway_url)
    with pytest.raises(GatewayCertificateRefused, match="certificate is not trusted"):
        await Network.of(GatewayConfig()).dial(url)
    transport = await Network.of(GatewayConfig(tls=TlsConfig(ca_file=ca_file))).dial(url)
    await transport.abandon()


async def test_ssl_cert_file_of_the_environment_counts_for_both(
    secured: Stage, ca_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))
    async with secured.running(secured.bot()):
        pass


async def test_a_context_of_one_s_own_is_used_as_it_is(secured: Stage, authority: trustme.CA) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)  # pyright: ignore[reportUnknownMemberType]
    bot = secured.bot(tls=context)
    async with secured.running(bot):
        assert Network.of(bot.settings).context is context


async def test_without_checks_everything_is_trusted_and_a_warning_says_so(
    secured: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async with secured.running(secured.bot(tls=TlsConfig(verify=False))):
        pass
    assert "certificates are not checked (tls.verify = false)" in caplog.text


async def test_what_cannot_be_used_ends_the_bot_before_it_asks_for_anything(tmp_path: Path) -> None:
    async with staged() as stage:
        wrong = TlsConfig(ca_file=tmp_path / "missing.pem")
        bot = Bot(stage.credentials, Intents.default(), settings=stage.settings.replace(tls=wrong))
        with pytest.raises(ConfigurationError, match=r"tls\.ca_file .*missing\.pem cannot be used: No such file"):
            await bot.serve()
        assert stage.simulator.ledger.tokens_issued == 0


def test_errors_of_the_network_are_gateway_errors() -> None:
    assert issubclass(ProxyRefused, GatewayError)
