"""One exchange over real sockets on 127.0.0.1: answers, limits, and every way of getting none."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import httpx2
import pytest
import trio
import trustme
from trio.testing import MockClock

from qqgw_proto.errors import ConfigurationError, MisuseError
from qqgw_trio.rest.http import MAX_BODY, Answer, CertificateRefused, HttpClient, NoTls, RequestFailed

Handler = Callable[[trio.abc.Stream, bytes], Awaitable[None]]


@asynccontextmanager
async def serving(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncGenerator[str]:
    """A server that reads one request's head and hands it to the handler; yields host and port."""

    async def serve(stream: trio.abc.Stream) -> None:
        async with stream:
            head = b""
            try:
                while b"\r\n\r\n" not in head:
                    piece = await stream.receive_some(65536)
                    if not piece:
                        return
                    head += piece
                await handler(stream, head)
            except trio.BrokenResourceError:
                return  # the client went away, as some of these tests want

    async with trio.open_nursery() as nursery:
        if tls is None:
            listeners = await nursery.start(trio.serve_tcp, serve, 0)
            port = listeners[0].socket.getsockname()[1]
        else:
            listeners = await nursery.start(trio.serve_ssl_over_tcp, serve, 0, tls)
            port = listeners[0].transport_listener.socket.getsockname()[1]
        yield f"localhost:{port}"
        nursery.cancel_scope.cancel()


def answering(raw: bytes) -> Handler:
    async def handler(stream: trio.abc.Stream, _: bytes) -> None:
        await stream.send_all(raw)

    return handler


async def test_a_request_and_its_answer() -> None:
    heads: list[bytes] = []

    async def handler(stream: trio.abc.Stream, head: bytes) -> None:
        heads.append(head)
        await stream.send_all(b"HTTP/1.1 200 OK\r\nX-Tps-Trace-ID: t1\r\nContent-Length: 2\r\n\r\n{}")

    async with serving(handler) as host, HttpClient() as client:
        answer = await client.exchange("POST", f"http://{host}/a%2Fb?x=1", headers={"authorization": "x"}, json=b"[]")
    assert (answer.status, answer.body, answer.complete) == (200, b"{}", True)
    assert answer.headers["x-tps-trace-id"] == "t1"
    lines = heads[0].decode().lower().split("\r\n")
    assert lines[0] == "post /a%2fb?x=1 http/1.1"
    for line in ("content-type: application/json", "authorization: x", "accept-encoding: identity", "user-agent: qqgw"):
        assert line in lines


def test_an_answer_does_not_show_its_body_which_may_be_a_token() -> None:
    assert repr(Answer(200, {"a": "b"}, b"token")) == "Answer(status=200, body=<5 bytes>, complete=True)"


async def test_a_redirect_is_not_followed() -> None:
    raw = b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.test/\r\nContent-Length: 0\r\n\r\n"
    async with serving(answering(raw)) as host, HttpClient() as client:
        assert (await client.exchange("GET", f"http://{host}/")).status == 302


async def test_a_body_is_read_up_to_the_limit_and_no_further() -> None:
    async def handler(stream: trio.abc.Stream, _: bytes) -> None:
        await stream.send_all(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:  # without end: only the client's limit stops this
            await stream.send_all(b"x" * 65536)

    async with serving(handler) as host, HttpClient() as client:
        answer = await client.exchange("GET", f"http://{host}/")
    assert (len(answer.body), answer.complete) == (MAX_BODY, False)


async def test_nobody_listens() -> None:
    with trio.socket.socket() as unused:
        await unused.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{unused.getsockname()[1]}"
        async with HttpClient() as client:
            with pytest.raises(RequestFailed, match=f"cannot reach {host}: Connection refused") as failed:
                await client.exchange("GET", f"http://{host}/")
    assert failed.value.sent is False
    assert (failed.value.host, failed.value.cause) == (host, "Connection refused")
    assert failed.value.remedy == "check the network, the proxy and the URL"


@pytest.mark.parametrize(
    "raw",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", b"\x16\x03\x01nonsense\r\n\r\n"],
    ids=["nothing", "half a body", "not HTTP"],
)
async def test_a_connection_that_breaks_may_have_carried_the_request(raw: bytes) -> None:
    async with serving(answering(raw)) as host, HttpClient() as client:
        with pytest.raises(RequestFailed, match=f"cannot reach {host}: ") as failed:
            await client.exchange("GET", f"http://{host}/")
    assert failed.value.sent is True
    assert failed.value.cause


async def test_a_certificate_of_an_unknown_authority_is_a_refusal_of_its_own_kind() -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("localhost").configure_cert(tls)  # pyright: ignore[reportUnknownMemberType]

    async def no_request(_: trio.abc.Stream, head: bytes) -> None:
        raise AssertionError(head)

    async with serving(no_request, tls) as host, HttpClient() as client:
        with pytest.raises(CertificateRefused, match="certificate check failed: ") as refused:
            await client.exchange("GET", f"https://{host}/")
    assert refused.value.sent is False
    assert "CA" in refused.value.remedy


async def test_a_port_without_tls_is_a_refusal_of_its_own_kind() -> None:
    async def speak_http(stream: trio.SocketStream) -> None:
        await stream.receive_some()
        await stream.send_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await stream.aclose()

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, speak_http, 0, host="127.0.0.1"))
        port = listeners[0].socket.getsockname()[1]
        async with HttpClient() as client:
            with pytest.raises(NoTls) as refused:
                await client.exchange("GET", f"https://127.0.0.1:{port}/")
        nursery.cancel_scope.cancel()
    assert refused.value.sent is False
    assert str(refused.value) == (
        f"cannot reach 127.0.0.1:{port}: there is no TLS at this port: "
        "check the port, or write http:// instead of https://"
    )


