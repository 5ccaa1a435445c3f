"""How a bot reaches the platform: one TLS context and one choice of proxy, for REST and gateway alike."""

from __future__ import annotations

import ssl
from typing import ClassVar, Self

from qqgw_proto.wire.url import GatewayUrl
from qqgw_proto.wire.veiled import Veiled
from qqgw_trio.gateway_config import GatewayConfig
from qqgw_trio.http import HttpClient
from qqgw_trio.proxies import DIRECT, Proxies
from qqgw_trio.transport import Transport, dial

__all__ = ["Network"]


class Network(Veiled, frozen=True):
    """The way out.

    Attributes:
        context: For https and wss.
        proxies: Which connection goes through which proxy.
        proxy: The setting, for the HTTP library; None = as the environment says.
    """

    context: ssl.SSLContext
    proxies: Proxies = Proxies()
    proxy: str | None = None
    veiled: ClassVar[frozenset[str]] = frozenset(("proxy",))

    @classmethod
    def of(cls, settings: GatewayConfig) -> Self:
        """As set.

        Raises:
            ConfigurationError: A proxy or a certificate cannot be used.
        """
        setting = settings.proxy
        url = setting if setting in (None, DIRECT) or "://" in setting else f"http://{setting}"
        return cls(settings.ssl_context, Proxies.of(setting), url)

    def http_client(self) -> HttpClient:
        """For REST and tokens.

        Raises:
            ConfigurationError: A proxy cannot be used.
        """
        proxy = None if self.proxy == DIRECT else self.proxy
        return HttpClient(verify=self.context, proxy=proxy, trust_env=self.proxy is None)

    async def dial(self, url: GatewayUrl) -> Transport:
        """A stream to the gateway.

        Raises:
            ConnectionFailed: It cannot be reached.
        """
        return await dial(url, self.context, self.proxies.choose(url.host, url.port, tls=url.tls))
