"""Reads the running tables: their edges, their actions and guards, and the docstrings of the states."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum

import attrs

from qqgw_proto.machine.cells import Choose, Go

__all__ = ["Edge", "Table", "edges", "first_sentence", "functions", "meanings"]

Table = Sequence[Sequence[object]]


@attrs.frozen
class Edge:
    """One way from a state into another one.

    Attributes:
        start: From.
        end: To.
        labels: The kinds of input that lead there, each with the guards that must say yes or no.
    """

    start: IntEnum
    end: IntEnum
    labels: tuple[str, ...]


def edges(table: Table, states: Sequence[IntEnum], kinds: Sequence[IntEnum]) -> list[Edge]:
    """All ways between different states, in the order of the table."""
    found: dict[tuple[IntEnum, IntEnum], list[str]] = {}
    for state in states:
        for kind in kinds:
            for end, conditions in _ends(table[state][kind]):
                if end is not None and end is not state:
                    label = f"{kind.name} [{', '.join(conditions)}]" if conditions else kind.name
                    found.setdefault((state, end), []).append(label)
    return [Edge(start, end, tuple(labels)) for (start, end), labels in found.items()]


def _ends(cell: object, conditions: tuple[str, ...] = ()) -> Iterator[tuple[IntEnum | None, tuple[str, ...]]]:
    if isinstance(cell, Go):
        yield cell.next, conditions
    elif isinstance(cell, Choose):
        name = cell.guard.__name__
        yield from _ends(cell.yes, (*conditions, name))
        yield from _ends(cell.no, (*conditions, f"not {name}"))


def functions(table: Table) -> tuple[list[Callable[..., object]], list[Callable[..., object]]]:
    """The actions and the guards that a table names, by name."""
    actions: dict[str, Callable[..., object]] = {}
    guards: dict[str, Callable[..., object]] = {}

    def collect(cell: object) -> None:
        if isinstance(cell, Go):
            actions.update({action.__name__: action for action in cell.actions})
        elif isinstance(cell, Choose):
            guards[cell.guard.__name__] = cell.guard
            collect(cell.yes)
            collect(cell.no)

    for row in table:
        for cell in row:
            collect(cell)
    return [actions[name] for name in sorted(actions)], [guards[name] for name in sorted(guards)]


def first_sentence(function: Callable[..., object]) -> str:
    """What a function's docstring begins with."""
    return (inspect.getdoc(function) or "").split("\n\n")[0].replace("\n", " ")


def meanings(enum: type[IntEnum]) -> dict[str, str]:
    """The text under each member of an enum."""
    [definition] = ast.parse(textwrap.dedent(inspect.getsource(enum))).body
    found: dict[str, str] = {}
    name = ""
    for node in getattr(definition, "body", []):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)]):
                pass
            case ast.Expr(value=ast.Constant(value=str(text))) if name:
                found[name] = re.sub(r"\s+", " ", text)
            case _:
                pass
    return found
