"""`make chaos`: many seeds, several at a time; what became of each, and the command that replays one that failed.

make chaos                      ten seeds of three virtual days each
make chaos SEEDS=7 DAYS=3       one seed again, with the last happenings if it fails
make chaos SEEDS=1-100
"""

from __future__ import annotations

import logging
import multiprocessing
import os
from collections import Counter
from collections.abc import Mapping

import click

from chaos.simulation import Report, simulate

__all__ = ["main", "seeds_of", "told"]

ENDED = "sessions ended by the platform"
REFUSED = "sessions that the platform refused to resume"
GIVEN_UP = "sessions given up after RESUMEs without progress"
EXCEPTED = "crash replays"
LATEST = 40
"""Lines of the trace that a failure shows."""


def seeds_of(text: str) -> list[int]:
    """Reads "7", "1-10" or "3,7 9"."""
    seeds: list[int] = []
    for part in text.replace(",", " ").split():
        first, _, last = part.partition("-")
        seeds.extend(range(int(first), int(last or first) + 1))
    return seeds


def told(report: Report) -> str:
    """What a person wants to know about one seed."""
    figures = _figures(report.days, report.counts)
    line = f"seed {report.seed}: {figures}, {report.seconds:.0f} s, {report.fingerprint[:12]}"
    if not report.violations:
        return line
    trace = "\n".join(f"    {happening}" for happening in report.trace[-LATEST:])
    what = "\n".join(f"  {violation}" for violation in report.violations)
    command = f"make chaos SEEDS={report.seed} DAYS={report.length:g}"
    return f"{line}\n  FAILED:\n{trace}\n{what}\n  replay it with: {command}"


def _balance(counts: Mapping[str, int]) -> str:
    """Gaps that the bot announced, and losses that the platform made; the books have compared them one by one."""
    made = sum(counts.get(name, 0) for name in (ENDED, REFUSED, GIVEN_UP))
    sessions, holes, crashes = (counts.get(f"gap {cause}", 0) for cause in ("session", "hole", "crash"))
    return (
        f"gaps announced {sessions + holes + crashes} == gaps made {made + holes + crashes}: "
        f"{made} sessions, {holes} holes in replays, {crashes} crashes with open events of lost sessions"
    )


def _figures(days: float, counts: Mapping[str, int]) -> str:
    gaps = counts.get("gap session", 0)
    whose = " + ".join(f"{counts.get(name, 0)} {name.removeprefix('sessions ')}" for name in (ENDED, REFUSED, GIVEN_UP))
    return (
        f"{days:.1f} days, {counts.get('faults', 0)} faults, {counts.get('handled', 0)} events handled, "
        f"{gaps} sessions lost = {whose}, {counts.get('gap hole', 0)} holes, "
        f"{counts.get('crashes', 0)} crashes with {counts.get(EXCEPTED, 0)} replays"
    )


def _simulate(order: tuple[int, float]) -> Report:
    logging.getLogger("qqgw_trio").addHandler(logging.NullHandler())
    return simulate(*order)


@click.command()
@click.option("--seeds", default="1-10", help="For example 7, or 1-10, or 3,7,9.")
@click.option("--days", default=3.0, help="Virtual days of each seed, at least.")
@click.option("--jobs", default=os.cpu_count() or 1, help="Seeds at a time.")
def main(seeds: str, days: float, jobs: int) -> None:
    """Runs the bot against a hostile world, in virtual time."""
    counts, faults = Counter[str](), Counter[str]()
    passed, failed = 0.0, list[int]()
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        for report in pool.imap_unordered(_simulate, [(seed, days) for seed in seeds_of(seeds)]):
            click.echo(told(report))
            counts += report.counts
            faults += report.faults
            passed += report.days
            failed += [report.seed] * bool(report.violations)
    click.echo(f"all: {_figures(passed, counts)}")
    click.echo("faults: " + ", ".join(f"{name} {count}" for name, count in faults.most_common()))
    click.echo("of all: " + ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    if failed:
        raise SystemExit(f"FAILED: seeds {failed}")
    click.echo(f"lost 0, handled twice 0 ({counts[EXCEPTED]} replays after crashes excepted); {_balance(counts)}")


if __name__ == "__main__":
    main()
