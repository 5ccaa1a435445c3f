"""`StopRequest`: from a task, from a thread, and too late; and what becomes of a call that fails."""

from __future__ import annotations

import logging

import pytest
import trio

from qqgw_proto.errors import MisuseError
from qqgw_trio.running.stopping import StopRequest, call_in_trio


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


def refuse() -> None:
    raise MisuseError("no")


async def test_a_call_that_fails_raises_where_trio_runs() -> None:
    with pytest.raises(MisuseError, match="no"):
        call_in_trio(trio.lowlevel.current_trio_token(), refuse)


async def test_a_call_of_another_thread_that_fails_is_told_and_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    token, called = trio.lowlevel.current_trio_token(), trio.Event()
    await trio.to_thread.run_sync(call_in_trio, token, refuse)
    await trio.to_thread.run_sync(call_in_trio, token, called.set)
    await called.wait()
    [record] = caplog.records
    assert (record.name, record.levelno) == ("qqgw_trio.running.service", logging.ERROR)
    assert record.getMessage().startswith("what another thread has asked for has failed: no")
