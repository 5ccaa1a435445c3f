"""Coroutines of asyncio's world, awaited from trio."""

from __future__ import annotations

import asyncio
import contextvars
import threading

import pytest
import trio
import trio.testing

from qqgw_proto.errors import MisuseError
from qqgw_trio.handler.failures import HandlerError
from qqgw_trio.running.asyncio_bridge import asyncio_loop, run_asyncio


class Client:
    """Bound to the loop that it is made on, as clients of asyncio libraries are."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._lock = asyncio.Lock()
        self.calls = 0

    async def call(self) -> int:
        assert asyncio.get_running_loop() is self.loop
        async with self._lock:
            await asyncio.sleep(0)
            self.calls += 1
            return self.calls


async def make_client() -> Client:
    return Client()


async def test_a_client_bound_to_the_loop_is_used_a_hundred_times() -> None:
    async with asyncio_loop():
        client = await run_asyncio(make_client())
        answers: list[int] = []

        async def handle() -> None:
            answers.append(await run_asyncio(client.call()))

        async with trio.open_nursery() as nursery:
            for _ in range(100):
                nursery.start_soon(handle)
    assert sorted(answers) == list(range(1, 101))
    assert client.loop.is_closed()


async def test_what_a_coroutine_raises_is_raised() -> None:
    async def fail() -> None:
        await asyncio.sleep(0)
        raise ValueError("no")

    async def leave() -> None:
        raise SystemExit(3)

    async with asyncio_loop():
        with pytest.raises(ValueError, match="no"):
            await run_asyncio(fail())
        with pytest.raises(SystemExit):
            await run_asyncio(leave())
        assert await run_asyncio(asyncio.sleep(0, "the loop goes on")) == "the loop goes on"


async def test_cancelling_the_caller_cancels_the_coroutine_and_waits_for_its_end() -> None:
    begun = threading.Event()
    log: list[str] = []

    async def wait() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            log.append("cleaned up")
            raise

    async with asyncio_loop():
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(run_asyncio, wait())
                await trio.to_thread.run_sync(begun.wait)
                scope.cancel()
        assert scope.cancelled_caught
        assert log == ["cleaned up"]


async def test_a_result_that_comes_in_spite_of_the_cancellation_is_kept() -> None:
    begun = threading.Event()

    async def stubborn() -> str:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "done all the same"
        raise AssertionError("nobody sets the event")

    results: list[str] = []

    async def call() -> None:
        results.append(await run_asyncio(stubborn()))

    async with asyncio_loop(), trio.open_nursery() as nursery:
        nursery.start_soon(call)
        await trio.to_thread.run_sync(begun.wait)
        nursery.cancel_scope.cancel()
    assert results == ["done all the same"]


async def test_a_coroutine_that_is_cancelled_before_its_first_step_is_never_begun() -> None:
    busy, may_go_on = threading.Event(), threading.Event()

    async def hold_the_loop() -> None:
        busy.set()
        assert may_go_on.wait(60)

    async def never() -> None:
        raise AssertionError("it is never begun")

    async with asyncio_loop(), trio.open_nursery() as nursery:
        nursery.start_soon(run_asyncio, hold_the_loop())
        await trio.to_thread.run_sync(busy.wait)
        with trio.CancelScope() as scope:
            async with trio.open_nursery() as inner:
                inner.start_soon(run_asyncio, never())
                await trio.testing.wait_all_tasks_blocked()
                scope.cancel()
                await trio.lowlevel.cancel_shielded_checkpoint()
                may_go_on.set()
        assert scope.cancelled_caught


async def test_a_task_cancelled_on_its_own_loop_is_an_error_and_no_cancellation() -> None:
    async def give_up() -> None:
        raise asyncio.CancelledError

    async with asyncio_loop():
        with pytest.raises(HandlerError, match="the asyncio task was cancelled on its own loop"):
            await run_asyncio(give_up())


async def test_context_variables_are_seen_on_the_other_side() -> None:
    variable = contextvars.ContextVar[str]("variable", default="unset")
    variable.set("set by the caller")

    async def look() -> str:
        await asyncio.sleep(0)
        return variable.get()

    async with asyncio_loop():
        assert await run_asyncio(look()) == "set by the caller"


async def test_what_a_coroutine_left_running_is_cancelled_when_the_loop_closes() -> None:
    log: list[str] = []
    tasks: list[asyncio.Task[None]] = []

    async def linger() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            log.append("cancelled")

    async def spawn() -> None:
        tasks.append(asyncio.create_task(linger()))
        await asyncio.sleep(0)

    async with asyncio_loop():
        await run_asyncio(spawn())
    assert log == ["cancelled"]


async def test_bots_of_one_run_share_a_loop_until_the_last_has_ended() -> None:
    async with asyncio_loop():
        async with asyncio_loop():
            client = await run_asyncio(make_client())
        assert await run_asyncio(client.call()) == 1
    async with asyncio_loop():
        assert (await run_asyncio(make_client())).loop is not client.loop


async def test_no_thread_is_started_before_it_is_needed_and_none_is_left() -> None:
    before = threading.enumerate()
    async with asyncio_loop():
        pass
    async with asyncio_loop():
        assert threading.enumerate() == before
        await run_asyncio(asyncio.sleep(0))
        assert "qqgw asyncio" in [thread.name for thread in threading.enumerate()]
    assert "qqgw asyncio" not in [thread.name for thread in threading.enumerate()]


async def test_without_a_bot_it_says_what_to_do() -> None:
    with pytest.raises(MisuseError, match="run_asyncio works only while a bot runs: call it from a handler or hook"):
        await run_asyncio(asyncio.sleep(0))


async def test_a_function_in_place_of_its_coroutine_is_refused_with_or_without_a_bot() -> None:
    words = r"run_asyncio takes a coroutine, not <function make_client .*>: call it: run_asyncio\(make_client\(…\)\)"
    with pytest.raises(MisuseError, match=words):
        await run_asyncio(make_client)  # type: ignore[arg-type]
    async with asyncio_loop():
        with pytest.raises(MisuseError, match=words):
            await run_asyncio(make_client)  # type: ignore[arg-type]
        with pytest.raises(MisuseError, match="not 5: give what a call of an async function returns"):
            await run_asyncio(5)  # type: ignore[arg-type]


async def test_a_sync_function_in_a_thread_can_use_it_too() -> None:
    async with asyncio_loop():
        assert await trio.to_thread.run_sync(trio.from_thread.run, run_asyncio, asyncio.sleep(0, "heard")) == "heard"
