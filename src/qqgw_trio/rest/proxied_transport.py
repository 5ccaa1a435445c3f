"""The transport of an HTTP client that sends each request straight or through a proxy, as `Proxies.choose` says.

The HTTP library's own choice reads the same environment variables by other rules, so it is never asked. There is one
pool of connections for each proxy and one for no proxy, made when first needed.
"""

from __future__ import annotations

import ssl
from typing import Final

import httpx2

from qqgw_trio.connection.proxies import Proxies, Proxy

__all__ = ["ProxiedTransport", "proxy_for"]

_PORTS: Final = {"http": 80, "https": 443}


def proxy_for(url: httpx2.URL, proxies: Proxies) -> Proxy | None:
    """The proxy that a request to this URL goes through; None = none."""
    port = url.port or _PORTS.get(url.scheme, 0)
    return proxies.choose(url.raw_host.decode(), port, tls=url.scheme == "https")


class ProxiedTransport(httpx2.AsyncBaseTransport):
    """Sends requests, each through its proxy.

    Args:
        proxies: Which request goes through which proxy.
        verify: An ssl context, for hosts and proxies; True = the system's certificates.
    """

    def __init__(self, proxies: Proxies, verify: ssl.SSLContext | bool) -> None:
        self._proxies = proxies
        self._verify = verify
        self._pools: dict[Proxy | None, httpx2.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Sends the request with the pool of its proxy."""
        proxy = proxy_for(request.url, self._proxies)
        if proxy not in self._pools:
            described = None if proxy is None else self._described(proxy)
            # What it takes from the environment by itself is SSL_CERT_FILE alone.
            self._pools[proxy] = httpx2.AsyncHTTPTransport(verify=self._verify, proxy=described)
        return await self._pools[proxy].handle_async_request(request)

    async def aclose(self) -> None:
        """Closes all connections."""
        for pool in self._pools.values():
            await pool.aclose()

    def _described(self, proxy: Proxy) -> httpx2.Proxy:
        """The proxy as the HTTP library wants it described."""
        trusted = self._verify if proxy.tls and isinstance(self._verify, ssl.SSLContext) else None
        headers = {"Proxy-Authorization": proxy.credentials} if proxy.credentials else {}
        url = f"{'https' if proxy.tls else 'http'}://{proxy.authority}"
        return httpx2.Proxy(url, ssl_context=trusted, headers=headers)
