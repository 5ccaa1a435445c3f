"""The gateway's URL: what is dialed, what is asked for there, and what cannot be used."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qqgw_proto.config import WireConfig
from qqgw_proto.errors import ConfigurationError
from qqgw_proto.wire.url import GatewayUrl
from qqgw_proto.wire.websocket import WebSocketWire


@pytest.mark.parametrize(
    ("text", "url"),
    [
        # The URLs seen, with and without the slash: "do not add or strip the slash" (1.1).
        (
            "wss://api.sgroup.qq.com/websocket/",
            GatewayUrl("api.sgroup.qq.com", 443, tls=True, authority="api.sgroup.qq.com", target="/websocket/"),
        ),
        (
            "wss://sandbox.api.sgroup.qq.com/websocket",
            GatewayUrl(
                "sandbox.api.sgroup.qq.com",
                443,
                tls=True,
                authority="sandbox.api.sgroup.qq.com",
                target="/websocket",
            ),
        ),
        ("ws://127.0.0.1:8123/ws/SECRET", GatewayUrl("127.0.0.1", 8123, False, "127.0.0.1:8123", "/ws/SECRET")),
        # RFC 6455 4.1: a port that is the default one, an IPv6 address in brackets, a path that is empty.
        ("ws://h", GatewayUrl("h", 80, False, "h", "/")),
        ("ws://h:443/", GatewayUrl("h", 443, False, "h:443", "/")),
        ("wss://h?a=1", GatewayUrl("h", 443, True, "h", "/?a=1")),
        ("ws://[::1]:8080/p", GatewayUrl("::1", 8080, False, "[::1]:8080", "/p")),
        ("wss://[2001:db8::1]", GatewayUrl("2001:db8::1", 443, True, "[2001:db8::1]", "/")),
        # What is asked for is not touched.
        ("ws://h/a//b/../c;d?x=%20&y=?/", GatewayUrl("h", 80, False, "h", "/a//b/../c;d?x=%20&y=?/")),
        ("ws://h/?", GatewayUrl("h", 80, False, "h", "/?")),
        # Schemes and hosts know no case; the `Host` header is as written.
        ("WSS://API.sgroup.qq.com/A", GatewayUrl("api.sgroup.qq.com", 443, True, "API.sgroup.qq.com", "/A")),
    ],
)
def test_a_url_is_taken_apart(text: str, url: GatewayUrl) -> None:
    assert GatewayUrl.parse(text) == url


@pytest.mark.parametrize(
    "text", ["wss://api.sgroup.qq.com/websocket/", "ws://127.0.0.1:8123/ws", "ws://[::1]:8080/p?a=1"]
)
def test_as_a_text_it_is_what_was_taken_apart(text: str) -> None:
    assert str(GatewayUrl.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "h",
            "h:80",
            "//h/",
            "ws:",
            "ws:/h",
            "ws://",
            "ws:///p",
            "ws://:80/",
            "http://h/",
            "https://h/",
            "wsx://h",
        ),
        *("ws://user@h/", "ws://user:password@h/", "ws://h/#", "ws://h/#f", "ws://h/p?q#f"),
        *("ws://h:0/", "ws://h:65536/", "ws://h:x/", "ws://h:-1/", "ws://h:8_0/", "ws://h:99999999999999999999/"),
        *("ws://[::1/", "ws://[h]/", "ws://h]/", "ws://[]/", "ws://[::1]x/"),
        *("ws://h/ p", " ws://h/", "ws://h/\t", "ws://h/\r\nA: b", "ws://h\n/", "ws://h/\x7f", "ws://h/\0"),
        *("ws://频道/", "ws://h/频道", "ws://h/\ud800", "ws://h:\uff18\uff10/"),
        # Names that no `Host` header can carry.
        *("ws://a..b/", "ws://.h/", "ws://" + "a" * 64 + ".com/"),
    ],
)
def test_a_url_that_cannot_be_dialed_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^the gateway URL .*cannot be used: .+: check the gateway URL$"):
        GatewayUrl.parse(text)


def test_user_info_may_be_a_secret_and_is_not_shown() -> None:
    for text in ("ws://user:s3cret@h/", "http://s3cret@h/", "ws://h/ s3cret@"):
        with pytest.raises(ConfigurationError) as caught:
            GatewayUrl.parse(text)
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ws://user@h/", "the gateway URL cannot be used: it must carry neither user info nor a fragment"),
        ("ws://h/#f", "the gateway URL 'ws://h/#f' cannot be used: it must carry neither user info nor a fragment"),
        ("ws://a_b,c/", "the gateway URL 'ws://a_b,c/' cannot be used: its host is not a name or an address"),
        (
            "http://h/" + "a" * 300,
            f"the gateway URL 'http://h/{'a' * 191}' cannot be used: it must begin with ws:// or wss://",
        ),
    ],
    ids=["user info", "a fragment", "no host", "long"],
)
def test_it_is_told_what_is_wrong(text: str, why: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        GatewayUrl.parse(text)
    assert caught.value.message == why


def test_a_long_url_is_shown_in_part() -> None:
    with pytest.raises(ConfigurationError) as caught:
        GatewayUrl.parse("http://" + "a" * 10_000)
    assert len(str(caught.value)) < 400


@given(st.text() | st.from_regex(r"\Awss?://[!-~]*\Z"))
@example("ws://.")
@example("ws://a..b/")
@example("ws://" + "a" * 64 + "/")
@example("ws://" + "a" * 63 + ":8080/")
def test_a_url_is_refused_or_can_be_asked_for(text: str) -> None:
    try:
        url = GatewayUrl.parse(text)
    except ConfigurationError:
        return
    handshake, _ = WebSocketWire(WireConfig(), client=True).open(url)
    assert handshake.startswith(f"GET {url.target} HTTP/1.1\r\nHost: {url.authority}\r\n".encode())
