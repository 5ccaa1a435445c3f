"""One call for sync and async functions, and the name of a function."""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Awaitable, Callable

import pytest
import trio

from qqgw_trio.handler.calling import Callee, name_of
from qqgw_trio.handler.interruptions import HandlerInterrupted


async def test_a_sync_function_runs_in_a_thread_and_can_call_back() -> None:
    here = threading.current_thread()
    threads: list[threading.Thread] = []

    def work(word: str) -> str:
        threads.append(threading.current_thread())
        trio.from_thread.run_sync(lambda: threads.append(threading.current_thread()))
        return f"{word}!"

    assert await Callee(work)("done") == "done!"
    assert threads[0] is not here
    assert threads[1] is here


async def test_async_functions_are_awaited_however_they_are_wrapped() -> None:
    async def note(name: str, word: str) -> str:
        await trio.lowlevel.checkpoint()
        return f"{name}: {word}"

    class Called:
        async def __call__(self, word: str) -> str:
            return await note("an object", word)

    functions: list[Callable[[str], Awaitable[str]]] = [
        functools.partial(note, "a partial"),
        Called(),
        lambda word: note("a lambda", word),
    ]
    assert [await Callee[str](function)("hi") for function in functions] == [
        "a partial: hi",
        "an object: hi",
        "a lambda: hi",
    ]


async def test_a_cancelled_wait_abandons_the_thread() -> None:
    entered, may_end = threading.Event(), threading.Event()

    def block() -> None:
        entered.set()
        may_end.wait()

    with trio.CancelScope() as scope:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(Callee(block))
            await trio.to_thread.run_sync(entered.wait)
            scope.cancel()
    assert scope.cancelled_caught
    may_end.set()


async def test_threads_of_handlers_take_none_of_the_places_that_saving_and_looking_up_names_need() -> None:
    all_in, may_end = threading.Barrier(51), threading.Event()

    def block() -> None:
        all_in.wait()
        may_end.wait()

    async with trio.open_nursery() as nursery:
        for _ in range(50):  # trio's own threads are 40
            nursery.start_soon(Callee(block))
        await trio.to_thread.run_sync(all_in.wait)
        await trio.to_thread.run_sync(may_end.set)


@pytest.mark.parametrize("kind", [asyncio.CancelledError, GeneratorExit, SystemExit, KeyboardInterrupt])
async def test_a_sync_function_can_end_nothing_but_its_thread(kind: type[BaseException]) -> None:
    def interrupt() -> None:
        raise kind

    with pytest.raises(HandlerInterrupted) as raised:
        await Callee(interrupt)()
    assert isinstance(raised.value.__cause__, kind)


async def test_an_async_function_passes_ctrl_c_on_and_ends_or_cancels_nothing_by_itself() -> None:
    async def interrupt(error: BaseException) -> None:
        raise error

    callee = Callee[None](interrupt)
    with pytest.raises(KeyboardInterrupt):
        await callee(KeyboardInterrupt())
    for error in (asyncio.CancelledError(), SystemExit(3)):
        with pytest.raises(HandlerInterrupted):
            await callee(error)


def test_a_function_is_named_with_its_place() -> None:
    @functools.wraps(test_a_function_is_named_with_its_place)
    def wrapper() -> None:
        raise AssertionError("nobody calls it")

    name, _, place = name_of(wrapper).partition(" ")
    assert name == "test_a_function_is_named_with_its_place"
    assert place == f"({__file__}:{test_a_function_is_named_with_its_place.__code__.co_firstlineno})"
    assert name_of(print) == "print"
    assert name_of(functools.partial(print)).startswith("functools.partial(")
