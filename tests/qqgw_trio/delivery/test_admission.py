"""An event is decoded once, as it comes, for all who want something of it. The rest is in the tests of the workers."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import msgspec
import trio
from trio.testing import MockClock

from qqgw_proto.events import Event, GroupAtMessageCreate
from qqgw_proto.machine.effects import Deliver
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.delivery.settling import Port
from qqgw_trio.delivery.worker_config import Counters
from qqgw_trio.delivery.workers import WorkerConfig, Workers
from support.receipts import Receipts


def message(seq: int, group: object = "g1", message_id: object = "m1") -> Dispatch:
    raw = msgspec.Raw(msgspec.json.encode({"id": message_id, "group_openid": group}))
    return Dispatch(0, raw, seq, "GROUP_AT_MESSAGE_CREATE", f"e{seq}")


class Called:
    """What handlers were called with; each waits a second."""

    def __init__(self) -> None:
        self.frames: list[int | None] = []
        self.events: list[Event] = []
        self.under_way: list[set[int | None]] = []
        self._now: set[int | None] = set()

    async def handle(self, frame: Dispatch, _port: Port) -> None:
        self.frames.append(frame.s)
        await trio.sleep(1.0)

    async def handle_typed(self, event: Event, _port: Port) -> None:
        self.events.append(event)
        self._now.add(event.seq)
        self.under_way.append(set(self._now))
        await trio.sleep(1.0)
        self._now.remove(event.seq)


def unexpected(_event: Dispatch, _port: Port, error: Exception, _attempt: int) -> None:
    raise error


@asynccontextmanager
async def typed_workers(called: Called) -> AsyncGenerator[Workers]:
    workers = Workers(
        called.handle,
        WorkerConfig(attempts=1),
        on_error=unexpected,
        on_dropped=lambda _dropped: None,
        handle_typed=called.handle_typed,
    )
    async with trio.open_nursery() as nursery:
        nursery.start_soon(workers.run)
        yield workers
        nursery.cancel_scope.cancel()


async def settled(workers: Workers, *events: Dispatch) -> list[int]:
    port = Receipts()
    workers.offer(port, Deliver(list(events), 1))
    assert await workers.drain(60.0)
    return port.numbers


async def test_a_handler_gets_the_typed_event_with_its_frame(autojump_clock: MockClock) -> None:
    called, frame = Called(), message(1)
    async with typed_workers(called) as workers:
        assert await settled(workers, frame) == [1]
    [event] = called.events
    assert isinstance(event, GroupAtMessageCreate)
    assert event.frame is frame
    assert called.frames == []


async def test_what_does_not_decode_comes_as_a_frame(autojump_clock: MockClock) -> None:
    called = Called()
    async with typed_workers(called) as workers:
        assert await settled(workers, message(1, {"no": "id"})) == [1]
    assert (called.frames, called.events) == ([1], [])


async def test_the_order_is_that_of_the_typed_events_conversation(autojump_clock: MockClock) -> None:
    called = Called()
    async with typed_workers(called) as workers:
        events = message(1, "g1", "a"), message(2, "g2", "b"), message(3, "g1", "c")
        assert sorted(await settled(workers, *events)) == [1, 2, 3]
    assert {1, 2} in called.under_way
    assert not any({1, 3} <= seen for seen in called.under_way)


async def test_a_message_is_known_again_by_the_typed_events_id(autojump_clock: MockClock) -> None:
    called = Called()
    async with typed_workers(called) as workers:
        # Ids may come as numbers; they are the same ids.
        assert await settled(workers, message(1, message_id="7"), message(2, message_id=7)) == [1, 2]
        assert workers.counters == Counters(received=2, handled=1, duplicated=1)
