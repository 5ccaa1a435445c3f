"""So many a second and no more."""

from __future__ import annotations

import trio
from trio.testing import MockClock

from qqgw_trio.connection.pace import Pace


async def test_who_comes_alone_does_not_wait_and_a_crowd_is_let_through_one_by_one(autojump_clock: MockClock) -> None:
    pace = Pace(4)
    let_through: list[tuple[int, float]] = []

    async def come(number: int) -> None:
        await pace.wait()
        let_through.append((number, trio.current_time()))

    await come(0)
    await trio.sleep(10)
    for number in range(1, 4):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(come, number)
            await trio.testing.wait_all_tasks_blocked()
    assert let_through == [(0, 0.0), (1, 10.0), (2, 10.25), (3, 10.5)]


async def test_who_is_cancelled_holds_nobody_for_ever(autojump_clock: MockClock) -> None:
    pace = Pace(1)
    await pace.wait()
    with trio.move_on_after(0.5):
        await pace.wait()
    await pace.wait()
    assert trio.current_time() == 2.0
    pace.per_second = 10
    await pace.wait()
    assert trio.current_time() == 3.0
    await pace.wait()
    assert trio.current_time() == 3.1
