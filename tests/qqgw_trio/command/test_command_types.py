"""How a word becomes a value."""

from __future__ import annotations

import enum
from typing import Literal, Optional, Union

import pytest

from qqgw_trio.command.command_types import converters_of


class Colour(enum.Enum):
    RED = "r"
    GREEN = 2


@pytest.mark.parametrize(
    ("annotation", "word", "value"),
    [
        (str, "12", "12"),
        (int, "-12", -12),
        (int, "+7", 7),
        (int, "１２", 12),  # noqa: RUF001 - as a Chinese keyboard writes it
        (float, "1.5", 1.5),
        (bool, "yes", True),
        (bool, "OFF", False),
        (bool, "是", True),
        (bool, "否", False),
        (Literal["on", "off"], "ON", "on"),
        (Literal[1, 2], "2", 2),
        (Colour, "red", Colour.RED),
        (Colour, "R", Colour.RED),
        (Colour, "2", Colour.GREEN),
    ],
)
def test_a_word_becomes_a_value(annotation: object, word: str, value: object) -> None:
    [converter], may_be_none = converters_of(annotation)
    found = converter.convert(word)
    assert found == value
    assert type(found) is type(value)
    assert not may_be_none


@pytest.mark.parametrize(
    ("annotation", "word"),
    [
        (int, "1.5"),
        (int, "x"),
        (int, "1_0"),
        (int, "1,000"),
        (int, "0x10"),
        (float, "1_0.5"),
        (float, "nan"),
        (float, "inf"),
        (float, "x"),
        (bool, "2"),
        (Literal["on"], "of"),
        (Colour, "x"),
    ],
)
def test_a_word_that_has_no_such_value_is_refused(annotation: object, word: str) -> None:
    [converter], _ = converters_of(annotation)
    with pytest.raises(ValueError):  # noqa: PT011 - float's own words are part of it
        converter.convert(word)


@pytest.mark.parametrize(
    ("annotation", "kinds", "may_be_none"),
    [
        (int | str, ["integer", "text"], False),
        (int | None, ["integer"], True),
        (Optional[Colour], [("RED", "GREEN")], True),  # noqa: UP045 - this way of writing it must work too
        (Union[Literal["all"], int], [("all",), "integer"], False),  # noqa: UP007
    ],
)
def test_of_several_types_any_will_do(annotation: object, kinds: list[object], may_be_none: bool) -> None:
    converters, optional = converters_of(annotation)
    assert [converter.kind for converter in converters] == kinds
    assert optional == may_be_none


@pytest.mark.parametrize("annotation", [list, dict[str, int], object, int | bytes, "int", None])
def test_other_types_have_no_words(annotation: object) -> None:
    assert converters_of(annotation) == ((), False)
