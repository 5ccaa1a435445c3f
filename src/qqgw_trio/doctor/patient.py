"""The bot under examination, and what the checks have found out about it so far."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import attrs

from qqgw_proto.config import ShardConfig
from qqgw_proto.errors import ConfigurationError
from qqgw_proto.events import Intents
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.bot import Bot
from qqgw_trio.connection.network import Network
from qqgw_trio.connection.proxies import Proxy
from qqgw_trio.connection.shard_plan import ShardPlan
from qqgw_trio.rest.api import Api
from qqgw_trio.rest.api_types import GatewayBot
from qqgw_trio.rest.credentials import Credentials
from qqgw_trio.rest.http import HttpClient
from qqgw_trio.rest.retry import RetryPolicy
from qqgw_trio.rest.token import TokenSource

__all__ = ["Host", "Patient"]

_PORTS = {"http": 80, "https": 443}
_ONCE = RetryPolicy(attempts=1)


@attrs.frozen
class Host:
    """A server that the bot must reach.

    Attributes:
        name: Host name or address.
        port: TCP port.
        tls: Whether it is spoken to by TLS.
    """

    name: str
    port: int
    tls: bool

    def __str__(self) -> str:
        return f"{self.name}:{self.port}"

    @classmethod
    def of_http(cls, url: str) -> Self:
        """The host of a REST URL."""
        parts = urlsplit(url)
        return cls(parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 80), parts.scheme == "https")

    @classmethod
    def of_gateway(cls, url: str) -> Self:
        """The host of a gateway URL.

        Raises:
            ConfigurationError: It cannot be dialed.
        """
        parsed = GatewayUrl.parse(url)
        return cls(parsed.host, parsed.port, parsed.tls)


class Patient:
    """A bot before it runs; an async context manager.

    Args:
        bot: The bot under examination; it must not be running.
        intents: In place of the bot's.
        environ: In place of this process's environment.
        wall: Seconds since 1970.

    Attributes:
        bot: The bot under examination.
        environ: Where app id and secret may stand.
        wall: Seconds since 1970.
        gateway: What the platform answered; None before it was asked.
    """

    def __init__(
        self,
        bot: Bot,
        *,
        intents: Intents | None = None,
        environ: Mapping[str, str] | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.bot = bot
        self.environ = os.environ if environ is None else environ
        self.wall = wall
        self.gateway: GatewayBot | None = None
        self._intents = intents
        self._stack = AsyncExitStack()
        self._network: Network | None = None
        self._client: HttpClient | None = None
        self._tokens: TokenSource | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def credentials(self) -> Credentials:
        """App id and secret.

        Raises:
            ConfigurationError: They are not set.
        """
        return self.bot.credentials or Credentials.from_env(self.environ)

    @property
    def intents(self) -> Intents:
        """What the bot asks for."""
        return self.bot.intents if self._intents is None else self._intents

    @property
    def plan(self) -> ShardPlan:
        """Which shards this process starts; where the platform names the count and was not asked, one."""
        plan: ShardPlan = self.bot.settings.shards
        return plan.fixed(1 if self.gateway is None else self.gateway.shards)

    @property
    def shard(self) -> ShardConfig:
        """The shard that is tried: the first of this process."""
        return self.plan.configs()[0]

    @property
    def network(self) -> Network:
        """The proxies and the TLS context for all that the bot connects to.

        Raises:
            ConfigurationError: A proxy or a certificate cannot be used.
        """
        if self._network is None:
            self._network = Network.of(self.bot.settings)
        return self._network

    async def client(self) -> HttpClient:
        """For REST and tokens.

        Raises:
            ConfigurationError: A proxy cannot be used.
        """
        if self._client is None:
            self._client = await self._stack.enter_async_context(self.network.http_client())
        return self._client

    async def tokens(self) -> TokenSource:
        """The bot's access token.

        Raises:
            ConfigurationError: There is no app id, or no usable URL.
        """
        if self._tokens is None:
            client, url = await self.client(), self.bot.token_url
            self._tokens = TokenSource(self.credentials, client=client, url=url, policy=_ONCE)
        return self._tokens

    async def api(self) -> Api:
        """REST.

        Raises:
            ConfigurationError: As `tokens`.
        """
        return Api(await self.tokens(), base_url=self.bot.api_url, policy=_ONCE)

    @property
    def gateway_url(self) -> str | None:
        """Where the gateway is; None before that is known."""
        return self.bot.settings.gateway_url or (None if self.gateway is None else self.gateway.url)

    def hosts(self) -> list[Host]:
        """The servers that the bot must reach, as far as they are known.

        Raises:
            ConfigurationError: The gateway URL cannot be dialed.
        """
        found = [Host.of_http(self.bot.token_url), Host.of_http(self.bot.api_url)]
        if self.gateway_url is not None:
            found.append(Host.of_gateway(self.gateway_url))
        return list(dict.fromkeys(found))

    def urls_of(self, host: Host) -> list[tuple[str, str, str]]:
        """The bot's URLs that lead to a host: the name of each, in English and Chinese, and its start without TLS."""
        urls = (
            (Host.of_http(self.bot.token_url), "the token URL", "令牌地址", "http://"),
            (Host.of_http(self.bot.api_url), "the API URL", "API 地址", "http://"),
            (self.gateway_host, "the gateway URL", "网关地址", "ws://"),
        )
        return [(en, zh, start) for to, en, zh, start in urls if to == host]

    def straight_hosts(self) -> list[Host]:
        """Those that are reached without a proxy.

        Raises:
            ConfigurationError: As `hosts` and `network`.
        """
        return [host for host in self.hosts() if self.proxy_for(host) is None]

    def proxy_for(self, host: Host) -> Proxy | None:
        """Through which proxy a host is reached; None = straight.

        Raises:
            ConfigurationError: As `network`.
        """
        return self.network.proxies.choose(host.name, host.port, tls=host.tls)

    @property
    def gateway_host(self) -> Host | None:
        """The gateway's host; None before it is known.

        Raises:
            ConfigurationError: It cannot be dialed.
        """
        return None if self.gateway_url is None else Host.of_gateway(self.gateway_url)

    def known_host(self) -> Host:
        """The gateway's host.

        Raises:
            ConfigurationError: It is not known, or cannot be dialed.
        """
        host = self.gateway_host
        if host is None:
            raise ConfigurationError("the gateway's URL is not known")
        return host
