"""What `qqgw demo` looks like: a live line and a story for a person, one JSON object for a program.

The story goes to stdout; with `as_json` stdout gets one JSON object and stderr all else. Whoever closes the pipe ends
the demo, without a word.
"""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import attrs
import click
import msgspec
import trio
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from qqgw_trio.demos.demo import run_demo
from qqgw_trio.demos.demo_report import DemoReport, FaultsReport
from qqgw_trio.demos.faults_demo import run_faults_demo

__all__ = ["show_demo", "show_faults_demo"]

_QUIET: Final = ("", "connected", "retrying", "stopped")

_LONGEST: Final = 110
"""Characters of what has happened to the bot."""

_LABELS: Final = {
    "planned": "events planned",
    "sent": "events sent by the platform",
    "handled": "events finished by the bot's handler",
    "lost": "lost",
    "duplicated": "handled twice",
    "types": "event types seen, READY and RESUMED included",
    "replies": "replies received by the platform",
    "unanswered": "messages without a reply",
    "resumes": "RESUMEs",
    "replayed": "events sent while the bot was away",
    "identifies": "IDENTIFYs",
    "gaps": "gaps announced",
    "latency_p50_ms": "latency p50, ms",
    "latency_p99_ms": "latency p99, ms",
    "events_per_second": "events per second",
    "faults": "faults",
    "crashes": "SIGKILLs of the bot's process",
    "crash_replays": "handled again because of a SIGKILL",
    "announced": "thrown away by the platform and announced",
    "breaks": "sessions ended, holes made by the platform",
    "scenes": "scenes survived",
    "scenes_planned": "scenes",
}


class _Screen(Console):
    """A console that ends the demo when nobody reads it any more.

    Args:
        as_json: Whether stdout is for a program.

    Attributes:
        everything: What the demo runs in.
        is_cut_off: Whether nobody reads it any more.
    """

    def __init__(self, *, as_json: bool) -> None:
        super().__init__(stderr=as_json, soft_wrap=True)
        self.everything = trio.CancelScope()
        self.is_cut_off = False

    def on_broken_pipe(self) -> None:  # rich calls it when it finds the pipe closed
        self.quiet = self.is_cut_off = True
        # What is still buffered must go somewhere when the process ends.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.file.fileno())
        os.close(nowhere)
        self.everything.cancel()

    def tell(self, line: str) -> None:
        """One line of the story."""
        self.print(line, markup=False)


@attrs.frozen
class _Live:
    """The progress line; only at a terminal."""

    progress: Progress
    task: TaskID

    def count(self, handled: int) -> None:
        """So many events are handled."""
        self.progress.update(self.task, completed=handled)


@attrs.frozen
class _Teller(_Live):
    """Tells what is done to the bot, and below it what the bot does."""

    screen: _Screen

    def scene(self, number: int, total: int, says: str) -> None:
        """A scene begins."""
        self.screen.tell(f"[{number:>2}/{total}] {says}")

    def news(self, text: str) -> None:
        """Something has happened to the bot."""
        self.screen.tell(f"        bot: {text if len(text) <= _LONGEST else f'{text[:_LONGEST]}…'}")


def show_demo(events: int, seed: int, *, as_json: bool) -> int:
    """Runs the demo; the process's exit code. With `as_json` stdout gets one JSON object, stderr all else."""
    screen = _Screen(as_json=as_json)
    screen.tell(f"A bot and a simulated QQ platform on 127.0.0.1: {events} events, seed {seed}, two forced drops.")

    async def run(live: _Live) -> DemoReport:
        def progress(headline: str, sent: int, handled: int) -> None:
            live.count(handled)
            if headline not in _QUIET:
                screen.tell(f"  after {sent:>4} sent, {handled:>4} handled: {headline}")

        return await run_demo(events, seed, progress)

    return _show(screen, events, run, as_json=as_json)


def show_faults_demo(events: int, seed: int, *, as_json: bool) -> int:
    """Runs the demo with faults; otherwise as `show_demo`."""
    screen = _Screen(as_json=as_json)
    screen.tell(
        f"A simulated QQ platform on 127.0.0.1 and a bot in a process of its own: {events} events, seed {seed}, "
        "every fault that the platform knows, and SIGKILL. Half a minute, or a little more."
    )

    async def run(live: _Live) -> DemoReport:
        return await run_faults_demo(events, seed, _Teller(live.progress, live.task, screen))

    return _show(screen, events, run, as_json=as_json)


def _show(screen: _Screen, events: int, run: Callable[[_Live], Awaitable[DemoReport]], *, as_json: bool) -> int:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=screen, disable=not screen.is_terminal) as bar:
        live = _Live(bar, bar.add_task("events handled", total=events))
        report = trio.run(_run_until_signal, screen, run, live)
    if report is None:
        screen.tell("stopped before its end")
        return 1
    _summarise(screen, report)
    if as_json:
        click.echo(msgspec.json.encode(attrs.asdict(report)))
    return 0 if report.is_clean else 1


async def _run_until_signal(
    screen: _Screen, run: Callable[[_Live], Awaitable[DemoReport]], live: _Live
) -> DemoReport | None:
    report: DemoReport | None = None
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals, screen.everything:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_cancel_by, signals, screen.everything)
            report = await run(live)
            nursery.cancel_scope.cancel()
    return None if screen.is_cut_off else report


async def _cancel_by(signals: AsyncIterator[int], everything: trio.CancelScope) -> None:
    async for _ in signals:
        everything.cancel()


def _summarise(screen: _Screen, report: DemoReport) -> None:
    clean = "nothing lost" if isinstance(report, FaultsReport) else "nothing lost, nothing doubled"
    table = Table(title=clean if report.is_clean else "NOT clean", show_header=False)
    figures: dict[str, object] = attrs.asdict(report)
    if isinstance(report, FaultsReport):
        figures["faults"] = f"{sum(report.faults.values())}, of {len(report.faults)} kinds"
    for name, value in figures.items():
        table.add_row(_LABELS[name], str(value))
    screen.print(table)
