"""The bot's process in `qqgw demo --faults`: `qqgw run` on `demo_bot`, started, killed and started again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TypeAlias

import trio

import qqgw_trio
from qqgw_trio.demos.demo_bot import Handled, Noticed, read_line

__all__ = ["BotProcess", "Hear"]

Hear: TypeAlias = Callable[[Handled | Noticed], None]
"""Called with every line that the bot says."""

_PROGRAM: Final = "from qqgw_trio.cli import main; main(prog_name='qqgw')"
_TARGET: Final = "qqgw_trio.demos.demo_bot:bot"
_LAST_WORDS: Final = 2000
"""Characters of stderr that are kept."""


class BotProcess:
    """One process of the bot.

    Args:
        arguments: Behind `qqgw run MODULE:BOT`.
        environment: Added to this process's own.
        folder: Its working directory: a file in the user's own might hide a module of the same name.
        hear: Called with every line that it prints.
    """

    def __init__(self, arguments: tuple[str, ...], environment: Mapping[str, str], folder: Path, hear: Hear) -> None:
        self.last_words = ""
        """The end of what it has written on stderr."""
        self._command = [sys.executable, "-c", _PROGRAM, "run", _TARGET, *arguments]
        # The same code as here, wherever it lies.
        source = str(Path(qqgw_trio.__file__).parent.parent)
        self._environment = {**os.environ, "PYTHONPATH": source, **environment}
        self._folder = folder
        self._hear = hear
        self._process: trio.Process | None = None
        self._started = trio.Event()

    @property
    def returncode(self) -> int | None:
        """How it has ended; None as long as it lives."""
        return None if self._process is None else self._process.returncode

    async def run(self) -> None:
        """Runs it, and hears what it says; returns when it has ended. It does not outlive a cancelled call."""
        process = self._process = await trio.lowlevel.open_process(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment,
            cwd=self._folder,
        )
        self._started.set()
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._read, process.stdout, self._understand)
                nursery.start_soon(self._read, process.stderr, self._keep)
                await process.wait()
        finally:
            process.kill()
            with trio.CancelScope(shield=True):
                await process.wait()

    async def kill(self) -> None:
        """SIGKILL, by its own process id."""
        await self._started.wait()
        if self._process is not None:
            self._process.kill()

    def stop(self) -> None:
        """SIGTERM: it finishes what it does, saves and closes."""
        if self._process is not None:
            self._process.terminate()

    async def _read(self, stream: trio.abc.ReceiveStream | None, take: Callable[[bytes], None]) -> None:
        """Hands on whole lines; what a killed process has not finished is dropped."""
        rest = b""
        if stream is not None:
            async for chunk in stream:
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    take(line)

    def _understand(self, line: bytes) -> None:
        self._hear(read_line(line))

    def _keep(self, line: bytes) -> None:
        self.last_words = f"{self.last_words}\n{line.decode(errors='replace')}".strip()[-_LAST_WORDS:]
