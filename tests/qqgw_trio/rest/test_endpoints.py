"""Addresses: what is in use, and what is refused before the first request."""

from __future__ import annotations

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.rest import endpoints


def test_the_addresses_are_those_of_the_platform() -> None:
    # protocol.md 1.1; the gateway URLs byte for byte, without a slash at the end
    assert endpoints.API_URL == "https://api.sgroup.qq.com"
    assert endpoints.SANDBOX_API_URL == "https://sandbox.api.sgroup.qq.com"
    assert endpoints.TOKEN_URL == "https://bots.qq.com/app/getAppAccessToken"
    assert endpoints.GATEWAY_URL == "wss://api.sgroup.qq.com/websocket"
    assert endpoints.SANDBOX_GATEWAY_URL == "wss://sandbox.api.sgroup.qq.com/websocket"


@pytest.mark.parametrize(
    ("url", "used"),
    [
        ("https://api.sgroup.qq.com", "https://api.sgroup.qq.com"),
        ("https://api.sgroup.qq.com/", "https://api.sgroup.qq.com"),
        ("http://127.0.0.1:8000/qq", "http://127.0.0.1:8000/qq"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_a_url_that_works_loses_only_its_last_slash(url: str, used: str) -> None:
    assert endpoints.checked_http_url(url, "the API URL") == used


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "must begin with http:// or https://"),
        ("api.sgroup.qq.com", "must begin with http:// or https://"),
        ("wss://api.sgroup.qq.com", "must begin with http:// or https://"),
        ("https://", "names no host"),
        ("https://host:0", "names port 0"),
        ("https://host:99999", "is not a URL"),
        ("https://[::1", "is not a URL"),
        ("https://host/a b", "printable ASCII"),
        ("https://host/\r\nx: y", "printable ASCII"),
        ("https://hö.st", "printable ASCII"),
        ("https://host?x=1", "must not have a query or a fragment"),
        ("https://a..b", "names a host with an empty part"),
        ("https://.host", "names a host with an empty part"),
        (f"https://{'a' * 64}.test/path", "names a host with an empty part, or with one of more than 63 letters"),
        ("https://host/?", "must not have a query or a fragment"),
        ("https://host/#", "must not have a query or a fragment"),
    ],
)
def test_a_url_that_cannot_work_is_refused_with_the_reason(url: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^the API URL '") as refused:
        endpoints.checked_http_url(url, "the API URL")
    assert why in refused.value.message
    assert refused.value.remedy.startswith("give a URL like https://")


def test_a_url_with_a_password_is_refused_and_not_shown() -> None:
    with pytest.raises(ConfigurationError, match="must not hold a user name or password") as refused:
        endpoints.checked_http_url("https://me:hidden@host", "the API URL")
    assert "hidden" not in str(refused.value)
