"""What every identify gate must keep, whoever counts: subclass `GateContract` and give it a fixture `make_gate`.

    class TestMyGate(GateContract):
        @pytest.fixture
        def make_gate(self) -> MakeGate: ...

`make_gate(limits)` gives a fresh gate that takes trio's clock for all instants. The tests run in virtual time: a gate
that must do I/O does it in no time.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import TypeAlias

import pytest
import trio
from trio.testing import MockClock, assert_checkpoints

from qqgw_proto.sharding import Permit, StartLimits
from qqgw_trio.connection.gate import Gate

__all__ = ["GateContract", "MakeGate", "let_others_run", "silent"]

MakeGate: TypeAlias = Callable[[StartLimits], Gate]


def silent(_until: float) -> None:
    """For those who do not care how long it takes."""


async def let_others_run() -> None:
    """Until all tasks just started stand where they must wait; takes no time, not even virtual time."""
    for _ in range(5):
        await trio.lowlevel.checkpoint()


class Shards:
    """Shards that identify as soon as they may; `served` has who and when, in seconds since the first `identify`."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.start = trio.current_time()
        self.served: list[tuple[int, float]] = []
        self.delays: list[tuple[int, float]] = []

    def now(self) -> float:
        return trio.current_time() - self.start

    async def acquire(self, shard_id: int) -> Permit:
        return await self.gate.acquire(shard_id, lambda until: self.delays.append((shard_id, until - self.start)))

    async def identify(self, shard_id: int) -> None:
        permit = await self.acquire(shard_id)
        self.served.append((shard_id, self.now()))
        self.gate.release(permit, trio.current_time())


