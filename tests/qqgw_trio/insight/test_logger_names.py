"""Which loggers there are, and which names are taken for one of them."""

from __future__ import annotations

import ast
import logging
from pathlib import Path

import pytest

import qqgw_trio
from qqgw_proto.errors import ConfigurationError
from qqgw_trio.insight.logger_names import LOGGERS, check_logger

SOURCES = Path(qqgw_trio.__file__).parent


def made_in(path: Path) -> set[str]:
    """Names of the loggers that a module makes for itself."""
    module = ".".join(path.relative_to(SOURCES.parent).with_suffix("").parts)
    text = ast.parse(path.read_text("utf-8"))
    named = {
        target.id: node.value.value
        for node in text.body
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Constant)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    found: set[str] = set()
    for node in ast.walk(text):
        if isinstance(node, ast.Call) and node.args and ast.unparse(node.func) == "logging.getLogger":
            [argument] = node.args
            value = argument.value if isinstance(argument, ast.Constant) else named.get(ast.unparse(argument))
            found |= {module} if ast.unparse(argument) == "__name__" else {str(value)} if value else set()
    return found


def test_all_loggers_of_the_source_are_known() -> None:
    assert set().union(*map(made_in, SOURCES.rglob("*.py"))) == LOGGERS


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("qqgw_trio.fleeet", "is qqgw_trio.connection.fleet meant?"),
        ("qqgw_trio.connection.fleeet", "is qqgw_trio.connection.fleet meant?"),
        ("qqgw_trio.conection", "is qqgw_trio.connection meant?"),
        ("qqgw_trio.Shard", "is qqgw_trio.connection.shard meant?"),
        ("qqgw_trio.shards", "is qqgw_trio.connection.shard meant?"),
        ("qqgw_trio.session", "is qqgw_trio.storage.session_file meant?"),
        ("qqgw.fleet", "is qqgw_trio.connection.fleet meant?"),
        ("qqgw", "is qqgw_trio meant?"),
        ("qgw_trio.frames", "is qqgw_trio.frames meant?"),
        ("qqgw-trio", "is qqgw_trio meant?"),
        ("qqgw_proto.gate", "is qqgw_trio.connection.gate meant?"),
    ],
)
def test_a_name_that_is_none_is_refused_with_the_nearest(name: str, remedy: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_logger(name)
    assert str(caught.value) == f"there is no logger {name!r}: {remedy}"


def test_where_none_is_near_all_are_named() -> None:
    with pytest.raises(ConfigurationError, match=r"qqgw_trio, qqgw_trio\.bot, .*qqgw_trio\.telemetry\.metrics$"):
        check_logger("qqgw_trio.zzz")


@pytest.mark.parametrize("name", ["", "qqgw_proto", "qqgw_trio.storage", "qqgw_trio.storage.store", "mybot"])
def test_loggers_of_qqgw_and_of_others_are_taken(name: str) -> None:
    check_logger(name)


def test_a_logger_that_is_there_is_taken_however_it_is_called() -> None:
    with pytest.raises(ConfigurationError):
        check_logger("qqgw_tria.mine")
    logging.getLogger("qqgw_tria.mine")
    check_logger("qqgw_tria.mine")
