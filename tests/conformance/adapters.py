"""The four adapters under one roof: each runs a client's shard in a thread of its own until it is stopped."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import trio

from conformance.client import CONFIG, Client
from docs.examples.embed import asyncio_streams, blocking_threads, websockets_client
from qqgw_proto import ByteWire, ClientConfig, Dispatch, MessageWire, Snapshot
from qqgw_proto.machine import effects as do
from qqgw_proto.wire.doors import Door
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.connection.shard import Shard as TrioShard
from qqgw_trio.connection.surroundings import Surroundings
from qqgw_trio.connection.transport import Transport, dial
from qqgw_trio.delivery.workers import Port, WorkerConfig, Workers

WORKERS = WorkerConfig(capacity=100)

Stop = Callable[[], object]
Run = Callable[[Client, Callable[[Stop], None]], None]
"""Runs a client's shard to its end, and tells how to stop it from another thread."""


def run_threads(client: Client, tell: Callable[[Stop], None]) -> None:
    shard = blocking_threads.Shard(client.gateway, client.access, client.permit, client.handle, client.notice)
    tell(shard.stop)
    shard.run()


def run_asyncio(client: Client, tell: Callable[[Stop], None]) -> None:
    asyncio.run(_run_on_loop(asyncio_streams.Shard, client, tell))


def run_websockets(client: Client, tell: Callable[[Stop], None]) -> None:
    asyncio.run(_run_on_loop(websockets_client.Shard, client, tell))


async def _run_on_loop(shape: type[asyncio_streams.Shard], client: Client, tell: Callable[[Stop], None]) -> None:
    async def access(renew: bool) -> tuple[str, str]:
        return client.access(renew)

    async def permit() -> None:
        client.permit()

    async def handle(event: Dispatch) -> None:
        if not client.handlers.is_set():
            await asyncio.to_thread(client.handlers.wait)
        client.handle(event)

    shard, loop = shape(client.gateway, access, permit, handle, client.notice), asyncio.get_running_loop()
    tell(lambda: loop.call_soon_threadsafe(shard.stop))
    await shard.run()


def run_trio(client: Client, tell: Callable[[Stop], None]) -> None:
    async def main() -> None:
        around = Around(client)
        shard, token = TrioShard(client.gateway, around, trio.current_time), trio.lowlevel.current_trio_token()
        tell(lambda: token.run_sync_soon(shard.stop))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(around.workers.run)
            await shard.run()
            await around.workers.drain(10.0)
            nursery.cancel_scope.cancel()

    trio.run(main)
    for notice in client.notices:
        if isinstance(notice, do.Failed):
            raise notice.error


class Around(Surroundings):
    """What the package's own shard asks of whoever runs it, with the package's own workers."""

    def __init__(self, client: Client, config: WorkerConfig = WORKERS) -> None:
        self._client = client
        self.workers = Workers(self.handle, config, on_error=self.on_error, on_dropped=lambda _: None)

    async def handle(self, event: Dispatch, port: Port) -> None:
        if not self._client.handlers.is_set():
            await trio.to_thread.run_sync(self._client.handlers.wait)
        self._client.handle(event)

    def on_error(self, event: Dispatch, port: Port, error: Exception, attempt: int) -> None:
        raise error

    async def permit(self, shard: TrioShard, request: do.RequestPermit) -> None:
        shard.apply(shard.gateway.permit_granted(request.request, shard.clock()))

    def return_permit(self, shard: TrioShard, permit: do.ReturnPermit) -> None:
        pass

    async def access(self, shard: TrioShard, request: do.RequestAccess) -> None:
        url, token = self._client.access(request.renew)
        shard.apply(shard.gateway.access_granted(request.request, url, token, shard.clock()))

    async def dial(self, url: GatewayUrl) -> Transport:
        return await dial(url, ssl.create_default_context() if url.tls else None)

    def deliver(self, shard: TrioShard, batch: do.Deliver) -> None:
        self.workers.offer(shard, batch)

    def has_room(self) -> bool:
        return not self.workers.full

    async def wait_room(self) -> None:
        await self.workers.wait_room()

    def save(self, shard: TrioShard, snapshot: Snapshot | None) -> None:
        self._client.notice(do.SaveSession(snapshot))

    def notice(self, shard: TrioShard, notice: do.Notice) -> None:
        self._client.notice(notice)


ADAPTERS: dict[str, tuple[Run, Door]] = {
    "trio": (run_trio, ByteWire()),
    "asyncio streams": (run_asyncio, ByteWire()),
    "blocking sockets and threads": (run_threads, ByteWire()),
    "websockets": (run_websockets, MessageWire()),
}


class Running:
    """A client under an adapter; a context manager that stops it."""

    def __init__(self, adapter: str, url: str, config: ClientConfig = CONFIG) -> None:
        self._run, door = ADAPTERS[adapter]
        self.client = Client(url, door, config)
        self._stop: Stop | None = None
        self._told = threading.Event()
        self._thread = threading.Thread(target=self._live)

    def _tell(self, stop: Stop) -> None:
        self._stop = stop
        self._told.set()

    def _live(self) -> None:
        try:
            self._run(self.client, self._tell)
        except BaseException as error:  # noqa: BLE001 - the test raises it
            self._stop = None  # Its loop has ended before this thread has.
            self.client.ended(error)

    def stop(self) -> None:
        self.client.handlers.set()
        self._told.wait()
        if self._stop is not None and self._thread.is_alive():
            self._stop()
        self._thread.join()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