async def test_a_custom_authority_can_be_trusted() -> None:
    authority = trustme.CA()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(tls)  # pyright: ignore[reportUnknownMemberType]
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)  # pyright: ignore[reportUnknownMemberType]
    raw = b"HTTP/1.1 204 No Content\r\n\r\n"
    async with serving(answering(raw), tls) as host, HttpClient(verify=trusting) as client:
        assert (await client.exchange("GET", f"https://{host}/")).status == 204


async def test_proxies_of_the_environment_are_used_but_not_for_the_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    heads: list[bytes] = []

    async def proxy(stream: trio.abc.Stream, head: bytes) -> None:
        heads.append(head)
        await stream.send_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")

    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    direct = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    async with serving(proxy) as proxy_host, serving(direct) as host:
        monkeypatch.setenv("http_proxy", f"http://{proxy_host}")
        async with HttpClient() as client:
            assert (await client.exchange("GET", "http://api.test/x")).status == 502
            assert (await client.exchange("GET", f"http://{host}/x")).status == 200
    assert heads[0].startswith(b"GET http://api.test/x HTTP/1.1")
    assert len(heads) == 1


@pytest.mark.parametrize("proxy", ["ftp://me:hidden@host", "http://me:hidden@[::1", "socks5://me:hidden@host"])
def test_a_proxy_that_cannot_be_used_is_told_without_its_password(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("all_proxy", proxy)
    with pytest.raises(ConfigurationError, match="the proxy that ALL_PROXY names") as refused:
        HttpClient()
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("url", ["http://host/" + "x" * 70_000, "http://[::1/"])
async def test_a_url_that_the_client_cannot_use(url: str) -> None:
    async with HttpClient() as client:
        with pytest.raises(ConfigurationError, match="the URL of the request cannot be used"):
            await client.exchange("GET", url)


async def test_a_closed_client_can_be_closed_again_but_not_used() -> None:
    client = HttpClient()
    await client.aclose()
    await client.aclose()
    with pytest.raises(MisuseError, match="a request was made after the HTTP client was closed"):
        await client.exchange("GET", "http://api.test/")


async def test_silence_ends_when_the_time_is_up(autojump_clock: MockClock) -> None:
    async def silent(_: httpx2.Request) -> httpx2.Response:
        await trio.sleep_forever()
        raise AssertionError

    started = trio.current_time()
    async with HttpClient(seconds=7, transport=httpx2.MockTransport(silent)) as client:
        with pytest.raises(RequestFailed, match=r"cannot reach api\.test: no answer within 7 s") as failed:
            await client.exchange("GET", "http://api.test/")
        assert trio.current_time() - started == 7
        with pytest.raises(RequestFailed, match="no answer within 30 s"):
            await client.exchange("GET", "http://api.test/", seconds=30)
    assert failed.value.sent is True


@pytest.mark.parametrize(
    ("error", "cause", "sent"),
    [
        (httpx2.ConnectTimeout(""), "no connection in time", False),
        (httpx2.ConnectError("no route"), "no route", False),
        (httpx2.ProxyError("407 Proxy Authentication Required"), "407 Proxy Authentication Required", False),
        (httpx2.ProxyError("no status"), "no status", False),
        (httpx2.ReadError(""), "ReadError", True),
        (httpx2.RemoteProtocolError("two\r\nlines"), "two lines", True),
    ],
)
async def test_the_cause_is_told_in_words(error: Exception, cause: str, *, sent: bool) -> None:
    def fail(_: httpx2.Request) -> httpx2.Response:
        raise error

    async with HttpClient(transport=httpx2.MockTransport(fail)) as client:
        with pytest.raises(RequestFailed) as failed:
            await client.exchange("GET", "http://api.test/")
    assert (failed.value.cause, failed.value.sent) == (cause, sent)


async def test_the_cause_is_looked_for_in_a_group_of_errors_too() -> None:
    group = ExceptionGroup("all attempts failed", [OSError(101, "Network is unreachable")])

    def fail(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("all attempts failed") from group

    async with HttpClient(transport=httpx2.MockTransport(fail)) as client:
        with pytest.raises(RequestFailed, match=r"cannot reach api\.test: Network is unreachable"):
            await client.exchange("GET", "http://api.test/")
