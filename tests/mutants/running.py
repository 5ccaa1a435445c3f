"""Runs tests on many changed programs: each in a fork of this process, several at once, what is known not again.

A change is installed in the fork and gone with it. Verdicts are kept under `build/mutants`, one line each, with a
fingerprint of the code and its tests: a run that was stopped goes on where it was, and begins anew after an edit.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from types import ModuleType
from typing import Final, Generic, Protocol, TypeVar

import attrs
import pytest

__all__ = ["ROOT", "Mutation", "Session", "options", "put", "run_tests"]

ROOT: Final = Path(__file__).resolve().parents[2]
KEPT: Final = ROOT / "build" / "mutants"
TOO_LONG: Final = 300.0
FOUND, MISSED, HANGS = "found", "NOT FOUND", "found: it hangs"


class Mutation(Protocol):
    """One change; `str` names it, the same in every run."""

    @property
    def first(self) -> str:
        """Which tests are likely to find it, as pytest's `-k` says it; they run before the others."""
        ...

    def install(self) -> None:
        """Makes the change in this process."""
        ...


M = TypeVar("M", bound=Mutation)


def options(what: str) -> argparse.ArgumentParser:
    """The options that every script of this folder has."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("--count", type=int, help="so many changes, chosen by the seed (all)")
    parser.add_argument("--seed", type=int, default=1, help="chooses changes and targets (1)")
    parser.add_argument("--minutes", type=float, default=600.0, help="no further change is begun after these (600)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="at once (one for each core)")
    parser.add_argument("--fresh", action="store_true", help="judge again what was judged")
    return parser


def run_tests(tests: Sequence[str], *more: str) -> int:
    """Pytest in this process, with as little around it as it can do with."""
    os.chdir(ROOT)
    quiet = ["-x", "-q", "--no-header", "--no-summary", "-p", "no:cacheprovider", "-p", "no:cov", "-p", "no:xdist"]
    return int(pytest.main([*quiet, *tests, *more]))


def fingerprint() -> str:
    """Of everything that a verdict depends on."""
    digest = hashlib.sha256()
    for folder in ("src/qqgw_proto", "tests/qqgw_proto", "tests/support", "tests/mutants"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _judge(mutation: Mutation | None, tests: Sequence[str]) -> None:
    """In the fork: ends with pytest's code, 0 = nothing was found."""
    log = os.open(os.devnull, os.O_WRONLY)
    os.dup2(log, 1)
    os.dup2(log, 2)
    code = 0
    if mutation is not None:
        mutation.install()
        # 5: no test bears that name.
        code = run_tests(tests, "-k", mutation.first) if mutation.first else 0
    code = run_tests(tests) if code in (0, 5) else code
    os._exit(code)


@attrs.define
class Session(Generic[M]):
    """One run over some changes.

    Attributes:
        name: Of the file of verdicts.
        tests: What judges.
    """

    name: str
    tests: Sequence[str]
    arguments: argparse.Namespace
    verdicts: dict[str, str] = attrs.field(factory=dict[str, str])

    @property
    def _path(self) -> Path:
        return KEPT / f"{self.name}-{self.arguments.seed}-{fingerprint()}.jsonl"

    def run(self, mutations: Sequence[M]) -> int:
        """Judges them; 0 where each was found."""
        self._read()
        if not self._healthy():
            say("the tests fail on the code as it is")
            return 2
        begun = time.monotonic()
        left = [mutation for mutation in mutations if str(mutation) not in self.verdicts]
        say(f"{self.name}: seed {self.arguments.seed}, {len(mutations)} changes, {len(left)} not judged yet")
        for mutation, verdict in self._judged(left, begun + 60 * float(self.arguments.minutes)):
            self._keep(str(mutation), verdict)
        return self._sum_up(mutations)

    def _sum_up(self, mutations: Sequence[M]) -> int:
        known = {str(mutation): self.verdicts.get(str(mutation)) for mutation in mutations}
        missed = [name for name, verdict in known.items() if verdict == MISSED]
        open_ones = sum(verdict is None for verdict in known.values())
        for name in missed:
            say(f"{MISSED}: {name}")
        judged = len(known) - open_ones
        say(f"{self.name}: {judged - len(missed)} of {judged} changes found, {open_ones} not judged")
        return 1 if missed or open_ones else 0

    def _healthy(self) -> bool:
        process = self._fork(None)
        process.join(TOO_LONG)
        return process.exitcode == 0

    def _fork(self, mutation: M | None) -> ForkProcess:
        process = multiprocessing.get_context("fork").Process(target=_judge, args=(mutation, self.tests))
        process.start()
        return process

    def _judged(self, left: Sequence[M], until: float) -> Iterator[tuple[M, str]]:
        waiting = list(reversed(left))
        under_way: list[tuple[ForkProcess, M, float]] = []
        while waiting or under_way:
            while waiting and len(under_way) < self.arguments.jobs and time.monotonic() < until:
                mutation = waiting.pop()
                under_way.append((self._fork(mutation), mutation, time.monotonic()))
            if not under_way:
                return
            wait([process.sentinel for process, _, _ in under_way], timeout=5.0)
            still: list[tuple[ForkProcess, M, float]] = []
            for process, mutation, begun in under_way:
                if process.is_alive() and time.monotonic() - begun < TOO_LONG:
                    still.append((process, mutation, begun))
                else:
                    yield mutation, _verdict(process)
            under_way = still

    # --- what is kept

    def _read(self) -> None:
        if self.arguments.fresh:
            self._path.unlink(missing_ok=True)
        if self._path.exists():
            lines = self._path.read_text("utf-8").splitlines()
            self.verdicts.update(json.loads(line) for line in lines)

    def _keep(self, name: str, verdict: str) -> None:
        self.verdicts[name] = verdict
        KEPT.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([name, verdict]) + "\n")
        say(f"{len(self.verdicts):5}  {verdict:16} {name}")


def _verdict(process: ForkProcess) -> str:
    if process.is_alive():
        process.kill()
        process.join()
        return HANGS
    process.join()
    return MISSED if process.exitcode == 0 else FOUND


def put(module: ModuleType, name: str, value: object) -> None:
    """Replaces what a module knows under a name."""
    vars(module)[name] = value


def say(line: str) -> None:
    """One line, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
