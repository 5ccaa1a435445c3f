"""Which proxy is for whom, and the tunnel through it."""

from __future__ import annotations

import base64

import pytest
import trio
import trio.testing

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.connection.proxies import DIRECT, Proxies, Proxy, ProxyRefused, tunnel

ALL_NAMES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
PROXY = Proxy("proxy.test", 3128, credentials="Basic bWU6aGlkZGVu")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """No proxy of the machine that the tests run on."""
    for name in ALL_NAMES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


# --- one proxy


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://proxy.test:3128", Proxy("proxy.test", 3128)),
        ("http://proxy.test", Proxy("proxy.test", 80)),
        ("https://proxy.test", Proxy("proxy.test", 443, tls=True)),
        ("proxy.test:8080", Proxy("proxy.test", 8080)),
        ("http://[::1]:3128/", Proxy("::1", 3128)),
        (f"http://{'a' * 63}.test.:3128", Proxy(f"{'a' * 63}.test.", 3128)),
        ("http://my_proxy:3128", Proxy("my_proxy", 3128)),
        ("http://me:hidden@proxy.test:3128", PROXY),
    ],
)
def test_a_proxy_is_named_by_its_url(url: str, proxy: Proxy) -> None:
    assert Proxy.of(url, "a test") == proxy


def test_user_and_password_may_hold_any_character() -> None:
    sent = Proxy.of("http://m%40e:hid%3Aden@proxy.test", "a test").credentials
    assert base64.b64decode(sent.removeprefix("Basic ")) == b"m@e:hid:den"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("socks5://me:hidden@proxy.test", "speaks socks5: only HTTP proxies can be used"),
        ("http://me:hidden@proxy.test:port", "is no URL"),
        ("http://me:hidden@[::1", "is no URL"),
        ("http://me:hidden@proxy.test:0", "has no usable host and port"),
        ("http://me:hidden@", "has no usable host and port"),
        ("http://me:hidden@proxy test", "has no usable host and port"),
        ("http://me:hidden@prøxy.test", "has no usable host and port"),
        ("http://me:hidden@a..b:3128", "has no usable host and port"),
        (f"http://me:hidden@{'a' * 64}.test", "has no usable host and port"),
        (f"http://me:hidden@{'a.' * 127}", "has no usable host and port"),
        ("http://me:hidden@a%20b", "has no usable host and port"),
        ("", "has no usable host and port"),
    ],
)
def test_what_names_no_proxy_is_told_without_its_password(url: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match="the proxy that a test names") as caught:
        Proxy.of(url, "a test")
    assert words in str(caught.value)
    assert "hidden" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_address_is_shown_in_brackets() -> None:
    assert [Proxy(host, 80).authority for host in ("proxy.test", "::1")] == ["proxy.test:80", "[::1]:80"]


def test_a_password_is_never_shown() -> None:
    assert "bWU6" not in repr(PROXY)
    assert "bWU6" not in repr(Proxies(PROXY))


# --- which one


def choose(proxies: Proxies, host: str = "gateway.test", *, tls: bool = True) -> str | None:
    chosen = proxies.choose(host, 443 if tls else 80, tls=tls)
    return None if chosen is None else chosen.host


def test_without_setting_and_environment_there_is_none() -> None:
    assert choose(Proxies.of(None)) is None


