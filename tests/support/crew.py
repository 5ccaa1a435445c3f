"""A whole fleet on a simulated platform without sockets: REST through ASGI, connections in memory, time virtual."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from functools import partial
from random import Random
from typing import Any, Literal

import httpx2
import trio
from typing_extensions import override

from qqgw_proto.client import ClientGateway
from qqgw_proto.config import ClientConfig, ShardConfig
from qqgw_proto.machine import effects as do
from qqgw_proto.sharding import Permit
from qqgw_proto.wire.frames import Dispatch
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.connection.access import GatewayAccess
from qqgw_trio.connection.fleet import Fleet
from qqgw_trio.connection.gate import LocalGate
from qqgw_trio.connection.shard import Shard
from qqgw_trio.connection.transport import Transport, dial
from qqgw_trio.delivery.workers import Dropped, Port, WorkerConfig, Workers
from qqgw_trio.rest.api import Api
from qqgw_trio.rest.credentials import Credentials
from qqgw_trio.rest.http import HttpClient
from qqgw_trio.rest.token import TokenSource
from qqgw_trio.storage.store import MemorySessionStore, SessionKey
from support.rest_stub import Middle
from support.simulated import Bench

__all__ = ["CountingGate", "Crew", "FleetInMemory", "Handle", "ready"]

Handle = Callable[[Dispatch, Port], Awaitable[None]]


class CountingGate(LocalGate):
    """Knows which permits are out."""

    def __init__(self) -> None:
        super().__init__()
        self.out: set[Permit] = set()
        self.granted_at: list[float] = []

    @override
    async def acquire(self, shard_id: int, on_delay: Callable[[float], None]) -> Permit:
        permit = await super().acquire(shard_id, on_delay)
        self.out.add(permit)
        self.granted_at.append(trio.current_time())
        return permit

    @override
    def release(self, permit: Permit, identified_at: float | None) -> None:
        self.out.remove(permit)
        super().release(permit, identified_at)


class _Listening(httpx2.ASGITransport):
    """The platform's REST API, and the paths that were asked for."""

    def __init__(self, bench: Bench, asked: list[str]) -> None:
        super().__init__(bench.app)
        self._asked = asked

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self._asked.append(request.url.path)
        return await super().handle_async_request(request)


class FleetInMemory(Fleet):
    """Its streams lead to a simulated platform without a socket."""

    def __init__(self, bench: Bench, *parts: Any, **settings: Any) -> None:
        super().__init__(*parts, **settings)
        self._open_stream = bench.open_stream

    @override
    async def dial(self, url: GatewayUrl) -> Transport:
        await trio.lowlevel.checkpoint()
        return Transport(self._open_stream())


async def _handle_at_once(_event: Dispatch, _port: Port) -> None:
    await trio.lowlevel.checkpoint()


class Crew:
    """A fleet, all that it needs, and what it did.

    Args:
        bench: The platform.
        shards: How many.
        on_failure: As of `Fleet`.
        secret: In place of the right one.
        gateway_url: A fixed one.
        sockets: Whether it dials in earnest.
        listens: Whether anyone hears of notices.
        tls: As of `dial`.
        store: Where sessions are.
        workers: As of `Workers`.
    """

    def __init__(
        self,
        bench: Bench,
        *,
        shards: int = 1,
        on_failure: Literal["end", "go on"] = "end",
        secret: str | None = None,
        gateway_url: str | None = None,
        sockets: bool = False,
        listens: bool = True,
        tls: ssl.SSLContext | None = None,
        store: MemorySessionStore | None = None,
        workers: WorkerConfig = WorkerConfig(),  # noqa: B008 - frozen
    ) -> None:
        accounts = bench.platform.accounts
        self.asked: list[str] = []
        client = HttpClient(transport=_Listening(bench, self.asked))
        credentials = Credentials(accounts.app_id, secret or accounts.secret)
        tokens = TokenSource(credentials, client=client, url="http://api.test/app/getAppAccessToken", rng=Middle())
        api = Api(tokens, base_url="http://api.test", rng=Middle())
        self.gate = CountingGate()
        self.access = GatewayAccess(api, tokens, self.gate, gateway_url=gateway_url)
        self.store = store or MemorySessionStore()
        self.begun = 0
        self.handled: list[str] = []
        self.notices: list[tuple[int, do.Notice]] = []
        self.handle: Handle = _handle_at_once
        self.workers = Workers(self._handle, workers, on_error=self._on_error, on_dropped=self._on_dropped)
        parts = (self.access, self.gate, self.workers, self.store)
        on_notice = self._notice if listens else None
        make = partial(Fleet, dial=partial(dial, context=tls)) if sockets else partial(FleetInMemory, bench)
        self.fleet = make(*parts, on_notice=on_notice, on_failure=on_failure)
        self.keys: list[SessionKey] = []
        self._news = trio.Event()
        for shard_id in range(shards):
            config = ClientConfig(2**31 - 1, ShardConfig(shard_id, shards))
            shard = Shard(ClientGateway(config, Random(shard_id)), self.fleet, trio.current_time)
            self.keys.append(SessionKey(accounts.app_id, shard_id, shards, 2**31 - 1))
            self.fleet.add(shard, self.keys[-1])

    async def run(self) -> None:
        """As a bot does."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.workers.run)
            await self.fleet.run()
            nursery.cancel_scope.cancel()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits for something to come true; it is looked at whenever anything happens."""
        with trio.fail_after(3600):
            while not condition():
                await self._news.wait()

    def noticed(self, kind: type[do.Notice]) -> list[int]:
        """Which shards gave such notices."""
        return [shard_id for shard_id, notice in self.notices if isinstance(notice, kind)]

    def _tell(self) -> None:
        self._news.set()
        self._news = trio.Event()

    async def _handle(self, event: Dispatch, port: Port) -> None:
        self.begun += 1
        self._tell()
        await self.handle(event, port)
        self.handled.append(event.id or str(event.t))
        self._tell()

    def _notice(self, shard: Shard, notice: do.Notice) -> None:
        self.notices.append((shard.shard_id, notice))
        self._tell()

    def _on_error(self, event: Dispatch, port: Port, error: Exception, attempt: int) -> None:
        raise error

    def _on_dropped(self, dropped: Dropped) -> None:
        raise AssertionError(dropped)


async def ready(nursery: trio.Nursery, crew: Crew) -> Crew:
    """Runs a crew, and returns when all its shards are READY and the handlers have heard of it."""
    nursery.start_soon(crew.run)
    await crew.until(lambda: crew.fleet.is_ready and len(crew.handled) >= len(crew.keys))
    return crew
