"""Where a journal is kept: one file per shard, turned over by size, and what a person sees of it.

`JournalFile` writes lines as they come and keeps one older part (`*.1`); since a part begins with the head line of a
shard's life, only a part that has not been turned over can be replayed from the start. `show` prints one readable line
for each entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, cast

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.journal import read_journal
from qqgw_proto.machine.kinds import Kind

__all__ = ["JournalFile", "journal_lines", "show"]


class JournalFile:
    """A file that grows to `max_bytes`, is renamed to `*.1` and begun anew.

    Args:
        path: The file; what stood in it is kept as `*.1`.
        max_bytes: Of one part.

    Raises:
        ConfigurationError: The file cannot be written.
    """

    def __init__(self, path: Path, max_bytes: int = 64 * 1024 * 1024) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._file: IO[bytes] = self._begin()

    def write(self, line: bytes) -> None:
        """Takes one line; flushed at once, so that a killed process leaves whole lines."""
        if self._file.tell() + len(line) > self._max_bytes:
            self._file.close()
            self._file = self._begin()
        self._file.write(line)
        self._file.flush()

    def close(self) -> None:
        """Nothing more will be written."""
        self._file.close()

    def _begin(self) -> IO[bytes]:
        try:
            if self._path.exists():
                self._path.replace(self._path.with_name(self._path.name + ".1"))
            return self._path.open("wb")
        except OSError as error:
            raise ConfigurationError(
                f"the journal {self._path} cannot be written: {error.strerror}", remedy="choose another path"
            ) from error


def journal_lines(path: Path) -> list[bytes]:
    """The lines of a file.

    Raises:
        ConfigurationError: It cannot be read.
    """
    try:
        return path.read_bytes().splitlines(keepends=True)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}", remedy="check the path") from error


def show(lines: Iterable[bytes]) -> Iterator[str]:
    """One readable line for each entry: when, what came, what was made of it.

    Raises:
        ConfigurationError: The lines are no journal.
    """
    life, entries = read_journal(lines)
    shard = life.config.shard
    yield f"shard {shard.shard_id}/{shard.shard_count}, {len(entries)} entries"
    for entry in entries:
        kind, _, fields = cast("tuple[int, str, dict[str, object]]", entry.given)
        made = ", ".join(_named(effect) for effect in cast("list[tuple[str, dict[str, object]]]", entry.effects))
        yield f"{entry.now:14.3f}  {Kind(kind).name:<20} {_short(fields)} -> {made or 'nothing'}"


def _named(effect: tuple[str, dict[str, object]]) -> str:
    name, fields = effect
    return f"{name}({_short(fields)})"


def _short(fields: dict[str, object], most: int = 100) -> str:
    text = " ".join(f"{name}={value}" for name, value in fields.items())
    return text if len(text) <= most else text[: most - 1] + "…"
