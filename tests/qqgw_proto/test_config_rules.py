"""Each field of a class is held to its annotation and to its rule, in one place."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import PurePath
from typing import Literal, cast

import attrs
import pytest

from qqgw_proto.config import (
    ClientConfig,
    Deadlines,
    HeartbeatConfig,
    ReconnectConfig,
    ServerConfig,
    ShardConfig,
    WireConfig,
)
from qqgw_proto.config_rules import Rule, check_field, checked, checked_as_settings
from qqgw_proto.errors import ConfigurationError


@attrs.frozen(field_transformer=checked)
class Every:
    """One field of each kind that settings have."""

    flag: bool = True
    whole: int = 1
    number: float = 1.0
    word: str = ""
    choice: Literal["a", "b"] = "a"
    either: int | None = None
    place: PurePath | str = ""
    table: Mapping[str, str] = attrs.field(factory=dict[str, str])
    ids: tuple[int, ...] | None = None
    codes: frozenset[int] = frozenset()
    bounded: int | None = attrs.field(default=None, validator=Rule("a whole number from 7", lambda value: value >= 7))
    secret: str = attrs.field(default="", repr=False)
    made: object = attrs.field(default=5, init=False)


class Odd:
    """No value of any setting."""

    def __repr__(self) -> str:
        return "Odd"


@pytest.mark.parametrize(
    "settings", [ClientConfig, Deadlines, HeartbeatConfig, ReconnectConfig, ServerConfig, ShardConfig, WireConfig]
)
def test_every_default_can_work(settings: type[attrs.AttrsInstance]) -> None:
    # An object with its defaults is made without a look at them.
    for field in attrs.fields(settings):
        if field.default is not attrs.NOTHING and not hasattr(field.default, "factory"):
            check_field(settings, field.name, field.default)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("flag", False),
        ("whole", -3),
        ("number", 2),
        ("number", -9e299),
        ("number", 9e299),
        ("word", "x"),
        ("choice", "b"),
        ("either", None),
        ("either", 5),
        ("place", PurePath("a")),
        ("place", "a"),
        ("table", {"a": "b"}),
        ("ids", (1, 2)),
        ("ids", ()),
        ("codes", frozenset({1, 2})),
        ("bounded", 7),
        ("bounded", None),
    ],
)
def test_what_fits_is_kept(name: str, value: object) -> None:
    assert getattr(Every(**{name: value}), name) == value  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("flag", 1, "Every.flag must be True or False, not 1"),
        ("flag", "no", "Every.flag must be True or False, not 'no'"),
        ("whole", True, "Every.whole must be a whole number, not True"),
        ("whole", 1.0, "Every.whole must be a whole number, not 1.0"),
        ("number", True, "Every.number must be a number, not True"),
        ("number", math.nan, "Every.number must be a number, not nan"),
        ("number", math.inf, "Every.number must be a number, not inf"),
        ("number", 10**400, f"Every.number must be a number, not 1{'0' * 79}…"),
        ("number", 1e300, "Every.number must be a number, not 1e+300"),
        ("number", -1e300, "Every.number must be a number, not -1e+300"),
        ("whole", "x" * 78, f"Every.whole must be a whole number, not '{'x' * 78}'"),
        ("whole", "x" * 79, f"Every.whole must be a whole number, not '{'x' * 79}…"),
        ("word", b"x", "Every.word must be a text, not b'x'"),
        ("choice", "c", "Every.choice must be 'a' or 'b', not 'c'"),
        ("choice", [], "Every.choice must be 'a' or 'b', not []"),
        ("either", "5", "Every.either must be None or a whole number, not '5'"),
        ("place", 5, "Every.place must be PurePath or a text, not 5"),
        ("table", {"a": 5}, "Every.table must be a mapping of texts to texts, not {'a': 5}"),
        ("table", {5: "a"}, "Every.table must be a mapping of texts to texts, not {5: 'a'}"),
        ("table", 5, "Every.table must be a mapping of texts to texts, not 5"),
        ("ids", [1], "Every.ids must be None or a tuple of whole numbers, not [1]"),
        ("ids", ("1",), "Every.ids must be None or a tuple of whole numbers, not ('1',)"),
        ("codes", {1}, "Every.codes must be a frozenset of whole numbers, not {1}"),
        ("codes", frozenset({"1"}), "Every.codes must be a frozenset of whole numbers, not frozenset({'1'})"),
        ("bounded", 6, "Every.bounded must be None or a whole number from 7, not 6"),
        ("bounded", "7", "Every.bounded must be None or a whole number from 7, not '7'"),
        ("whole", "ws://me:hidden@a", "Every.whole must be a whole number, not what is given (it may hold a password)"),
    ],
)
def test_what_does_not_fit_is_told_with_field_value_and_what_is_accepted(name: str, value: object, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Every(**{name: value})  # type: ignore[arg-type]
    assert str(caught.value) == words


def test_the_value_of_a_secret_is_not_shown() -> None:
    with pytest.raises(ConfigurationError) as caught:
        Every(secret=cast("str", b"hidden"))
    assert str(caught.value) == "Every.secret must be a text"


def test_another_validator_comes_after_the_type_and_may_count_on_it() -> None:
    seen: list[str] = []

    def look(_kind: object, _attribute: attrs.Attribute[str], value: str) -> None:
        seen.append(value.upper())

    @attrs.frozen(field_transformer=checked_as_settings)
    class Looked:
        word: str = attrs.field(validator=look)

    Looked("a")
    with pytest.raises(ConfigurationError, match=r"^word must be a text, not 5$"):
        Looked(5)  # type: ignore[arg-type]
    assert seen == ["A"]


def test_one_value_can_be_looked_at_without_an_object() -> None:
    check_field(Every, "bounded", 8)
    with pytest.raises(ConfigurationError, match=r"^Every\.bounded must be None or a whole number from 7, not 5$"):
        check_field(Every, "bounded", 5)


CLASSES = [ClientConfig, Deadlines, HeartbeatConfig, ReconnectConfig, ServerConfig, ShardConfig, WireConfig]


@pytest.mark.parametrize(("kind", "name"), [(kind, field.name) for kind in CLASSES for field in attrs.fields(kind)])
def test_every_setting_of_the_core_refuses_another_type(kind: type[attrs.AttrsInstance], name: str) -> None:
    needed = {"intents": 1} if kind is ClientConfig else {}
    with pytest.raises(ConfigurationError, match=rf"^{kind.__name__}\.{name} must be "):
        kind(**{**needed, name: Odd()})
