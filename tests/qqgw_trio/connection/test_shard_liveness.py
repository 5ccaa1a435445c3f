"""A shard whose connections die, stall and come back, in virtual time: how it notices, and that nothing piles up."""

from __future__ import annotations

import pytest
import trio
import trio.testing
from typing_extensions import override

from qqgw_proto.errors import (
    ConnectionFailed,
    HeartbeatTimeout,
    ReconnectRequested,
)
from qqgw_proto.machine import effects as do
from qqgw_trio.simulator.faults import FaultKind
from qqgw_trio.simulator.ledger import judge
from support.simulated import Bench
from support.surroundings import Around, around_of, connected, in_memory, tasks

VirtualClock = trio.testing.MockClock


@pytest.fixture
def bench(nursery: trio.Nursery) -> Bench:
    return Bench(nursery)


# --- how it notices that a connection is dead


async def test_a_half_open_link_is_noticed_by_its_missing_acks(
    bench: Bench, autojump_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    """D04: "reconnect within (max_missed + 1) x interval of virtual time"."""
    around = await connected(nursery, around_of(bench))
    bench.gateway.fault(FaultKind.HALF_OPEN)
    silent_since = trio.current_time()
    await around.until_noticed(do.Disconnected)
    assert isinstance(around.last(do.Disconnected).cause, HeartbeatTimeout)
    assert trio.current_time() - silent_since <= 3 * 45.0
    await around.until_noticed(do.Resumed)
    around.shard.stop()


async def test_a_connection_that_acknowledges_nothing_is_given_up(
    bench: Bench, autojump_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    around = await connected(nursery, around_of(bench))
    bench.gateway.fault(FaultKind.ACK_SILENCE)
    nursery.start_soon(bench.gateway.emit, 200)  # "liveness = heartbeat ACK age" (D17), never an event
    await around.until_noticed(do.Disconnected)
    assert isinstance(around.last(do.Disconnected).cause, HeartbeatTimeout)
    await around.until(lambda: len(around.handled) == 200)
    around.shard.stop()


@pytest.mark.no_cover
async def test_a_quiet_bot_stays_connected(bench: Bench, autojump_clock: VirtualClock, nursery: trio.Nursery) -> None:
    """D17: "idle 24 h with ACKs: healthy, zero reconnects"."""
    around = await connected(nursery, around_of(bench))
    await trio.sleep(86_400)
    assert around.noticed(do.Disconnected) == 0
    around.shard.stop()


async def test_op_7_is_followed_within_a_second_or_two(
    bench: Bench, autojump_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    around = await connected(nursery, around_of(bench))
    await trio.sleep(3600)
    bench.gateway.fault(FaultKind.RECONNECT)
    ordered_at = trio.current_time()
    await around.until_noticed(do.Resumed)
    assert trio.current_time() - ordered_at <= 1.0  # "RESUME with 0-1 s jitter and no back-off" (design 5)
    assert isinstance(around.last(do.Disconnected).cause, ReconnectRequested)
    around.shard.stop()


class Deaf(trio.abc.Stream):
    """The server's end of a stream; once deaf it reads nothing any more, and the client cannot get rid of its bytes."""

    def __init__(self, inner: trio.abc.Stream) -> None:
        self.inner = inner
        self.is_deaf = False

    @override
    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        if self.is_deaf:
            await trio.sleep_forever()
        return await self.inner.receive_some(max_bytes)

    @override
    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self.inner.send_all(data)

    @override
    async def wait_send_all_might_not_block(self) -> None:
        await self.inner.wait_send_all_might_not_block()

    @override
    async def aclose(self) -> None:
        await self.inner.aclose()


async def test_a_write_that_does_not_move_is_noticed_within_ten_seconds(
    bench: Bench, autojump_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    """Design 3: "a write stalled 10"; the events that go on coming do not hide it."""
    peers: list[Deaf] = []

    def open_stream() -> trio.abc.Stream:
        ours, theirs = trio.testing.lockstep_stream_pair()  # A byte is gone when it has been read, not sooner.
        peers.append(Deaf(theirs))
        nursery.start_soon(bench.gateway.serve_stream, peers[-1])
        return ours

    around = await connected(nursery, Around(in_memory(open_stream), lambda: bench.access_token))
    peers[0].is_deaf = True
    nursery.start_soon(bench.gateway.emit, 300)
    await around.until_noticed(do.Disconnected)
    assert around.last(do.Disconnected).cause == ConnectionFailed("bytes could not be sent in time")
    # The reading that was under way took one beat; the next, at most an interval later, did not move.
    assert trio.current_time() <= 45.0 + 45.0 + 10.0
    await around.until_noticed(do.Resumed)
    await around.until(lambda: len(around.handled) == 300)
    assert judge(bench.ledger.sent_ids, around.handled).is_clean
    around.shard.stop()


# --- time


async def test_a_suspend_is_noticed_within_seconds_of_waking_up(
    bench: Bench, autojump_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    """D04: the shard's clock ran on while the machine slept, trio's stood still with all its alarms."""
    slept = 0.0
    around = Around(in_memory(bench.open_stream), lambda: bench.access_token, clock=lambda: trio.current_time() + slept)
    await connected(nursery, around)
    await trio.sleep(60)
    slept = 7200.0
    woken_at = trio.current_time()
    await around.until_noticed(do.Disconnected)
    assert trio.current_time() - woken_at <= 5.0
    assert isinstance(around.last(do.Disconnected).cause, ReconnectRequested)
    await around.until_noticed(do.Resumed)
    # 5 s to notice, up to 5 s of jitter "spread over the fleet", nothing else.
    assert trio.current_time() - woken_at <= 11.0
    around.shard.stop()


async def test_no_two_dials_are_closer_than_a_second(bench: Bench, autojump_clock: VirtualClock) -> None:
    """I7: "never two dials closer than the floor"; the platform ends every connection as soon as it stands."""
    around = around_of(bench)

    def drop(notice: do.Notice) -> None:
        if isinstance(notice, do.Connected):
            bench.gateway.drop()

    around.on_notice = drop
    async with trio.open_nursery() as nursery:
        nursery.start_soon(around.shard.run)
        await around.until(lambda: len(around.dialed_at) == 30, within=3600)
        around.shard.stop()
    assert min(later - earlier for earlier, later in zip(around.dialed_at, around.dialed_at[1:], strict=False)) >= 1.0


@pytest.mark.long
@pytest.mark.no_cover
async def test_a_thousand_reconnects_leave_no_task(
    bench: Bench, autojump_clock: VirtualClock, nursery: trio.Nursery
) -> None:
    """D15: "1000 reconnects: task count constant"."""
    around = await connected(nursery, around_of(bench))
    before = tasks()
    ways = [FaultKind.RESET, FaultKind.RECONNECT, FaultKind.EOF, FaultKind.GARBAGE, FaultKind.HALF_OPEN]
    for count in range(1, 1001):
        kind = ways[-1] if count % 50 == 0 else ways[count % 4]
        bench.gateway.fault(kind)
        await around.until_noticed(do.Resumed, count)
    await trio.sleep(20)  # Until the gateway has given up those that ended halfway.
    assert tasks() == before
    around.shard.stop()
