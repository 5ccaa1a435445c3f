"""Memory is bounded: it grows with nothing that comes again and again, be it events, reconnects or a flood."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from functools import partial

import pytest
import trio
import trio.testing

from benchmarks.gateways import READY, RESUMED, connection_of, feed, ready
from benchmarks.shard_client import Alone
from benchmarks.stream import EVENT_TYPES, frame_of, wire_bytes
from qqgw_proto.client import ClientGateway
from qqgw_proto.errors import ConnectionFailed
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.states import ConnectionState
from qqgw_proto.wire import frames
from qqgw_proto.wire.frames import Dispatch
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.connection.shard import Shard
from qqgw_trio.connection.transport import Transport
from qqgw_trio.delivery.workers import Port, WorkerConfig, Workers
from support.wires import accept_key, answer

pytestmark = pytest.mark.no_cover

KIB = 1024


def kept_by(work: Callable[[], object]) -> int:
    """Bytes that are allocated after the work and were not before."""
    gc.collect()
    tracemalloc.start()
    try:
        work()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


# --- events --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lane", [True, False])
def test_events_that_are_settled_leave_nothing(lane: bool) -> None:
    # The cursor is an int whatever its value; what is kept besides is the latest of what is made for every chunk.
    gateway, first = ready(lane=lane), 2
    levels: list[int] = []
    for _ in range(4):
        chunks = [wire_bytes(50, at) for at in range(first, first + 1_000, 50)]
        levels.append(kept_by(partial(feed, gateway, chunks, 1_000, settle=True)))
        first += 1_000
    assert max(levels[1:]) < 8 * KIB
    session = gateway.session
    assert session is not None
    assert (session.sequence_number, session.settled) == (4_001, 4_001)


def test_events_that_are_not_settled_leave_two_numbers_however_many_they_are() -> None:
    gateway = ready()
    feed(gateway, [wire_bytes(100)], 100, settle=False)
    chunks = [wire_bytes(100, at) for at in range(102, 4_102, 100)]
    assert kept_by(lambda: feed(gateway, chunks, 4_000, settle=False)) < 8 * KIB
    session = gateway.session
    assert session is not None
    assert (session.sequence_number, session.settled) == (4_101, 1)


# --- reconnects ----------------------------------------------------------------------------------------------------


class Line:
    """Loses the connection of a shard again and again, and answers whatever it asks until it is READY again."""

    def __init__(self, gateway: ClientGateway) -> None:
        self.gateway = gateway
        self.now = 2000.0
        self.seq = 2

    def reconnect(self) -> None:
        gateway = self.gateway
        lost = ConnectionFailed("reset")
        self._apply(gateway.lost(connection_of(gateway), lost, self.now))
        while gateway.state is not ConnectionState.READY:
            assert gateway.deadline is not None
            self.now = max(self.now, gateway.deadline)
            self._apply(gateway.tick(self.now))

    def _apply(self, effects: list[do.Effect]) -> None:
        for effect in effects:
            match effect:
                case do.RequestPermit():
                    self._apply(self.gateway.permit_granted(effect.request, self.now))
                case do.RequestAccess():
                    granted = self.gateway.access_granted(effect.request, "ws://127.0.0.1:1/", "token", self.now)
                    self._apply(granted)
                case do.Dial():
                    self._apply(self.gateway.opened(effect.connection, self.now))
                case do.Write() if effect.data.startswith(b"GET "):
                    hello = frame_of(frames.hello(45_000))
                    self._receive(effect.connection, answer(accept_key(effect.data)) + hello)
                case do.Write() if self.gateway.state is ConnectionState.RESUMING:
                    self._receive(effect.connection, frame_of(RESUMED))
                case do.Write() if self.gateway.state is ConnectionState.IDENTIFYING:
                    self._receive(effect.connection, frame_of(READY))
                case _:
                    pass

    def _receive(self, connection: int, data: bytes) -> None:
        self._apply(self.gateway.receive_data(connection, data, self.now))


def test_a_reconnect_leaves_nothing() -> None:
    line = Line(ready())

    def reconnect_often() -> None:
        for _ in range(50):
            line.reconnect()

    reconnect_often()
    assert [kept_by(reconnect_often) < 32 * KIB for _ in range(3)] == [True, True, True]
    assert connection_of(line.gateway) > 200


# --- a flood -------------------------------------------------------------------------------------------------------

CAPACITY = 200
EVENTS = 100
FLOOD = 1_000
"""Chunks of so many events, a hundred times what the buffer takes."""


class Flooded(Alone):
    """A shard with workers whose handler never returns, on a stream that only takes what is read."""

    def __init__(self, workers: Workers, stream: trio.abc.Stream, begin: Callable[[], None]) -> None:
        super().__init__("ws://gateway.test/", lambda _event: None, begin)
        self._workers = workers
        self._stream = stream

    async def dial(self, url: GatewayUrl) -> Transport:
        await trio.lowlevel.checkpoint()
        return Transport(self._stream)

    def deliver(self, shard: Shard, batch: do.Deliver) -> None:
        self._workers.offer(shard, batch)

    def has_room(self) -> bool:
        return not self._workers.full

    async def wait_room(self) -> None:
        await self._workers.wait_room()


async def upgraded(stream: trio.abc.Stream) -> None:
    """The gateway's side as far as READY."""
    asked = b""
    while b"\r\n\r\n" not in asked:
        asked += await stream.receive_some()
    await stream.send_all(answer(accept_key(asked)) + frame_of(frames.hello(45_000)))
    await stream.receive_some()
    await stream.send_all(frame_of(READY))


class Flood:
    """A gateway that sends as fast as is read, and handlers that never return."""

    def __init__(self) -> None:
        self.entered = 0
        self.taken = 0
        self.near, self._far = trio.testing.lockstep_stream_pair()
        config = WorkerConfig(capacity=CAPACITY)
        self.workers = Workers(self._never_return, config, on_error=unexpected, on_dropped=lambda _: None)

    async def _never_return(self, _event: Dispatch, _port: Port) -> None:
        self.entered += 1
        await trio.sleep_forever()

    async def begin(self) -> None:
        """As far as READY."""
        await upgraded(self._far)

    async def go_on(self) -> None:
        """Events without end."""
        for first in range(2, 2 + FLOOD * EVENTS, EVENTS):
            await self._far.send_all(wire_bytes(EVENTS, first))
            self.taken += EVENTS


def unexpected(_event: Dispatch, _port: Port, error: Exception, _attempt: int) -> None:
    raise error


async def test_a_flood_is_held_off_while_handlers_are_blocked(
    autojump_clock: trio.testing.MockClock, nursery: trio.Nursery
) -> None:
    flood = Flood()
    nursery.start_soon(flood.workers.run)
    nursery.start_soon(Flooded(flood.workers, flood.near, lambda: None).shard.run)
    await flood.begin()
    gc.collect()
    tracemalloc.start()
    try:
        nursery.start_soon(flood.go_on)
        await trio.testing.wait_all_tasks_blocked()
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    # The buffer, and the chunk that was under way when it was full: 64 KiB.
    assert CAPACITY <= flood.taken <= CAPACITY + 2 * EVENTS
    assert 0 < flood.entered <= len(EVENT_TYPES)
    assert kept < 3 * (CAPACITY + EVENTS) * len(wire_bytes(1_000)) // 1_000
    nursery.cancel_scope.cancel()
