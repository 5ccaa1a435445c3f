"""What may stand in a cell of a transition table, and how rows written for groups become one total table.

Four kinds: `Go` (next state and actions), `Ignore` (with the reason), `Violation` (what the peer broke, or in a column
of calls the caller) and `Choose` (a named guard decides between two cells). There is no default: `expand` refuses a
table in which a cell is missing or written twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import Generic, TypeAlias, TypeVar

import attrs
import msgspec

__all__ = ["SAME", "Cell", "Choose", "Go", "Ignore", "Row", "Violation", "expand"]

StateT = TypeVar("StateT", bound=IntEnum)
KindT = TypeVar("KindT", bound=IntEnum)
ActionT = TypeVar("ActionT", bound=Callable[..., None])
GuardT = TypeVar("GuardT", bound=Callable[..., bool])

SAME = None
"""Stands for the row's own state as the next state."""


@attrs.frozen(init=False)
class Go(Generic[StateT, ActionT]):
    """Take the actions in order and be in `next`."""

    next: StateT | None
    actions: tuple[ActionT, ...]

    def __init__(self, next: StateT | None, *actions: ActionT) -> None:  # noqa: A002 - the field's own word
        self.__attrs_init__(next, actions)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


class Ignore(msgspec.Struct, frozen=True):
    """Nothing happens, for this reason."""

    why: str


class Violation(msgspec.Struct, frozen=True):
    """This input breaks a rule here; it is counted (a peer's) or raised (a caller's), and changes nothing."""

    what: str


class Choose(msgspec.Struct, Generic[StateT, ActionT, GuardT], frozen=True):
    """A named guard decides."""

    guard: GuardT
    yes: Cell[StateT, ActionT, GuardT]
    no: Cell[StateT, ActionT, GuardT]


Cell: TypeAlias = Go[StateT, ActionT] | Ignore | Violation | Choose[StateT, ActionT, GuardT]
Row: TypeAlias = tuple[Iterable[StateT], Iterable[KindT], Cell[StateT, ActionT, GuardT]]


def expand(
    states: Sequence[StateT], kinds: Sequence[KindT], rows: Iterable[Row[StateT, KindT, ActionT, GuardT]]
) -> tuple[tuple[Cell[StateT, ActionT, GuardT], ...], ...]:
    """Writes rows out, one cell for every state and kind.

    Raises:
        ValueError: A cell is missing or written twice.
    """
    written: dict[tuple[int, int], Cell[StateT, ActionT, GuardT]] = {}
    for row_states, row_kinds, cell in rows:
        for state in row_states:
            for kind in row_kinds:
                if (state, kind) in written:
                    raise ValueError(f"{state.name} x {kind.name} is written twice")
                written[state, kind] = _settle_same(cell, state)
    missing = [f"{state.name} x {kind.name}" for state in states for kind in kinds if (state, kind) not in written]
    if missing:
        raise ValueError(f"not written: {', '.join(missing)}")
    return tuple(tuple(written[state, kind] for kind in kinds) for state in states)


def _settle_same(cell: Cell[StateT, ActionT, GuardT], state: StateT) -> Cell[StateT, ActionT, GuardT]:
    if isinstance(cell, Go):
        return cell if cell.next is not SAME else Go(state, *cell.actions)
    if isinstance(cell, Choose):
        return Choose(cell.guard, _settle_same(cell.yes, state), _settle_same(cell.no, state))
    return cell
