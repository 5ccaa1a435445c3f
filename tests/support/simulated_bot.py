"""A shard of ours on a simulated gateway: settles what it is given at once, and remembers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from random import Random

import trio

from qqgw_proto.client import ClientGateway
from qqgw_proto.config import ClientConfig
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.session import Snapshot
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.connection.shard import Shard
from qqgw_trio.connection.surroundings import Surroundings
from qqgw_trio.connection.transport import Transport

OpenStream = Callable[[], Awaitable[trio.abc.Stream]]


class SimulatedBot(Surroundings):
    """One shard and all that it needs.

    Args:
        url: The gateway's URL.
        token: Gives the access token.
        open_stream: Makes a transport.
        config: What the shard is.
    """

    def __init__(
        self, url: str, token: Callable[[], str], open_stream: OpenStream, config: ClientConfig | None = None
    ) -> None:
        self.handled: list[str] = []
        self.notices: list[do.Notice] = []
        self._news = trio.Event()
        self._url = url
        self._token = token
        self._open_stream = open_stream
        gateway = ClientGateway(config or ClientConfig(intents=2**31 - 1), Random(1))
        self.shard = Shard(gateway, self, trio.current_time)

    def noticed(self, kind: type[do.Notice]) -> int:
        """How many notices of a kind came."""
        return sum(isinstance(notice, kind) for notice in self.notices)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits for something to come true by an event or a notice."""
        while not condition():
            self._news = trio.Event()
            await self._news.wait()

    async def permit(self, shard: Shard, request: do.RequestPermit) -> None:
        shard.apply(shard.gateway.permit_granted(request.request, shard.clock()))

    def return_permit(self, shard: Shard, permit: do.ReturnPermit) -> None:
        pass

    async def access(self, shard: Shard, request: do.RequestAccess) -> None:
        shard.apply(shard.gateway.access_granted(request.request, self._url, self._token(), shard.clock()))

    async def dial(self, url: GatewayUrl) -> Transport:
        return Transport(await self._open_stream())

    def deliver(self, shard: Shard, batch: do.Deliver) -> None:
        self.handled += [event.id for event in batch.events if event.id is not None]
        shard.settled(batch.tickets())
        self._news.set()

    def has_room(self) -> bool:
        return True

    async def wait_room(self) -> None:
        await trio.lowlevel.checkpoint()

    def save(self, shard: Shard, snapshot: Snapshot | None) -> None:
        pass

    def notice(self, shard: Shard, notice: do.Notice) -> None:
        self.notices.append(notice)
        self._news.set()
