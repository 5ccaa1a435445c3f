"""`StopRequest`: from a task, from a thread, and too late."""

from __future__ import annotations

import trio

from qqgw_trio.stopping import StopRequest


async def test_a_task_asks() -> None:
    request = StopRequest()
    before = request.is_made
    request.make()
    request.make()
    await request.wait()
    assert (before, request.is_made) == (False, True)


async def test_a_thread_asks_and_wakes_the_waiting_task() -> None:
    request = StopRequest()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(request.wait)
        await trio.to_thread.run_sync(request.make)
    assert request.is_made


def test_asking_after_the_end_of_trio_changes_nothing() -> None:
    async def make() -> StopRequest:
        return StopRequest()

    request = trio.run(make)
    request.make()
    assert not request.is_made
