"""Cells of a table, and how rows written for groups become one cell for every state and kind."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from typing import TypeAlias

import attrs
import pytest

from qqgw_proto.machine.cells import SAME, Cell, Choose, Go, Ignore, Row, Violation, expand


class Light(IntEnum):
    RED = 0
    GREEN = 1


class Push(IntEnum):
    BUTTON = 0
    WALL = 1


def ring() -> None:
    """An action."""


def shout() -> None:
    """Another."""


def is_night() -> bool:
    return True


def is_wet() -> bool:
    return True


LightRow: TypeAlias = Row[Light, Push, Callable[..., None], Callable[..., bool]]
LightGo: TypeAlias = Go[Light, Callable[..., None]]
LightCell: TypeAlias = Cell[Light, Callable[..., None], Callable[..., bool]]


def light(state: Light | None, *actions: Callable[..., None]) -> LightGo:
    return Go(state, *actions)


NOTHING = Ignore("a wall does nothing")


def table(*rows: LightRow) -> tuple[tuple[LightCell, ...], ...]:
    return expand(tuple(Light), tuple(Push), rows)


def test_actions_are_written_behind_the_next_state() -> None:
    go = light(Light.GREEN, ring, shout)
    assert attrs.astuple(go, recurse=False) == (Light.GREEN, (ring, shout))
    assert Go(Light.GREEN, ring, shout) == go
    assert Go(Light.GREEN, shout, ring) != go


def test_a_row_stands_for_all_its_states_and_kinds() -> None:
    assert table((Light, (Push.WALL,), NOTHING), (Light, (Push.BUTTON,), Go(Light.GREEN))) == (
        (Go(Light.GREEN), NOTHING),
        (Go(Light.GREEN), NOTHING),
    )


def test_a_cell_is_found_by_state_then_kind() -> None:
    cells = table(
        ((Light.RED,), (Push.BUTTON,), Go(Light.GREEN, ring)),
        ((Light.GREEN,), (Push.BUTTON,), Violation("it is green")),
        (Light, (Push.WALL,), NOTHING),
    )
    assert cells[Light.RED][Push.BUTTON] == Go(Light.GREEN, ring)
    assert cells[Light.GREEN][Push.BUTTON] == Violation("it is green")
    assert cells[Light.GREEN][Push.WALL] is NOTHING


def test_the_same_state_is_each_rows_own() -> None:
    cells = table((Light, Push, Go(SAME, ring)))
    assert cells[Light.RED][Push.WALL] == Go(Light.RED, ring)
    assert cells[Light.GREEN][Push.WALL] == Go(Light.GREEN, ring)


def test_the_same_state_is_settled_inside_choices_too() -> None:
    choice: LightCell = Choose(is_night, Go(SAME, ring), Choose(is_wet, NOTHING, Go(SAME)))
    cells = table((Light, Push, choice))
    assert cells[Light.GREEN][Push.WALL] == Choose(
        is_night, Go(Light.GREEN, ring), Choose(is_wet, NOTHING, Go(Light.GREEN))
    )


def test_a_missing_cell_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^not written: RED x WALL, GREEN x BUTTON, GREEN x WALL$"):
        table(((Light.RED,), (Push.BUTTON,), NOTHING))


def test_a_cell_written_twice_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^GREEN x WALL is written twice$"):
        table((Light, Push, NOTHING), ((Light.GREEN,), (Push.WALL,), NOTHING))


@pytest.mark.parametrize("groups", [((Light.RED, Light.RED), Push), (Light, (Push.WALL, Push.WALL, Push.BUTTON))])
def test_a_group_that_names_something_twice_writes_a_cell_twice(
    groups: tuple[tuple[Light, ...], tuple[Push, ...]],
) -> None:
    states, kinds = groups
    with pytest.raises(ValueError, match="is written twice"):
        table((states, kinds, NOTHING))
