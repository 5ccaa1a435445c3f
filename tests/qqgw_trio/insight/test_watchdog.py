"""A handler that blocks the event loop is named, with where it stands."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Generator

import pytest
import trio
import trio.testing

from qqgw_proto.events import Event
from qqgw_trio.handler.calling import Callee
from qqgw_trio.handler.handlers import Handlers
from qqgw_trio.insight.watchdog import Watchdog, watching
from support.handling import AnyContext, make_context, make_dispatch

SOON = 0.04


class Releasing(logging.Handler):
    """Lets a blocked loop go on as soon as the log says that it is blocked."""

    def __init__(self) -> None:
        super().__init__()
        self.blocked = threading.Event()
        self.lines: list[str] = []
        self.on_line: Callable[[str], None] = lambda _line: None

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())
        self.blocked.set()
        self.on_line(self.lines[-1])


@pytest.fixture
def log() -> Generator[Releasing]:
    handler = Releasing()
    logger = logging.getLogger("qqgw_trio.insight.watchdog")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)


def hold(log: Releasing) -> None:
    assert log.blocked.wait(60)


async def block(log: Releasing) -> str:
    hold(log)
    return "done"


async def test_a_handler_that_blocks_the_loop_is_named_with_where_it_stands(log: Releasing) -> None:
    goes_on = trio.Event()
    token = trio.lowlevel.current_trio_token()
    log.on_line = lambda line: token.run_sync_soon(goes_on.set) if "goes on" in line else None
    with watching(SOON):
        assert await Callee[str](block)(log) == "done"
        await goes_on.wait()
    told, after = log.lines
    place = f"{__file__}:{block.__code__.co_firstlineno}"
    first, *stack, advice = told.splitlines()
    assert first.startswith(f"block ({place}) has blocked the event loop for ")
    assert first.endswith(" s: heartbeats and all other handlers wait; it stands at")
    assert stack[0] == f'  File "{__file__}", line {block.__code__.co_firstlineno + 1}, in block'
    assert stack[1].strip() == "hold(log)"
    assert stack[2].endswith("in hold")
    assert advice == "put what blocks into a sync handler, or into trio.to_thread.run_sync"
    assert after.startswith(f"the event loop goes on: block ({place}) had blocked it for ")


async def test_a_handler_of_an_event_is_named(log: Releasing) -> None:
    handlers = Handlers()

    async def handle(_ctx: AnyContext, _event: Event) -> None:
        hold(log)

    handlers.add(handle)
    with watching(SOON):
        await handlers.handle(make_dispatch("GUILD_CREATE"), make_context)
    assert "handle (" in log.lines[0].partition(" has blocked")[0]


async def test_a_filter_that_blocks_is_named_by_its_handler(log: Releasing) -> None:
    handlers = Handlers()

    async def handle(_ctx: AnyContext, _event: Event) -> None:
        raise AssertionError("nobody calls it")

    def slow_filter(_event: Event) -> bool:
        hold(log)
        return False

    handlers.add(handle, where=slow_filter)
    with watching(SOON):
        await handlers.handle(make_dispatch("GUILD_CREATE"), make_context)
    assert "handle (" in log.lines[0].partition(" has blocked")[0]
    assert "in slow_filter" in log.lines[0]


async def test_a_task_that_is_no_handler_is_named_too(log: Releasing) -> None:
    with watching(SOON):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(block, log)
    name = f"task block ({__file__}:{block.__code__.co_firstlineno})"
    assert log.lines[0].startswith(f"{name} has blocked the event loop for ")


async def test_each_stall_is_told_once(log: Releasing) -> None:
    with watching(SOON):
        for _ in range(2):
            log.blocked.clear()
            await Callee[str](block)(log)
            while "goes on" not in log.lines[-1]:  # noqa: ASYNC110 - a thread tells of it, not a task
                await trio.sleep(SOON)
    assert len([line for line in log.lines if "has blocked" in line]) == 2


async def test_a_handler_that_waits_or_works_in_a_thread_blocks_nothing(log: Releasing) -> None:
    looked, may_end = threading.Semaphore(0), threading.Event()

    def work() -> None:
        for _ in range(20):
            assert looked.acquire(timeout=60)
        may_end.set()

    class Looking(Watchdog):
        def _hear(self, seconds: float) -> str | None:
            looked.release()
            return super()._hear(seconds)

    watchdog = Looking(SOON)
    watchdog.start()
    await Callee(work)()
    watchdog.end()
    assert may_end.is_set()
    assert log.lines == []


async def test_a_loop_that_is_merely_slow_is_not_blamed_on_anybody(log: Releasing) -> None:
    """As on a machine that is busy with something else: the loop was in another call at each look."""

    class Dozing(Watchdog):
        looks = 0

        def _hear(self, seconds: float) -> str | None:
            Dozing.looks += 1
            # 1 is the pause between two questions; 2 and 3 are the waits for an answer.
            return None if Dozing.looks % 4 in (2, 3) else super()._hear(seconds)

    watchdog = Dozing(SOON)
    watchdog.start()
    while Dozing.looks < 8:  # noqa: ASYNC110 - a thread counts
        await trio.sleep(SOON)
    watchdog.end()
    assert log.lines == []


async def test_it_ends_while_the_loop_is_blocked(log: Releasing) -> None:
    watchdog = Watchdog(SOON)
    watchdog.start()
    hold(log)  # Here the test itself is the task that blocks.
    watchdog.end()
    assert "test_it_ends_while_the_loop_is_blocked" in log.lines[0]


async def test_nothing_watches_under_a_virtual_clock(autojump_clock: trio.testing.MockClock) -> None:
    before = threading.active_count()
    with watching(SOON):
        assert threading.active_count() == before


async def test_nothing_watches_where_the_loop_may_stand_still(log: Releasing) -> None:
    before = threading.active_count()
    with watching(None):
        assert threading.active_count() == before


def test_a_watchdog_outlives_its_loop_for_no_longer_than_its_next_question() -> None:
    async def leave_one_behind() -> set[threading.Thread]:
        before = set(threading.enumerate())
        Watchdog(SOON).start()
        return set(threading.enumerate()) - before

    [thread] = trio.run(leave_one_behind)
    thread.join(60)
    assert not thread.is_alive()
