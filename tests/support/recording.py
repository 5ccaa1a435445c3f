"""Which cells of the client's table are reached, and which way their guards decide.

`recorded` puts a copy of the table in the machine's hands that takes note of every look-up and of every answer of a
guard, and otherwise is the table.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TypeAlias

import pytest

from qqgw_proto.machine import machine
from qqgw_proto.machine.cells import Choose
from qqgw_proto.machine.inputs import Input
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.life import Life
from qqgw_proto.machine.states import ConnectionState
from qqgw_proto.machine.table import TABLE, ClientCell

__all__ = ["Leaf", "leaf_names", "leaves_of", "recorded"]

Leaf: TypeAlias = tuple[ConnectionState, Kind, str]
"""State, kind, and the answers of the guards on the way: "" where there is none, "yes", "no yes" and so on."""


def leaves_of(cell: ClientCell, path: str = "") -> Iterator[tuple[str, ClientCell]]:
    """The ends of a cell, with the answers that lead there."""
    if isinstance(cell, Choose):
        yield from leaves_of(cell.yes, f"{path} yes".strip())
        yield from leaves_of(cell.no, f"{path} no".strip())
    else:
        yield path, cell


def leaf_names(leaves: set[Leaf]) -> list[str]:
    """For a person."""
    return sorted(f"{state.name} x {kind.name} {path}".strip() for state, kind, path in leaves)


class _RecordingRow:
    """One state's cells."""

    def __init__(self, state: ConnectionState, reached: set[Leaf]) -> None:
        self._state = state
        self._reached = reached

    def __getitem__(self, kind: Kind) -> ClientCell:
        cell = TABLE[self._state][kind]
        if not isinstance(cell, Choose):
            self._reached.add((self._state, kind, ""))
        return self._noting(cell, kind, "")

    def _noting(self, cell: ClientCell, kind: Kind, path: str) -> ClientCell:
        if not isinstance(cell, Choose):
            return cell
        guard, ways = cell.guard, {True: cell.yes, False: cell.no}
        words = {True: f"{path} yes".strip(), False: f"{path} no".strip()}

        def ask(life: Life, given: Input) -> bool:
            answer = guard(life, given)
            if not isinstance(ways[answer], Choose):
                self._reached.add((self._state, kind, words[answer]))
            return answer

        yes, no = (self._noting(ways[answer], kind, words[answer]) for answer in (True, False))
        return Choose(ask, yes, no)


@contextmanager
def recorded() -> Generator[set[Leaf]]:
    """Fills a set with what is reached inside the block."""
    reached: set[Leaf] = set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine, "TABLE", [_RecordingRow(state, reached) for state in ConnectionState])
        yield reached
