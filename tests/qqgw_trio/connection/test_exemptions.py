"""Who is reached without the proxy that the environment names."""

from __future__ import annotations

import pytest

from qqgw_trio.connection.exemptions import is_exempt


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1", "localhost", "LOCALHOST.", "bot.localhost"])
def test_this_machine_is(host: str) -> None:
    assert is_exempt((), host, 443)


@pytest.mark.parametrize("host", ["gateway.test", "128.0.0.1", "::2", "localhost.test", "nolocalhost"])
def test_nobody_else_is_without_an_entry(host: str) -> None:
    assert not is_exempt((), host, 443)


@pytest.mark.parametrize(
    ("entries", "host", "exempt"),
    [
        ("*", "gateway.test", True),
        ("*", "192.0.2.7", True),
        ("*:443", "gateway.test", True),
        ("*:80", "gateway.test", False),
        ("gateway.test", "gateway.test", True),
        ("GATEWAY.test", "gateway.TEST", True),
        ("gateway.test.", "gateway.test", True),
        ("gateway.test", "gateway.test.", True),
        ("bücher.test", "xn--bcher-kva.test", True),
        ("other.test, gateway.test", "gateway.test", True),
        ("gateway.test", "deep.gateway.test", True),
        ("test", "gateway.test", True),
        (".gateway.test", "deep.gateway.test", True),
        (".gateway.test", "gateway.test", True),
        ("*.gateway.test", "deep.gateway.test", True),
        ("*.gateway.test", "gateway.test", True),
        ("*gateway.test", "gateway.test", False),
        ("gate*.test", "gateway.test", False),
        ("gateway.test:443", "gateway.test", True),
        ("gateway.test:80", "gateway.test", False),
        ("way.test", "gateway.test", False),
        ("gateway.test.example", "gateway.test", False),
        (",", "gateway.test", False),
        (".", "gateway.test", False),
        ("a..b", "gateway.test", False),
        ("10.0.0.0/8", "gateway.test", False),
    ],
)
def test_a_name_is_by_a_domain_that_it_is_or_is_below(entries: str, host: str, *, exempt: bool) -> None:
    assert is_exempt(entries.split(","), host, 443) is exempt


@pytest.mark.parametrize(
    ("entries", "host", "exempt"),
    [
        ("192.0.2.7", "192.0.2.7", True),
        ("192.0.2.7:443", "192.0.2.7", True),
        ("192.0.2.7:80", "192.0.2.7", False),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.9.9.9/8", "10.1.2.3", True),
        ("10.0.0.0/8:443", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
        ("10.0.0.0/33", "10.1.2.3", False),
        ("0.0.0.0/0", "2001:db8::1", False),
        ("2.3", "10.1.2.3", False),
        ("2001:db8::1", "2001:db8::1", True),
        ("2001:0DB8:0:0::1", "2001:db8::1", True),
        ("[2001:db8::1]", "2001:db8::1", True),
        ("[2001:db8::1]:443", "2001:db8::1", True),
        ("[2001:db8::1]:80", "2001:db8::1", False),
        ("2001:db8::/32", "2001:db8::1", True),
        ("2001:db8::2", "2001:db8::1", False),
        ("example.com", "2001:db8::1", False),
    ],
)
def test_an_address_is_by_an_address_or_a_range(entries: str, host: str, *, exempt: bool) -> None:
    assert is_exempt(entries.split(","), host, 443) is exempt
