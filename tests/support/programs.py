"""The `qqgw` command as a process of its own, whose lines can be waited for and which can be sent signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import trio

import qqgw_trio

__all__ = ["BOTS", "Program", "environment", "program"]

BOTS = Path(__file__).parent.parent / "data" / "bots"
SOURCE = Path(qqgw_trio.__file__).parent.parent
SECONDS = 60.0
"""A machine that is busy may take long; a program that hangs does not hold up the tests for ever."""


def environment(**more: str) -> dict[str, str]:
    """This process's own without a bot's, and what is given."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("QQ_BOT_")}
    return {**own, "PYTHONPATH": str(SOURCE), **more}


class Program:
    """A running process.

    Attributes:
        out: Whole lines of stdout.
        err: Whole lines of stderr.
    """

    def __init__(self, process: trio.Process) -> None:
        self.out: list[str] = []
        self.err: list[str] = []
        self._process = process
        self._news = trio.Event()
        self._open = 2

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits for lines that make something true; a program that has ended makes nothing true any more."""
        while not condition():
            assert self._open, f"it has ended: {self.out} {self.err}"
            await self._news.wait()

    def send(self, number: signal.Signals) -> None:
        """Sends it a signal."""
        self._process.send_signal(number)

    async def end(self, by: signal.Signals | None = None) -> int:
        """Waits for its end, after a signal if one is given; the exit code."""
        if by is not None:
            self._process.send_signal(by)
        code = await self._process.wait()
        while self._open:
            await self._news.wait()
        return code

    async def close_out(self) -> None:
        """Reads stdout no longer, as `head -1` does."""
        assert self._process.stdout is not None
        await self._process.stdout.aclose()

    async def read(self, stream: trio.abc.ReceiveStream | None, lines: list[str]) -> None:
        """Collects lines until EOF."""
        assert stream is not None
        rest = b""
        with suppress(trio.ClosedResourceError):
            async for chunk in stream:
                *whole, rest = (rest + chunk).split(b"\n")
                lines.extend(line.decode() for line in whole)
                self._tell()
        lines.extend([rest.decode()] if rest else [])
        self._open -= 1
        self._tell()

    def _tell(self) -> None:
        self._news.set()
        self._news = trio.Event()


@asynccontextmanager
async def program(
    *arguments: str, env: Mapping[str, str] | None = None, cwd: Path | None = None, prelude: str = ""
) -> AsyncGenerator[Program]:
    """Runs `qqgw` with these arguments; ends it at the end of the block, if it has not ended by itself.

    Args:
        arguments: Behind `qqgw`.
        env: The whole environment.
        cwd: Its folder.
        prelude: Python that runs first.
    """
    command = [sys.executable, "-c", f"{prelude}\nfrom qqgw_trio.cli import main; main(prog_name='qqgw')", *arguments]
    process = await trio.lowlevel.open_process(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=cwd, env=env
    )
    running = Program(process)
    with trio.fail_after(SECONDS):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(running.read, process.stdout, running.out)
            nursery.start_soon(running.read, process.stderr, running.err)
            try:
                yield running
            finally:
                process.kill()
                with trio.CancelScope(shield=True):
                    await process.wait()
