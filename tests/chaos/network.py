"""The network between the bot and the platform: its links, its outages, its dials that fail, its REST requests."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from random import Random
from typing import Final, Literal, TypeAlias

import httpx2
import trio

from chaos.link import Link, Weather
from qqgw_proto.errors import ConnectionFailed
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.connection.transport import GatewayCertificateRefused, Transport

__all__ = ["DialTrouble", "Network", "Rest"]

DialTrouble: TypeAlias = Literal["dns", "refused", "tls", "silence"]
_OP_7: Final = b'{"op":7}'


class Network:
    """Everything between the bot and the gateway.

    Args:
        rng: All chance.
        serve: Begins to serve a stream at the gateway.
    """

    def __init__(self, rng: Random, serve: Callable[[trio.abc.Stream], None]) -> None:
        self.weather = Weather()
        self.troubles: deque[DialTrouble] = deque()
        """What the next dials meet."""
        self.greetings = 0
        """How many of the next connections begin with op 7."""
        self._offline_until = 0.0
        self._rng = rng
        self._serve = serve
        self._links: list[Link] = []

    @property
    def links(self) -> list[Link]:
        """Those that both ends take for open, the oldest first."""
        self._links = [link for link in self._links if link.is_open]
        return self._links

    @property
    def is_offline(self) -> bool:
        """Whether nothing gets through."""
        return trio.current_time() < self._offline_until

    def go_offline(self, seconds: float) -> None:
        """Nothing gets through for so long, and no link lives on."""
        self._offline_until = max(self._offline_until, trio.current_time() + seconds)
        for link in self.links:
            link.silence()

    def heal(self) -> None:
        """Nothing goes wrong any more; what has gone wrong already is for the two ends to find out."""
        self.clear_up()
        for link in self.links:
            link.up.heal()
            link.down.heal()
        self.troubles.clear()
        self.greetings = 0
        self._offline_until = 0.0

    def clear_up(self) -> None:
        """The network is as fast as usual."""
        self.weather.latency, self.weather.jitter = Weather().latency, Weather().jitter

    async def dial(self, url: GatewayUrl) -> Transport:
        """As `qqgw_trio.connection.transport.dial`.

        Raises:
            ConnectionFailed: DNS, TCP or TLS failed.
        """
        await trio.sleep(3 * self.weather.latency)
        trouble = self.troubles.popleft() if self.troubles else "dns" if self.is_offline else None
        if trouble == "silence":
            await trio.sleep_forever()
        elif trouble == "tls":
            raise GatewayCertificateRefused(f"cannot reach {url.host}: its certificate is not trusted")
        elif trouble is not None:
            raise ConnectionFailed(f"cannot reach {url.host}: {trouble}")
        link = Link(self.weather, self._rng)
        if self.greetings:
            self.greetings -= 1
            link.down.greeting = bytes((0x81, len(_OP_7))) + _OP_7
        self._links.append(link)
        self._serve(link.gateway_end)
        return Transport(link.bot_end)


class Rest(httpx2.AsyncBaseTransport):
    """HTTP requests over the same network, straight to the application."""

    def __init__(self, network: Network, inner: httpx2.AsyncBaseTransport) -> None:
        self._network = network
        self._inner = inner

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        await trio.sleep(2 * self._network.weather.latency)
        if self._network.is_offline:
            raise httpx2.ConnectError("the network is unreachable", request=request)
        return await self._inner.handle_async_request(request)
