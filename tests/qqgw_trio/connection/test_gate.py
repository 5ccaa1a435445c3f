"""The gate of one process: the contract, the clock handed in, and what the log says."""

from __future__ import annotations

import logging

import pytest
import trio
from trio.testing import MockClock

from contracts.gate_contract import GateContract, MakeGate, let_others_run, silent
from qqgw_proto.errors import ConfigurationError
from qqgw_proto.sharding import StartLimits
from qqgw_trio.connection.gate import LocalGate


class TestLocalGate(GateContract):
    @pytest.fixture
    def make_gate(self) -> MakeGate:
        return LocalGate


def test_a_lease_is_no_shorter_than_the_window() -> None:
    with pytest.raises(ConfigurationError, match="lease must be a number of seconds from 5, not 1"):
        LocalGate(lease=1)


async def test_a_permit_never_released_holds_its_slot_for_the_lease(autojump_clock: MockClock) -> None:
    gate = LocalGate(lease=30.0)
    began = trio.current_time()
    await gate.acquire(0, silent)
    await gate.acquire(1, silent)
    assert trio.current_time() - began == 30.0


async def test_limits_and_queue_can_be_seen(autojump_clock: MockClock) -> None:
    gate = LocalGate(StartLimits(remaining=5))
    await gate.acquire(0, silent)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(gate.acquire, 1, silent)
        await let_others_run()
        assert (gate.waiting, gate.limits.remaining) == (1, 4)
        nursery.cancel_scope.cancel()
    assert gate.waiting == 0


async def test_what_is_left_falls_with_each_permit_and_rises_with_one_that_was_not_used(
    autojump_clock: MockClock,
) -> None:
    gate = LocalGate(StartLimits(max_concurrency=9, remaining=5, total=1000))
    permits = [await gate.acquire(shard_id, silent) for shard_id in range(3)]
    assert gate.limits.remaining == 2
    gate.release(permits[0], trio.current_time())
    gate.release(permits[1], None)
    assert gate.limits.remaining == 3
    # Three of them were IDENTIFYs that the platform has not seen yet, one permit is still out.
    gate.update(StartLimits(max_concurrency=9, remaining=100, total=1000))
    assert gate.limits.remaining == 99
    gate.update(StartLimits(max_concurrency=9, remaining=0, total=1000))
    assert gate.limits.remaining == 0


async def test_all_are_left_again_when_the_reset_has_come_whether_or_not_anybody_asks_for_a_permit(
    autojump_clock: MockClock,
) -> None:
    gate = LocalGate(StartLimits(max_concurrency=9, remaining=3, total=1000, reset_after=100.0))
    assert (gate.limits.remaining, gate.limits.reset_after) == (3, 100.0)  # nothing has happened yet
    held = await gate.acquire(0, silent)
    gate.release(await gate.acquire(1, silent), trio.current_time())
    await trio.sleep(60)
    assert (gate.limits.remaining, gate.limits.reset_after) == (1, 40.0)
    await trio.sleep(50)
    # The permit that is out may yet be used; the next reset is a day after the last.
    assert (gate.limits.remaining, gate.limits.reset_after) == (999, 86_390.0)
    await trio.sleep(2 * 86_400)
    assert gate.limits.reset_after == 86_390.0
    gate.release(held, None)
    assert (gate.limits.remaining, gate.limits.total) == (1000, 1000)


@pytest.mark.parametrize("slowness", [1.0, 0.9, 1.1])
async def test_all_instants_are_of_the_clock_handed_in(autojump_clock: MockClock, slowness: float) -> None:
    """A clock with another zero that runs a little slower or faster than trio's, as one that counts a suspend may."""

    def clock() -> float:
        return 1_000_000.0 + trio.current_time() * slowness

    gate = LocalGate(clock=clock)
    first = await gate.acquire(0, silent)
    identified_at = clock()
    gate.release(first, identified_at)
    delays: list[float] = []
    second = await gate.acquire(1, delays.append)
    assert delays == [identified_at + 5.0]
    assert identified_at + 5.0 <= second.granted_at < identified_at + 5.6


async def test_spent_starts_are_said_once_in_the_log(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    gate = LocalGate(StartLimits(max_concurrency=2, remaining=0, reset_after=60.0))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(gate.acquire, 0, silent)
        nursery.start_soon(gate.acquire, 1, silent)
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING] == [
        "the session starts of this day do not suffice: shards that must identify wait 60 s"
    ]


async def test_every_wait_is_said_in_detail(autojump_clock: MockClock, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="qqgw_trio.connection.gate")
    gate = LocalGate()
    gate.release(await gate.acquire(3, silent), trio.current_time())
    await gate.acquire(4, silent)
    assert [record.getMessage() for record in caplog.records] == [
        "shard 4 waits 5.0 s for its turn to identify (concurrency)"
    ]
