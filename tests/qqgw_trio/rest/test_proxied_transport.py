"""Which proxy an HTTP request goes through: the same as a gateway's connection to that host."""

from __future__ import annotations

import httpx2
import pytest

from qqgw_trio.connection.network import Network
from qqgw_trio.connection.proxies import Proxies, Proxy
from qqgw_trio.rest.proxied_transport import proxy_for
from qqgw_trio.settings.gateway_config import GatewayConfig

PLAIN, SECURE = Proxy("plain.test", 3128), Proxy("secure.test", 3128)


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://api.test/", PLAIN),
        ("https://api.test/", SECURE),
        ("https://bücher.test/", None),
        ("https://port.test/", None),
        ("https://port.test:8443/", SECURE),
        ("http://port.test/", PLAIN),
        ("http://port.test:443/", None),
        ("https://[2001:db8::1]/", None),
        ("https://[::1]/", None),
        ("http://10.1.2.3/", None),
    ],
)
def test_it_is_chosen_by_scheme_host_and_port(url: str, proxy: Proxy | None) -> None:
    exempt = ("xn--bcher-kva.test", "port.test:443", "2001:db8::/32", "10.0.0.0/8")
    assert proxy_for(httpx2.URL(url), Proxies(None, SECURE, PLAIN, exempt)) == proxy


@pytest.mark.parametrize(
    "exempt",
    [
        "",
        "api.test",
        ".api.test",
        "*.api.test",
        "api.test:8443",
        "10.0.0.0/8",
        "10.1.2.3",
        "*",
        "::2",
        "[::2]",
        "API.test",
    ],
)
async def test_whatever_no_proxy_says_rest_can_be_used_and_goes_the_gateway_s_way(
    exempt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name.lower(), raising=False)
        monkeypatch.setenv(name, "http://proxy.test:3128")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.setenv("NO_PROXY", exempt)
    proxies = Network.of(GatewayConfig()).proxies
    for host in ("api.test", "a.api.test", "noapi.test", "10.1.2.3", "127.0.0.2", "x.localhost", "::2", "::1"):
        shown = f"[{host}]" if ":" in host else host
        for port in (443, 8443):
            ours = proxy_for(httpx2.URL(f"https://{shown}:{port}/"), proxies)
            assert ours == proxies.choose(host, port, tls=True)
    async with Network.of(GatewayConfig()).http_client():
        pass
