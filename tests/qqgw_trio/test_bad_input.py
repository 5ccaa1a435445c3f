"""Bad input at every door of the command line: the exit code, the one line on stderr, and the word to act on.

A refusal (2) ends within one attempt. What is unreachable is told in one line and tried again; with `--fail-fast` it
ends (3). Every row runs the real command against real sockets on this machine.
"""

from __future__ import annotations

import re
import signal
import socket
import sys
from collections.abc import Generator
from pathlib import Path

import attrs
import pytest
import trio
from click.testing import CliRunner

from qqgw_trio.cli import main
from support.bad_input import MISUSED, MODULES, REFUSED, UNREACHABLE
from support.doors import NO_NAMES, Doors, Row
from support.elsewhere import Elsewhere
from support.programs import environment, program

LONGEST = 120
"""Seconds, after which a command that does not end is a failure, and not a test that hangs."""


@pytest.fixture
def doors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Doors]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delenv("QQ_BOT_APP_ID", raising=False)
    monkeypatch.delenv("QQ_BOT_SECRET", raising=False)
    former = signal.signal(signal.SIGALRM, _time_is_up)
    signal.alarm(LONGEST)
    with Elsewhere() as elsewhere:
        yield Doors(elsewhere)
    signal.alarm(0)
    signal.signal(signal.SIGALRM, former)


def _time_is_up(_number: int, _frame: object) -> None:
    raise AssertionError("what should have ended goes on and on")


@pytest.fixture
def no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    really = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", really)  # put back at the end, whatever the lines below make of it
    exec(NO_NAMES, {})  # the same lines run in front of a process


def fail_fast(row: Row) -> Row:
    """The row as it ends with `--fail-fast`: told in the words of an error, with what to do."""
    return attrs.evolve(row, arguments=(*row.arguments, "--fail-fast"), line=_error_of(row.line))


def _error_of(line: str) -> str:
    for host in ("{host}", "the gateway that {host} names", "{gateway}"):
        line = line.replace(f"cannot reach {host}: ", "")
    return f"{line}: .+"


@pytest.mark.usefixtures("no_names")
@pytest.mark.parametrize(
    "row", [*REFUSED, *MODULES, *MISUSED, *(fail_fast(row) for row in UNREACHABLE)], ids=lambda row: row.name
)
def test_bad_input_ends_with_one_line_that_says_what_to_do(
    row: Row, doors: Doors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "bad.py").write_text(row.module)
    monkeypatch.delitem(sys.modules, "bad", raising=False)
    doors.strike(row)
    done = CliRunner().invoke(main, doors.arguments(row), env=doors.env(row), prog_name="qqgw")
    assert (done.exit_code, done.stdout) == (row.code, "")
    [line] = done.stderr.splitlines()
    assert re.fullmatch(doors.expected(row.line), line), line
    count, expected = row.attempts
    assert count(doors.ledger) == expected
    # Without a handler of the user's, warnings of the log would be further lines on stderr.
    assert [record.getMessage() for record in caplog.records if record.levelname not in ("DEBUG", "INFO")] == []


@pytest.mark.no_cover
@pytest.mark.parametrize("row", UNREACHABLE, ids=lambda row: row.name)
async def test_what_is_unreachable_is_told_once_and_tried_again(row: Row, doors: Doors) -> None:
    await trio.to_thread.run_sync(doors.strike, row)
    env = environment(**doors.env(row))
    async with program(*doors.arguments(row), env=env, prelude=NO_NAMES) as qqgw:
        # What strikes the platform strikes once: the second attempt succeeds.
        lines = 1 if row.fault is None else 2
        await qqgw.until(lambda: len(qqgw.err) >= lines)
        assert await qqgw.end(by=signal.SIGINT) == 0
    assert re.fullmatch(rf"{doors.expected(row.line)}; retrying in [1-9]\d* s, Ctrl-C to stop", qqgw.err[0])
    assert qqgw.err[1:] == ([] if row.fault is None else ["shard 0 is ready"])
    assert qqgw.out == []
