"""`docs/specification.md` says how we stand to the specification; here each of its rows is held to what it says.

The table's columns: id, the specification's words, our names, our defaults, the tests that prove it, and a difference
with its reason or the part that brings it.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from random import Random
from types import ModuleType

import attrs
import pytest

from qqgw_proto import ClientConfig, ClientGateway, ConnectionState
from qqgw_proto.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    GatewayError,
    HeartbeatTimeout,
    InvalidIntents,
    InvalidSession,
    RateLimited,
    UnknownOpcode,
)
from qqgw_proto.machine.table import TABLE

ROOT = Path(__file__).parent.parent
ENGLISH = ROOT / "docs" / "specification.md"
CHINESE = ROOT / "docs" / "specification.zh.md"

CODE = re.compile(r"`([^`]+)`")


@attrs.frozen
class Row:
    """One row of the table."""

    id: str
    words: str
    names: tuple[str, ...]
    defaults: tuple[str, ...]
    tests: tuple[str, ...]
    remark: str

    def __str__(self) -> str:
        return self.id


def quoted(cell: str) -> tuple[str, ...]:
    """What stands in code type in a cell."""
    return tuple(CODE.findall(cell))


def read(text: str) -> list[Row]:
    """The rows of all tables whose first cell is an id."""
    rows: list[Row] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if cells and re.fullmatch(r"F\d+", cells[0]):
            number, words, names, defaults, tests, remark = cells
            rows.append(Row(number, words, quoted(names), quoted(defaults), quoted(tests), remark))
    return rows


ROWS = read(ENGLISH.read_text("utf-8"))


def found(name: str) -> object:
    """What stands at an import path.

    Raises:
        LookupError: Nothing does.
    """
    parts = name.split(".")
    thing: object = importlib.import_module(parts[0])
    for position, part in enumerate(parts[1:], 1):
        if isinstance(thing, ModuleType) and not hasattr(thing, part):
            thing = importlib.import_module(".".join(parts[: position + 1]))
        elif hasattr(thing, part):
            thing = getattr(thing, part)
        else:
            raise LookupError(f"{'.'.join(parts[:position])} has no {part}")
    return thing


def default_of(name: str) -> object:
    """The value of a constant, or the default of a field of an attrs class."""
    owner, _, attribute = name.rpartition(".")
    holder = found(owner)
    if isinstance(holder, type) and attrs.has(holder):
        return getattr(attrs.fields_dict(holder)[attribute], "default", None)
    return found(name)


@cache
def names_of_tests(file: str) -> frozenset[str]:
    """What stands behind `file::` in the id of a test: its name, that of its class before it."""
    path = ROOT / file
    return frozenset(ids_in(path.read_text("utf-8"))) if path.is_file() else frozenset()


def ids_in(source: str) -> Iterator[str]:
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from (f"{node.name}::{name}" for name in functions_of(node))
        else:
            yield from functions_of(ast.Module([node], []))


def functions_of(owner: ast.Module | ast.ClassDef) -> list[str]:
    functions = [node for node in owner.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [function.name for function in functions if function.name.startswith("test_")]


def complaints(row: Row) -> list[str]:
    """What a row lacks."""
    wrong: list[str] = []
    if not row.tests and not row.remark:
        wrong.append("has neither a test nor a reason")
    if row.names and not row.tests:
        wrong.append("names something of ours that no test proves")
    if row.defaults and not row.names:
        wrong.append("has a default of nothing")
    return wrong


# --- the table


def test_every_item_of_the_specification_has_its_row_in_order() -> None:
    assert [row.id for row in ROWS] == [f"F{number:02}" for number in range(1, 107)]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_each_row_has_a_test_or_a_reason(row: Row) -> None:
    assert complaints(row) == []


@pytest.mark.parametrize(
    "line",
    [
        "| F01 | `is_connected()` |  |  |  |  |",
        "| F01 | `is_connected()` | `qqgw_trio.Bot.is_connected` |  |  | a reason alone |",
        "| F01 | `max_attempts` |  | `5` | `tests/test_specification.py::test_x` |  |",
    ],
)
def test_a_row_that_proves_nothing_is_noticed(line: str) -> None:
    [row] = read(line)
    assert complaints(row)


@pytest.mark.parametrize("row", [row for row in ROWS if row.names], ids=str)
def test_each_name_of_ours_can_be_imported(row: Row) -> None:
    for name in row.names:
        found(name)


def test_a_name_that_does_not_exist_is_noticed() -> None:
    with pytest.raises(LookupError, match=r"qqgw_trio\.Bot has no is_conected"):
        found("qqgw_trio.Bot.is_conected")


@pytest.mark.parametrize("row", [row for row in ROWS if row.defaults], ids=str)
def test_each_default_is_the_one_in_the_table(row: Row) -> None:
    for default in row.defaults:
        parameter, equals, literal = default.rpartition("=")
        if equals:
            function = found(row.names[0])
            assert callable(function)
            actual: object = inspect.signature(function).parameters[parameter].default
        else:
            actual = default_of(row.names[0])
        expected: object = ast.literal_eval(literal)
        assert (actual, type(actual)) == (expected, type(expected))


@pytest.mark.parametrize("row", [row for row in ROWS if row.tests], ids=str)
def test_each_test_named_exists(row: Row) -> None:
    for test in row.tests:
        file, _, name = test.partition("::")
        assert name in names_of_tests(file), test


def test_a_test_is_named_with_its_class() -> None:
    source = "class TestA:\n  def test_b(self): ...\nclass Helper:\n  def test_c(self): ...\nasync def test_d(): ...\n"
    assert list(ids_in(source)) == ["TestA::test_b", "test_d"]
    assert names_of_tests("tests/test_nothing.py") == frozenset()


def test_no_row_is_put_off() -> None:
    assert [row.id for row in ROWS if not (row.names or row.remark)] == []
    assert [row.id for row in ROWS if re.search(r"\bpart [1-6]\b|not yet", row.remark)] == []


def test_the_chinese_table_names_the_same_things() -> None:
    chinese = read(CHINESE.read_text("utf-8"))
    assert [(row.id, row.names, row.defaults, row.tests) for row in chinese] == [
        (row.id, row.names, row.defaults, row.tests) for row in ROWS
    ]
    assert [row.id for row in chinese if row.remark] == [row.id for row in ROWS if row.remark]


# --- what the table cannot say


def test_the_specification_s_defaults() -> None:
    """Beside the table, so that a default changed in both is noticed."""
    wanted = {"F13": "5", "F14": "1.0", "F15": "30.0", "F16": "2.0", "F101": "60.0", "F102": "5", "F103": "1000"}
    assert {row.id: row.defaults[0] for row in ROWS if row.id in wanted} == wanted


def test_connection_state_is_the_machines_own_enum() -> None:
    assert ClientGateway(ClientConfig(1), Random(0)).state is ConnectionState.IDLE
    assert len(TABLE) == len(ConnectionState)


@pytest.mark.parametrize(
    ("error", "payload"),
    [
        (ConnectionFailed("no route to host"), {"reason": "no route to host"}),
        (AuthenticationFailed("refused"), {}),
        (InvalidSession("unknown"), {}),
        (HeartbeatTimeout("silence"), {}),
        (RateLimited(3.0), {"retry_after_seconds": 3.0}),
        (InvalidIntents((9,)), {"suspects": (9,)}),
        (UnknownOpcode(99), {"op": 99}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_error_carries_what_the_specification_gives_it(error: GatewayError, payload: dict[str, object]) -> None:
    assert {name: getattr(error, name) for name in payload} == payload
    assert isinstance(error, GatewayError)