def test_the_setting_is_for_everybody(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("HTTPS_PROXY", "http://other.test")
    environment.setenv("NO_PROXY", "*")
    proxies = Proxies.of("http://set.test:3128")
    assert [choose(proxies, host, tls=tls) for host in ("gateway.test", "127.0.0.1") for tls in (True, False)] == [
        "set.test"
    ] * 4


def test_the_environment_names_one_for_tls_and_one_without_and_one_for_both(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("all_proxy", "http://all.test")
    environment.setenv("HTTPS_PROXY", "http://secure.test")
    assert choose(Proxies.of(None)) == "secure.test"
    assert choose(Proxies.of(None), tls=False) == "all.test"
    environment.setenv("http_proxy", "http://plain.test")
    assert choose(Proxies.of(None), tls=False) == "plain.test"
    assert choose(Proxies.of(DIRECT)) is None


def test_a_bad_one_of_the_environment_is_told_by_its_name(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("https_proxy", "socks5://proxy.test")
    with pytest.raises(ConfigurationError, match="the proxy that HTTPS_PROXY names speaks socks5"):
        Proxies.of(None)


def test_the_environment_s_proxy_is_not_for_this_machine_nor_for_whom_no_proxy_names(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv("https_proxy", "http://proxy.test")
    environment.setenv("no_proxy", "other.test, 10.0.0.0/8")
    hosts = ("gateway.test", "127.0.0.1", "deep.other.test", "10.1.2.3")
    assert [choose(Proxies.of(None), host) for host in hosts] == ["proxy.test", None, None, None]


# --- the tunnel


async def talk(answer: bytes, host: str = "gateway.test", proxy: Proxy = PROXY) -> bytes:
    """Opens a tunnel with a proxy that gives this answer, a byte at a time; what it was asked."""
    ours, theirs = trio.testing.memory_stream_pair()
    asked = b""

    async def serve() -> None:
        nonlocal asked
        while not asked.endswith(b"\r\n\r\n"):
            asked += await theirs.receive_some()
        for byte in answer:
            await theirs.send_all(bytes([byte]))
            await trio.testing.wait_all_tasks_blocked()
        await theirs.send_eof()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(serve)
        refused: ProxyRefused | None = None
        try:
            await tunnel(ours, proxy, host, 443)
        except ProxyRefused as error:
            refused = error
    if refused is not None:
        raise refused
    return asked


async def test_it_is_asked_for_the_host_with_user_and_password() -> None:
    assert await talk(b"HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n") == (
        b"CONNECT gateway.test:443 HTTP/1.1\r\n"
        b"Host: gateway.test:443\r\n"
        b"User-Agent: qqgw\r\n"
        b"Proxy-Authorization: Basic bWU6aGlkZGVu\r\n"
        b"\r\n"
    )


async def test_without_a_user_nothing_is_said_of_one_and_an_address_has_its_brackets() -> None:
    asked = await talk(b"HTTP/1.0 200\r\n\r\n", "2001:db8::1", Proxy("proxy.test", 3128))
    assert asked.startswith(b"CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n")
    assert b"Authorization" not in asked


@pytest.mark.parametrize(
    ("answer", "words", "code"),
    [
        (b"HTTP/1.1 407 Who are you?\r\n\r\n", "answered CONNECT gateway.test:443 with HTTP 407", 407),
        (b"HTTP/1.1 502 Bad Gateway\r\n\r\n", "answered CONNECT gateway.test:443 with HTTP 502", 502),
        (b"SSH-2.0-server\r\n\r\n", "answered CONNECT gateway.test:443 with no HTTP answer", None),
        (b"HTTP/1.1 2\r\n\r\n", "answered CONNECT gateway.test:443 with no HTTP answer", None),
        (b"HTTP/1.1 200 OK\r\n", "gave no HTTP answer to CONNECT", None),
        (b"", "gave no HTTP answer to CONNECT", None),
    ],
)
async def test_any_other_answer_is_a_refusal(answer: bytes, words: str, code: int | None) -> None:
    with pytest.raises(ProxyRefused) as caught:
        await talk(answer)
    assert caught.value.message == f"the proxy proxy.test:3128 {words}"
    assert caught.value.code == code


async def test_a_proxy_says_nothing_of_its_own_in_the_tunnel_nor_more_than_anybody_reads() -> None:
    for answer, words in (
        (b"HTTP/1.1 200 OK\r\n\r\nhello", "sent bytes of its own into the tunnel"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 65_536, "gave no HTTP answer to CONNECT"),
    ):
        reading = trio.testing.MemoryReceiveStream()
        reading.put_data(answer)
        stream = trio.StapledStream(trio.testing.MemorySendStream(), reading)
        with pytest.raises(ProxyRefused, match=words):
            await tunnel(stream, PROXY, "gateway.test", 443)