class GateContract:
    """The contract."""

    async def test_with_room_a_permit_comes_at_once_and_names_its_shard(
        self, autojump_clock: MockClock, make_gate: MakeGate
    ) -> None:
        gate = make_gate(StartLimits(max_concurrency=2))
        began = trio.current_time()
        permits = [await gate.acquire(7, silent), await gate.acquire(8, silent)]
        assert [permit.shard_id for permit in permits] == [7, 8]
        assert [permit.granted_at - began for permit in permits] == [0.0, 0.0]
        assert trio.current_time() == began

    async def test_to_acquire_is_a_checkpoint(self, autojump_clock: MockClock, make_gate: MakeGate) -> None:
        gate = make_gate(StartLimits(max_concurrency=2))
        with assert_checkpoints():
            await gate.acquire(0, silent)

    async def test_no_more_than_allowed_in_five_seconds_and_in_the_order_of_asking(
        self, autojump_clock: MockClock, make_gate: MakeGate
    ) -> None:
        shards = Shards(make_gate(StartLimits(max_concurrency=2)))
        async with trio.open_nursery() as nursery:
            for shard in range(5):
                nursery.start_soon(shards.identify, shard)
                await let_others_run()
        assert sorted(shards.served) == [(0, 0.0), (1, 0.0), (2, 5.0), (3, 5.0), (4, 10.0)]

    async def test_a_shard_that_identifies_again_counts_and_queues_like_any(
        self, autojump_clock: MockClock, make_gate: MakeGate
    ) -> None:
        shards = Shards(make_gate(StartLimits(max_concurrency=1)))
        await shards.identify(0)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(shards.identify, 1)
            await let_others_run()
            nursery.start_soon(shards.identify, 0)
        assert shards.served == [(0, 0.0), (1, 5.0), (0, 10.0)]

    async def test_a_slot_is_taken_from_the_grant_to_five_seconds_after_the_identify(
        self, autojump_clock: MockClock, make_gate: MakeGate
    ) -> None:
        gate = make_gate(StartLimits(max_concurrency=1))
        shards = Shards(gate)
        permit = await shards.acquire(0)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(shards.identify, 1)
            await trio.sleep(20.0)
            assert shards.served == []
            gate.release(permit, trio.current_time() - 2.0)
        assert shards.served == [(1, 23.0)]

    async def test_a_permit_returned_unused_serves_the_next_at_once(
        self, autojump_clock: MockClock, make_gate: MakeGate
    ) -> None:
        gate = make_gate(StartLimits(max_concurrency=1))
        shards = Shards(gate)
        permit = await shards.acquire(0)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(shards.identify, 1)
            await trio.sleep(3.0)
            gate.release(permit, None)
        assert shards.served == [(1, 3.0)]

    async def test_a_permit_returned_twice_counts_once(self, autojump_clock: MockClock, make_gate: MakeGate) -> None:
        gate = make_gate(StartLimits(max_concurrency=1))
        shards = Shards(gate)
        permit = await shards.acquire(0)
        gate.release(permit, None)
        await shards.identify(1)
        gate.release(permit, None)
        await shards.identify(2)
        assert shards.served == [(1, 0.0), (2, 5.0)]

    async def test_who_is_cancelled_holds_nothing_and_leaves_the_queue(
        self, autojump_clock: MockClock, make_gate: MakeGate
    ) -> None:
        shards = Shards(make_gate(StartLimits(max_concurrency=1)))
        await shards.identify(0)
        async with trio.open_nursery() as nursery:
            with trio.move_on_after(2.0):
                nursery.start_soon(shards.identify, 2)
                await let_others_run()
                await shards.acquire(1)
            nursery.start_soon(shards.identify, 3)
        assert shards.served == [(0, 0.0), (2, 5.0), (3, 10.0)]

    async def test_the_head_of_the_queue_may_be_cancelled(self, autojump_clock: MockClock, make_gate: MakeGate) -> None:
        shards = Shards(make_gate(StartLimits(max_concurrency=1)))
        await shards.identify(0)
        async with trio.open_nursery() as nursery:
            with trio.move_on_after(2.0):
                nursery.start_soon(later, 1.0, shards.identify, 2)
                await shards.acquire(1)
        assert shards.served == [(0, 0.0), (2, 5.0)]

    @pytest.mark.parametrize("moment", [0.0, 5.0])
    async def test_who_is_cancelled_at_the_moment_of_the_grant_holds_nothing(
        self, autojump_clock: MockClock, make_gate: MakeGate, moment: float
    ) -> None:
        """Cancelled before the first wait, and in the very step in which the slot comes free."""
        shards = Shards(make_gate(StartLimits(max_concurrency=1, remaining=3)))
        if moment:
            await shards.identify(0)
        with trio.CancelScope(deadline=trio.current_time() + moment):
            await shards.acquire(1)
        await shards.identify(2)
        assert shards.served[-1] == (2, moment)

    async def test_who_must_wait_is_told_until_when(self, autojump_clock: MockClock, make_gate: MakeGate) -> None:
        shards = Shards(make_gate(StartLimits(max_concurrency=1)))
        await shards.identify(0)
        async with trio.open_nursery() as nursery:
            for shard in (1, 2):
                nursery.start_soon(shards.identify, shard)
                await let_others_run()
        assert shards.delays == [(1, 5.0), (2, 10.0)]

    async def test_a_wait_is_never_silent(self, autojump_clock: MockClock, make_gate: MakeGate) -> None:
        """While a permit is out that nobody returns, the instants told keep lying ahead."""
        shards = Shards(make_gate(StartLimits(max_concurrency=1)))
        await shards.acquire(0)
        with trio.move_on_after(60.0):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(shards.acquire, 1)
                while True:
                    await trio.sleep(1.25)
                    await let_others_run()
                    assert shards.delays[-1][1] > shards.now()
        assert len(shards.delays) > 1

    async def test_spent_starts_wait_for_the_reset_and_are_told_so(
        self, autojump_clock: MockClock, make_gate: MakeGate
    ) -> None:
        limits = StartLimits(max_concurrency=10, remaining=2, total=2, reset_after=3600.0)
        shards = Shards(make_gate(limits))
        async with trio.open_nursery() as nursery:
            for shard in range(3):
                nursery.start_soon(shards.identify, shard)
                await let_others_run()
        assert shards.served == [(0, 0.0), (1, 0.0), (2, 3600.0)]
        assert shards.delays == [(2, 3600.0)]

    async def test_a_permit_returned_unused_is_no_start(self, autojump_clock: MockClock, make_gate: MakeGate) -> None:
        gate = make_gate(StartLimits(max_concurrency=1, remaining=1))
        shards = Shards(gate)
        gate.release(await shards.acquire(0), None)
        await shards.identify(1)
        assert shards.served == [(1, 0.0)]

    async def test_newer_limits_hold_for_those_who_wait(self, autojump_clock: MockClock, make_gate: MakeGate) -> None:
        gate = make_gate(StartLimits(max_concurrency=1, remaining=1))
        shards = Shards(gate)
        await shards.identify(0)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(shards.identify, 1)
            await trio.sleep(2.0)
            gate.update(StartLimits(max_concurrency=2, remaining=1))
        assert shards.served == [(0, 0.0), (1, 2.0)]

    async def test_a_listener_that_fails_fails_alone(self, autojump_clock: MockClock, make_gate: MakeGate) -> None:
        shards = Shards(make_gate(StartLimits(max_concurrency=1)))
        await shards.identify(0)

        def fail(_until: float) -> None:
            raise OSError("this shard cannot be told")

        async with trio.open_nursery() as nursery:
            nursery.start_soon(later, 1.0, shards.identify, 2)
            with pytest.raises(OSError, match="this shard cannot be told"):
                await shards.gate.acquire(1, fail)
        assert shards.served == [(0, 0.0), (2, 5.0)]

    async def test_a_thousand_shards_at_250_are_served_in_15_seconds(
        self, autojump_clock: MockClock, make_gate: MakeGate
    ) -> None:
        shards = Shards(make_gate(StartLimits(max_concurrency=250)))
        async with trio.open_nursery() as nursery:
            for shard in range(1000):
                nursery.start_soon(shards.identify, shard)
        assert sorted(at for _, at in shards.served) == [0.0] * 250 + [5.0] * 250 + [10.0] * 250 + [15.0] * 250

    @pytest.mark.parametrize("seed", range(10))
    async def test_shards_of_every_kind_together_keep_the_limit(
        self, autojump_clock: MockClock, make_gate: MakeGate, seed: int
    ) -> None:
        """Some identify late, some return unused, some are cancelled, waiting or served; I7 holds."""
        chance = random.Random(seed)
        gate = make_gate(StartLimits(max_concurrency=3))
        shards = Shards(gate)

        async def live(shard: int) -> None:
            with trio.move_on_after(chance.uniform(0, 60)):
                permit = await shards.acquire(shard)
                used = False
                try:
                    await trio.sleep(chance.choice([0.0, 0.3, 2.0, 8.0]))
                    used = chance.random() < 0.7
                finally:
                    if used:
                        shards.served.append((shard, shards.now()))
                    gate.release(permit, trio.current_time() if used else None)

        async with trio.open_nursery() as nursery:
            for shard in range(40):
                nursery.start_soon(later, chance.uniform(0, 20), live, shard)
        times = [at for _, at in shards.served]
        assert all(sum(start <= at < start + 5.0 for at in times) <= 3 for start in times)
        await trio.sleep(5.0)
        free_at = shards.now()
        for shard in range(3):
            await shards.identify(shard)
        assert [at for _, at in shards.served[-3:]] == [free_at] * 3


async def later(seconds: float, call: Callable[[int], Awaitable[object]], shard_id: int) -> None:
    await trio.sleep(seconds)
    await call(shard_id)
