"""One seed: storms and calms in turn, in virtual time, until so many days have passed.

After each storm the faults stop, and within bounded time the bot must be READY with everything handled, saved and
accounted for, and with as many tasks as at the first such moment.
"""

from __future__ import annotations

import importlib
import time
import traceback
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from random import Random
from typing import Any, Final

import attrs
import trio

from chaos.around import Around, SleepyClock
from chaos.books import Books
from chaos.bot import Process
from chaos.climate import DAY, Climate
from chaos.clock import JumpingClock
from chaos.disk import Disk
from chaos.network import Network
from chaos.storm import Storm
from chaos.strikes import strikes_of
from support.simulated import Bench

__all__ = ["Report", "simulate"]

HOUR: Final = 3600.0
BOUND: Final = 900.0
"""Virtual seconds from the last fault to READY with everything done; the waits that a gateway asked for come on top."""

DISCOVERY: Final = 150.0
"""Virtual seconds within which a heartbeat finds out that a link is dead."""
OVERDUE: Final = "heartbeats overdue"
TOGETHER: Final = 0.3
"""How often a fault follows upon another within 3 s."""
BURSTS: Final = 0.003
"""How often an event comes with many others."""


@attrs.frozen
class Report:
    """What became of a seed.

    Attributes:
        seed: Which.
        length: Virtual days that were wanted.
        days: Virtual days that it took.
        seconds: Of the processor.
        counts: Of everything.
        faults: By kind.
        violations: Empty if all is well.
        trace: The latest happenings.
        fingerprint: The same for the same run.
    """

    seed: int
    length: float
    days: float
    seconds: float
    counts: Counter[str]
    faults: Counter[str]
    violations: list[str]
    trace: list[str]
    fingerprint: str


def simulate(seed: int, days: float) -> Report:
    """Runs one seed."""
    began = time.process_time()
    climate = Climate.of(seed)
    books = Books(at_once=not climate.save_interval)
    with _deterministic(seed):
        try:
            trio.run(_Run(climate, books, days * DAY).run, clock=JumpingClock())
        except Exception:  # noqa: BLE001 - whatever it is, it belongs to this seed
            books.violations.append(traceback.format_exc())
    seconds = time.process_time() - began
    return Report(
        seed,
        days,
        books.seconds / DAY,
        seconds,
        books.counts,
        books.faults,
        books.violations,
        list(books.trace),
        books.fingerprint,
    )


class _Run:
    """One run.

    Args:
        climate: Of its seed.
        books: Kept for it.
        length: Virtual seconds.
    """

    def __init__(self, climate: Climate, books: Books, length: float) -> None:
        self._climate = climate
        self._books = books
        self._length = length
        self._rng = Random(f"run {climate.seed}")
        self._emits = True
        self._tasks: int | None = None
        self._strikes = strikes_of(climate)
        self._bench: Bench
        self._around: Around
        self._storm: Storm

    async def run(self) -> None:
        """From the first process to the last."""
        climate, seed = self._climate, self._climate.seed
        async with trio.open_nursery() as nursery:
            bench = self._bench = Bench(nursery, climate.platform)
            self._books.ledger = bench.ledger
            network = Network(
                Random(f"network {seed}"), lambda stream: nursery.start_soon(bench.gateway.serve_stream, stream)
            )
            clock = SleepyClock() if climate.suspends else trio.current_time
            self._around = Around(climate, bench, network, Disk(), clock, self._books, Random(f"bot {seed}"))
            self._storm = Storm(self._around, nursery, Random(f"storm {seed}"))
            nursery.start_soon(self._supervise)
            nursery.start_soon(self._emit)
            await self._live()
            nursery.cancel_scope.cancel()

    async def _live(self) -> None:
        await self._be_calm()
        while trio.current_time() < self._length and not self._books.violations:
            await self._rage(min(self._rng.uniform(1.0, 4.0) * HOUR, self._length - trio.current_time()))
            await self._be_calm()
        self._books.seconds = trio.current_time()

    async def _rage(self, seconds: float) -> None:
        with trio.move_on_after(seconds):
            while not self._books.violations:
                rng, together = self._rng, self._rng.random() < TOGETHER
                await trio.sleep(rng.uniform(0.0, 3.0) if together else rng.expovariate(1 / self._climate.fault_every))
                self._storm.strike(self._strikes)

    async def _be_calm(self) -> None:
        storm, books = self._storm, self._books
        storm.heal()
        self._emits = False
        bound = trio.current_time() + BOUND + self._wait_for_starts()
        await trio.sleep(DISCOVERY)
        while storm.process is None or not storm.process.is_idle or books.unfinished():
            await trio.sleep(5.0)
            if trio.current_time() > bound:
                books.violate(f"not well {BOUND:g} s after the last fault: {self._why()}")
                return
        overdue = books.counts[OVERDUE]
        await trio.sleep(DISCOVERY)
        if books.counts[OVERDUE] > overdue:
            books.violate("a heartbeat was taken for unacknowledged on a link that is well")
        books.audit()
        books.counts["calms"] += 1
        self._count(storm.process)
        self._emits = True

    def _why(self) -> str:
        process, undone = self._storm.process, self._books.unfinished()
        lost = f"{len(undone)} events are not handled, the first {undone[0]}; " if undone else ""
        return lost + ("no process" if process is None else process.why_not_idle())

    def _wait_for_starts(self) -> float:
        starts = self._bench.platform.starts
        return starts.reset_after / 1000 if starts.remaining < 10 * self._climate.shards else 0.0

    def _count(self, process: Process) -> None:
        if process.permits:
            self._books.violate(f"{process.permits} permits were never returned")
        if self._tasks is None:
            self._tasks = process.tasks
        elif process.tasks != self._tasks:
            self._books.violate(f"{process.tasks} tasks, where there were {self._tasks}")

    async def _supervise(self) -> None:
        """As systemd does: whatever ends a process, another follows."""
        storm = self._storm
        while True:
            process = storm.process = Process(self._around)
            storm.restart_after = 1.0
            await process.run()
            storm.process = None
            await trio.sleep(storm.restart_after)

    async def _emit(self) -> None:
        platform, climate = self._bench.platform, self._climate
        while True:
            await trio.sleep(self._rng.expovariate(1 / climate.event_every))
            await platform.wait_for_session()
            if self._emits:
                self._around.platform_says(climate.burst if self._rng.random() < BURSTS else 1)


@contextmanager
def _deterministic(seed: int) -> Generator[None]:
    """trio's scheduler shuffles what is runnable at once; here by the seed."""
    scheduler: Any = importlib.import_module("trio._core._run")
    before = scheduler._ALLOW_DETERMINISTIC_SCHEDULING  # noqa: SLF001 - what trio has for hypothesis
    state = scheduler._r.getstate()  # noqa: SLF001
    scheduler._ALLOW_DETERMINISTIC_SCHEDULING = True  # noqa: SLF001
    scheduler._r.seed(f"scheduler {seed}")  # noqa: SLF001
    try:
        yield
    finally:
        scheduler._ALLOW_DETERMINISTIC_SCHEDULING = before  # noqa: SLF001
        scheduler._r.setstate(state)  # noqa: SLF001
