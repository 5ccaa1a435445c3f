"""A request that gets no answer names the proxy that it went through, and never its password."""

from __future__ import annotations

import socket
from functools import partial
from typing import NoReturn

import pytest
import trio

from qqgw_trio.connection.proxies import DIRECT, Proxies
from qqgw_trio.rest.http import HttpClient, NoWay, ProxyDenied, RequestFailed
from support.http_proxy import HttpProxy

REFUSAL = b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No proxy of the machine that the tests run on."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


def with_password(proxy: HttpProxy) -> str:
    return proxy.url.replace("://", "://me:hidden@")


def name_of(proxy: HttpProxy) -> str:
    return proxy.url.partition("://")[2]


async def failure(client: HttpClient, url: str) -> RequestFailed:
    with pytest.raises(RequestFailed) as failed:
        await client.exchange("GET", url)
    return failed.value


async def closed_port() -> str:
    with trio.socket.socket() as unused:
        await unused.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{unused.getsockname()[1]}"


async def test_a_proxy_that_refuses_is_named_with_what_to_do() -> None:
    async with HttpProxy(REFUSAL).listening() as proxy, HttpClient(proxies=Proxies.of(with_password(proxy))) as client:
        error = await failure(client, "https://api.test/gateway/bot")
    assert str(error) == (
        f"cannot reach api.test through the proxy {name_of(proxy)}: 407 No [407]: "
        "check the proxy's URL with its user and password, and whether it lets this host through"
    )
    assert (error.host, error.proxy, error.cause, error.sent) == ("api.test", name_of(proxy), "407 No", False)
    assert isinstance(error, ProxyDenied)
    assert "hidden" not in f"{error!r} {vars(error)}"


@pytest.mark.parametrize(("status", "denies"), [(403, True), (407, True), (429, False), (502, False), (503, False)])
async def test_what_a_proxy_denies_is_for_a_person_to_mend_and_its_trouble_is_not(status: int, *, denies: bool) -> None:
    refusal = f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode()
    async with HttpProxy(refusal).listening() as proxy, HttpClient(proxies=Proxies.of(proxy.url)) as client:
        error = await failure(client, "https://api.test/")
    assert (isinstance(error, NoWay), error.code, error.sent) == (denies, status, False)


@pytest.mark.parametrize("url", ["http://api.test/", "https://api.test/"])
async def test_a_proxy_that_is_not_there_is_named(url: str) -> None:
    name = await closed_port()
    async with HttpClient(proxies=Proxies.of(f"http://me:hidden@{name}")) as client:
        error = await failure(client, url)
    assert error.message == f"cannot reach api.test through the proxy {name}: Connection refused"
    assert error.remedy == "check the network, the proxy and the URL"


async def test_a_proxy_of_the_environment_is_named_only_where_it_was_asked(environment: pytest.MonkeyPatch) -> None:
    async with HttpProxy(REFUSAL).listening() as proxy:
        environment.setenv("https_proxy", with_password(proxy))
        own = await closed_port()
        async with HttpClient() as client:
            assert (await failure(client, f"https://{own}/")).proxy == ""
            assert (await failure(client, "https://api.test/")).proxy == name_of(proxy)


async def test_no_proxy_is_asked_for_whom_the_environment_exempts_nor_where_none_is_to_be(
    environment: pytest.MonkeyPatch,
) -> None:
    trio.socket.set_custom_hostname_resolver(Nowhere())  # of this test's run alone
    async with HttpProxy(REFUSAL).listening() as proxy:
        environment.setenv("https_proxy", proxy.url)
        environment.setenv("no_proxy", "*.exempt.test, 192.0.2.0/24")
        async with HttpClient() as client:
            assert (await failure(client, "https://api.exempt.test/")).proxy == ""
            assert (await failure(client, "https://exempt.other.test/")).proxy == name_of(proxy)
        async with HttpClient(proxies=Proxies.of(DIRECT)) as client:
            assert (await failure(client, "https://api.test/")).proxy == ""
    assert proxy.asked == ["CONNECT exempt.other.test:443"]


async def test_silence_behind_a_proxy_names_it_too() -> None:
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    name = f"127.0.0.1:{listeners[0].socket.getsockname()[1]}"
    async with listeners[0], HttpClient(proxies=Proxies.of(name), seconds=0.2) as client:
        error = await failure(client, "https://api.test/")
    assert error.message == f"cannot reach api.test through the proxy {name}: no answer within 0.2 s"


async def test_a_connection_that_is_used_again_went_through_the_same_proxy() -> None:
    async def answer_once(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await stream.receive_some()
        await stream.aclose()

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, answer_once, 0, host="127.0.0.1"))
        name = f"127.0.0.1:{listeners[0].socket.getsockname()[1]}"
        async with HttpClient(proxies=Proxies.of(name)) as client:
            assert (await client.exchange("GET", "http://api.test/")).status == 200
            error = await failure(client, "http://api.test/")
        nursery.cancel_scope.cancel()
    assert error.message.startswith(f"cannot reach api.test through the proxy {name}: ")
    assert error.sent is True


class Nowhere(trio.abc.HostnameResolver):
    """Finds no name."""

    async def getaddrinfo(self, *_: object, **__: object) -> NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async def getnameinfo(self, *_: object, **__: object) -> NoReturn:
        raise AssertionError("nobody asks for names of addresses")


async def test_a_host_beyond_ascii_is_no_proxy_on_the_way_to_itself() -> None:
    trio.socket.set_custom_hostname_resolver(Nowhere())  # of this test's run alone
    async with HttpClient() as client:
        error = await failure(client, "http://bücher.invalid/")
    assert error.message.startswith("cannot reach bücher.invalid: ")
