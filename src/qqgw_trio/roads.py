"""Which way each HTTP request goes: straight, or through a proxy, as `Proxies.choose` has it.

The HTTP library has a choice of its own, from the same variables but by other rules; it is never asked. Each way has a
pool of connections, made when the first request goes there.
"""

from __future__ import annotations

import ssl
from typing import Final

import httpx2

from qqgw_trio.proxies import Proxies, Proxy

__all__ = ["Roads", "proxy_for"]

_PORTS: Final = {"http": 80, "https": 443}


def proxy_for(url: httpx2.URL, proxies: Proxies) -> Proxy | None:
    """The proxy on the way of a request; None = none."""
    port = url.port or _PORTS.get(url.scheme, 0)
    return proxies.choose(url.raw_host.decode(), port, tls=url.scheme == "https")


class Roads(httpx2.AsyncBaseTransport):
    """The network, for an HTTP client.

    Args:
        proxies: Which request goes through which proxy.
        verify: An ssl context, for hosts and proxies; True = the system's certificates.
    """

    def __init__(self, proxies: Proxies, verify: ssl.SSLContext | bool) -> None:
        self._proxies = proxies
        self._verify = verify
        self._ways: dict[Proxy | None, httpx2.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Hands the request on to its way."""
        proxy = proxy_for(request.url, self._proxies)
        if proxy not in self._ways:
            made = None if proxy is None else self._named(proxy)
            # What it takes from the environment by itself is SSL_CERT_FILE alone.
            self._ways[proxy] = httpx2.AsyncHTTPTransport(verify=self._verify, proxy=made)
        return await self._ways[proxy].handle_async_request(request)

    async def aclose(self) -> None:
        """Closes all connections."""
        for way in self._ways.values():
            await way.aclose()

    def _named(self, proxy: Proxy) -> httpx2.Proxy:
        """The same proxy in the library's words."""
        trusted = self._verify if proxy.tls and isinstance(self._verify, ssl.SSLContext) else None
        headers = {"Proxy-Authorization": proxy.credentials} if proxy.credentials else {}
        url = f"{'https' if proxy.tls else 'http'}://{proxy.authority}"
        return httpx2.Proxy(url, ssl_context=trusted, headers=headers)
