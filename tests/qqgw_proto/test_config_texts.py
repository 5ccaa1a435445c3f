"""Settings that go out as text: headers of the handshake, properties and token prefix of the IDENTIFY."""

from __future__ import annotations

import pytest

from qqgw_proto.config import ClientConfig, WireConfig
from qqgw_proto.errors import ConfigurationError


def test_headers_may_be_any_printable_ascii() -> None:
    config = WireConfig(user_agent="bot/1.0 (a; b)", headers={"X-Union-Appid": "102000001", "X-Empty": ""})
    assert config.headers == {"X-Union-Appid": "102000001", "X-Empty": ""}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        # "Header injection through user-agent/extra headers (CR LF): rejected" (conformance M09).
        *(("A", "x\r\nB: y"), ("A", "x\n"), ("A", "x\0"), ("A", "x\ty"), ("A", "\x7f"), ("A", "频"), ("A", "\xe9")),
        *(("A\r\nB", "x"), ("A:", "x"), ("", "x"), ("频", "x")),
        # No token of RFC 9110 5.6.2, or with spaces at an end: it could not be sent.
        *(("A B", "x"), ("A(", "x"), ("A ", "x"), ("A", " x"), ("A", "x ")),
        # Headers that the handshake has already.
        *(("Host", "x"), ("upgrade", "x"), ("Connection", "x"), ("Sec-WebSocket-Key", "x"), ("Content-Length", "1")),
        ("Transfer-Encoding", "chunked"),
        *(("sec-websocket-version", "13"), ("Sec-WebSocket-Extensions", "permessage-deflate")),
    ],
)
def test_a_header_that_cannot_be_sent_is_refused(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^the header "):
        WireConfig(headers={name: value})


def test_what_headers_say_is_shown_nowhere() -> None:
    assert "opensesame" not in repr(WireConfig(headers={"X-Key": "opensesame"}))


@pytest.mark.parametrize("value", ["x\r\nB: y", "x\n", "频", " x", "x "])
def test_a_user_agent_that_cannot_be_sent_is_refused(value: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^the header 'user-agent' must be "):
        WireConfig(user_agent=value)


def test_a_header_that_is_refused_does_not_show_its_value() -> None:
    with pytest.raises(ConfigurationError) as caught:
        WireConfig(headers={"Authorization": "s3cret\n"})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("properties", [{"$os": "\ud800"}, {"\ud800": "x"}])
def test_properties_that_cannot_be_sent_are_refused(properties: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="properties"):
        ClientConfig(1, properties=properties)


def test_a_token_prefix_that_cannot_be_sent_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="token_prefix"):
        ClientConfig(1, token_prefix="\ud800")
