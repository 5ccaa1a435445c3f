"""Conformance 4, M20: a handler raises, or is cancelled with all that runs: the session is whole, the socket closed."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable

import attrs
import pytest
import trio
from typing_extensions import override

from conformance.adapters import Around
from conformance.client import CONFIG, Client
from docs.examples.embed import asyncio_streams, websockets_client
from qqgw_proto import ByteWire, ConnectionState, Deadlines, Dispatch, MessageWire, ServerConfig, SessionInfo, Snapshot
from qqgw_proto.machine import effects as do
from qqgw_proto.testing import Visit
from qqgw_proto.wire.doors import Door
from qqgw_trio.connection.shard import Shard
from qqgw_trio.delivery.workers import Port, WorkerConfig
from qqgw_trio.testing.server import ScriptedServer

SERVER = ServerConfig(heartbeat_interval=600.0, heartbeat_timeout=None)

MANY = 5_000
"""Events: more than an adapter takes before it stops reading."""


class Failing(Around):
    """Its handler raises at event 2 each time."""

    def __init__(self, client: Client) -> None:
        super().__init__(client, WorkerConfig(retry_delay=0.001))
        self.client = client
        self.told: list[str] = []

    @override
    async def handle(self, event: Dispatch, port: Port) -> None:
        if event.s == 3:
            raise ValueError("event 2")
        self.client.handle(event)

    @override
    def on_error(self, event: Dispatch, port: Port, error: Exception, attempt: int) -> None:
        self.told.append(f"{error}, attempt {attempt}")


class Hanging(Around):
    """Its handler never returns from event 2, and tells when it has been entered and cancelled."""

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self.client = client
        self.entered, self.cancelled = trio.Event(), False

    @override
    async def handle(self, event: Dispatch, port: Port) -> None:
        if event.s != 3:
            self.client.handle(event)
            return
        self.entered.set()
        try:
            await trio.sleep_forever()
        finally:
            self.cancelled = True


def is_left(server: ScriptedServer) -> bool:
    return not any(connection.is_live for connection in server.gateway.connections)


async def test_a_handler_that_raises_leaves_session_and_connection_as_they_are(nursery: trio.Nursery) -> None:
    with ScriptedServer(Visit(events=4), config=SERVER) as server:
        client = Client(server.url, ByteWire())
        around = Failing(client)
        shard = Shard(client.gateway, around, trio.current_time)
        nursery.start_soon(around.workers.run)
        nursery.start_soon(shard.run)
        await trio.to_thread.run_sync(client.until_settled, 1, 3)
        assert around.told == ["event 2, attempt 1", "event 2, attempt 2", "event 2, attempt 3"]
        assert client.texts == ["event 1", "event 3", "event 4"]
        assert client.gateway.state is ConnectionState.READY
        assert client.gateway.session == SessionInfo("session-1", 5, 5, (0, 1))
        assert client.count(do.Disconnected) == 0
        assert server.gateway.heard == ["IDENTIFY"]
        nursery.cancel_scope.cancel()


async def test_a_handler_that_is_cancelled_with_its_bot_is_undone_and_the_next_start_resumes() -> None:
    with ScriptedServer(Visit(events=3), config=SERVER) as server:
        client = Client(server.url, ByteWire())
        around = Hanging(client)
        shard = Shard(client.gateway, around, trio.current_time)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(around.workers.run)
            nursery.start_soon(shard.run)
            await around.entered.wait()
            nursery.cancel_scope.cancel()
        assert nursery.cancel_scope.cancelled_caught
        assert around.cancelled
        await trio.to_thread.run_sync(server.until, lambda: is_left(server))
        [saved] = [notice.snapshot for notice in client.notices if isinstance(notice, do.SaveSession)][-1:]
        assert saved == Snapshot("session-1", 2)  # READY and event 1
        await resumes(server, saved)
        asked = [words for words in server.gateway.heard if not words.startswith("close")]
        assert asked == ["IDENTIFY", "RESUME session-1 from 2"]


async def resumes(server: ScriptedServer, saved: Snapshot | None) -> None:
    """Another life: what was not handled comes again, and what was does not."""
    client = Client(server.url, ByteWire())
    around = Around(client)
    shard = Shard(client.gateway, around, trio.current_time)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(around.workers.run)
        nursery.start_soon(shard.run, saved)
        await trio.to_thread.run_sync(client.until_settled, 1, 2)
        nursery.cancel_scope.cancel()
    assert client.texts == ["event 2", "event 3"]


Handle = Callable[[Dispatch], Awaitable[None]]
SHAPES = pytest.mark.parametrize(
    ("shape", "door"), [(asyncio_streams.Shard, ByteWire()), (websockets_client.Shard, MessageWire())]
)


def embedded(shape: type[asyncio_streams.Shard], client: Client, handle: Handle) -> asyncio_streams.Shard:
    async def access(renew: bool) -> tuple[str, str]:
        return client.access(renew)

    async def permit() -> None:
        pass

    return shape(client.gateway, access, permit, handle, client.notice)


@SHAPES
@pytest.mark.parametrize(("events", "come"), [(3, "Dispatches"), (MANY, "ReadingPaused")])
def test_a_cancelled_run_of_an_asyncio_adapter_ends_cancelled_with_its_socket_closed(
    shape: type[asyncio_streams.Shard], door: Door, events: int, come: str
) -> None:
    with ScriptedServer(Visit(events=events), config=SERVER) as server:
        client = Client(server.url, door)
        entered = threading.Event()

        async def handle(event: Dispatch) -> None:
            entered.set()
            await asyncio.Future[None]()

        async def main() -> None:
            run = asyncio.create_task(embedded(shape, client, handle).run())
            await asyncio.to_thread(entered.wait)
            await asyncio.to_thread(client.until, lambda: client.came[come] > 0)
            run.cancel()
            with pytest.raises(asyncio.CancelledError):
                await run
            assert asyncio.all_tasks() == {asyncio.current_task()}

        asyncio.run(main())
        server.until(lambda: is_left(server))
        assert client.came["ReadingResumed"] == 0  # It would set the clock again, for a run that is over.
        session = client.gateway.session
        assert session is not None
        assert (session.session_id, session.settled) == ("session-1", 1)
        assert client.gateway.state is ConnectionState.READY


@SHAPES
def test_a_handler_that_raises_behind_a_stop_ends_the_run_of_an_asyncio_adapter(
    shape: type[asyncio_streams.Shard], door: Door
) -> None:
    with ScriptedServer(Visit(events=3), config=SERVER) as server:
        client = Client(server.url, door)
        entered, go_on = asyncio.Event(), asyncio.Event()

        async def handle(event: Dispatch) -> None:
            entered.set()
            await go_on.wait()
            raise ValueError("a bug of the bot")

        async def main() -> None:
            shard = embedded(shape, client, handle)
            run = asyncio.create_task(shard.run())
            await entered.wait()
            shard.stop()
            await asyncio.to_thread(client.until, lambda: client.count(do.Disconnected) == 1)
            go_on.set()
            async with asyncio.timeout(30):
                with pytest.raises(ValueError, match="a bug of the bot"):
                    await run
            assert asyncio.all_tasks() == {asyncio.current_task()}

        asyncio.run(main())
    assert client.gateway.state is ConnectionState.STOPPED


@SHAPES
def test_a_stop_before_the_run_of_an_asyncio_adapter_ends_it_at_once(
    shape: type[asyncio_streams.Shard], door: Door
) -> None:
    client = Client("ws://127.0.0.1:1/", door)

    async def handle(event: Dispatch) -> None:
        pass

    async def main() -> None:
        shard = embedded(shape, client, handle)
        shard.stop()
        async with asyncio.timeout(30):
            await shard.run()

    asyncio.run(main())
    assert client.gateway.state is ConnectionState.STOPPED
    assert client.came["Dial"] == 0


@SHAPES
def test_an_ear_that_raises_at_a_tick_ends_the_run_of_an_asyncio_adapter(
    shape: type[asyncio_streams.Shard], door: Door
) -> None:
    with ScriptedServer(Visit(hello=False), config=SERVER) as server:
        client = Client(server.url, door, attrs.evolve(CONFIG, deadlines=Deadlines(hello=0.01)))

        async def handle(event: Dispatch) -> None:
            pass

        def notice(effect: do.Effect) -> None:
            if not isinstance(effect, do.Retrying):
                return
            raise ValueError("a bug of the bot")

        async def main() -> None:
            shard = embedded(shape, client, handle)
            shard.notice = notice
            async with asyncio.timeout(30):
                with pytest.raises(ValueError, match="a bug of the bot"):
                    await shard.run()

        asyncio.run(main())
