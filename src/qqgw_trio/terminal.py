"""What `qqgw demo` looks like: a live line and the story of the drops for a person, one JSON object for a program."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from typing import Final

import attrs
import click
import msgspec
import trio
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from qqgw_trio.demo import DemoReport, run_demo
from qqgw_trio.demo import Progress as Telling

__all__ = ["show_demo"]

_QUIET: Final = ("", "connected", "retrying", "stopped")

_LABELS: Final = {
    "planned": "events planned",
    "sent": "events sent by the platform",
    "handled": "events finished by the bot's handler",
    "lost": "lost",
    "duplicated": "handled twice",
    "types": "types of events seen",
    "replies": "replies received by the platform",
    "unanswered": "messages without a reply",
    "resumes": "RESUMEs",
    "replayed": "events sent while the bot was away",
    "identifies": "IDENTIFYs",
    "gaps": "gaps announced",
    "latency_p50_ms": "latency p50, ms",
    "latency_p99_ms": "latency p99, ms",
    "events_per_second": "events per second",
}


def show_demo(events: int, seed: int, *, as_json: bool) -> int:
    """Runs the demo; the process's exit code. With `as_json` stdout gets one JSON object, stderr all else."""
    console = Console(stderr=as_json, soft_wrap=True)
    console.print(f"A bot and a simulated QQ platform on 127.0.0.1: {events} events, seed {seed}, two forced drops.")
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("events handled", total=events)

        def progress(headline: str, sent: int, handled: int) -> None:
            bar.update(task, completed=handled)
            if headline not in _QUIET:
                bar.console.print(f"  after {sent:>4} sent, {handled:>4} handled: {headline}", markup=False)

        report = trio.run(_run_until_signal, events, seed, progress)
    if report is None:
        console.print("stopped before its end")
        return 1
    _summarise(console, report)
    if as_json:
        click.echo(msgspec.json.encode(attrs.asdict(report)))
    return 0 if report.is_clean else 1


async def _run_until_signal(events: int, seed: int, progress: Telling) -> DemoReport | None:
    report: DemoReport | None = None
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_cancel_by, signals, nursery.cancel_scope)
            report = await run_demo(events, seed, progress)
            nursery.cancel_scope.cancel()
    return report


async def _cancel_by(signals: AsyncIterator[int], everything: trio.CancelScope) -> None:
    async for _ in signals:
        everything.cancel()


def _summarise(console: Console, report: DemoReport) -> None:
    table = Table(title="nothing lost, nothing doubled" if report.is_clean else "NOT clean", show_header=False)
    for name, value in attrs.asdict(report).items():
        table.add_row(_LABELS[name], str(value))
    console.print(table)
