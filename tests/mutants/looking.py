"""Which tests look at which cell of a table, and which state's deadline: tables that take note of every look-up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import IntEnum
from typing import TypeAlias, TypeVar, overload

import attrs

from mutants.running import put_everywhere

__all__ = ["Looked", "cell_place", "watched_deadlines", "watched_table"]

T = TypeVar("T")
StateT = TypeVar("StateT", bound=IntEnum)

Note: TypeAlias = Callable[[str], None]
Watch: TypeAlias = Callable[[Note], None]
"""Puts something that takes notes in the place of a table."""


def cell_place(state: IntEnum, kind: IntEnum, *, last: bool = False) -> str:
    """Names a cell; `last` = as what a test looked at last, which is most often what it is about."""
    return f"{state.name} x {kind.name}{', at last' if last else ''}"


@attrs.define
class _Row(Sequence[T]):
    """One state's cells."""

    cells: Sequence[T]
    names: Sequence[str]
    note: Note

    @overload
    def __getitem__(self, kind: int) -> T: ...
    @overload
    def __getitem__(self, kind: slice) -> Sequence[T]: ...
    def __getitem__(self, kind: int | slice) -> T | Sequence[T]:
        for name in self.names[kind] if isinstance(kind, slice) else (self.names[kind],):
            self.note(name)
        return self.cells[kind]

    def __len__(self) -> int:
        return len(self.cells)


def watched_table(table: Sequence[Sequence[T]], states: Iterable[IntEnum], kinds: Iterable[IntEnum]) -> Watch:
    """A table of which each cell is noted by its name."""
    columns = tuple(kinds)

    def install(note: Note) -> None:
        rows = [
            _Row(cells, [cell_place(state, kind) for kind in columns], note)
            for state, cells in zip(states, table, strict=True)
        ]
        put_everywhere(table, tuple(rows))

    return install


class _Deadlines(dict[StateT, T]):
    note: Note

    def __getitem__(self, state: StateT) -> T:
        self.note(state.name)
        return super().__getitem__(state)


def watched_deadlines(deadlines: Mapping[StateT, T]) -> Watch:
    """Deadlines of which each is noted by its state's name."""

    def install(note: Note) -> None:
        watched = _Deadlines[StateT, T](deadlines)
        watched.note = note
        put_everywhere(deadlines, watched)

    return install


@attrs.define
class Looked:
    """What the tests looked at."""

    watches: Sequence[Watch]
    _seen: dict[str, list[int]] = attrs.field(factory=dict[str, list[int]])
    _lasts: dict[int, str] = attrs.field(factory=dict[int, str])
    _number: int = 0

    def begin(self) -> None:
        """Puts the watched tables in."""
        for watch in self.watches:
            watch(self._note)

    def test(self, number: int) -> None:
        """The next one looks."""
        self._number = number

    def places(self) -> Mapping[str, Iterable[int]]:
        """Cells, and once more with the tests that looked at them last."""
        lasts: dict[str, list[int]] = {}
        for number, place in self._lasts.items():
            lasts.setdefault(f"{place}, at last", []).append(number)
        return {**self._seen, **lasts}

    def _note(self, place: str) -> None:
        numbers = self._seen.setdefault(place, [])
        if not numbers or numbers[-1] != self._number:
            numbers.append(self._number)
        if " x " in place:
            self._lasts[self._number] = place
