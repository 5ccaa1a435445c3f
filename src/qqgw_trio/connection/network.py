"""How a bot reaches the platform: one TLS context and one choice of proxy, for REST and gateway alike."""

from __future__ import annotations

import ssl
from typing import Self

import attrs

from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.connection.proxies import Proxies
from qqgw_trio.connection.transport import Transport, dial
from qqgw_trio.rest.http import HttpClient
from qqgw_trio.settings.gateway_config import GatewayConfig

__all__ = ["Network"]


@attrs.frozen
class Network:
    """The TLS context and the proxies of a bot.

    Attributes:
        context: For https and wss.
        proxies: Which connection goes through which proxy.
    """

    context: ssl.SSLContext
    proxies: Proxies = Proxies()

    @classmethod
    def of(cls, settings: GatewayConfig) -> Self:
        """Makes it from the settings.

        Raises:
            ConfigurationError: A proxy or a certificate cannot be used.
        """
        return cls(settings.ssl_context, Proxies.of(settings.proxy))

    def http_client(self) -> HttpClient:
        """The HTTP client for REST and tokens."""
        return HttpClient(verify=self.context, proxies=self.proxies)

    async def dial(self, url: GatewayUrl) -> Transport:
        """Opens a stream to the gateway.

        Raises:
            ConnectionFailed: It cannot be reached.
        """
        return await dial(url, self.context, self.proxies.choose(url.host, url.port, tls=url.tls))
