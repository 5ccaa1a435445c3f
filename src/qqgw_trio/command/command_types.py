"""How a word becomes a value: the types that the arguments of a command can have."""

from __future__ import annotations

import enum
import math
import types
import typing
from collections.abc import Callable
from typing import Any, Final, Literal, TypeAlias, cast

import msgspec

__all__ = ["Converter", "Kind", "converters_of"]

Kind: TypeAlias = Literal["text", "integer", "number", "flag"] | tuple[str, ...]
"""What a word must be; a tuple = one of these."""

_FLAGS: Final = {
    **dict.fromkeys(("true", "yes", "y", "on", "1", "是", "开", "真"), True),
    **dict.fromkeys(("false", "no", "n", "off", "0", "否", "关", "假"), False),
}


class Converter(msgspec.Struct, frozen=True):
    """One type.

    Attributes:
        kind: What it expects.
        convert: Makes the value; raises ValueError where the word is none.
    """

    kind: Kind
    convert: Callable[[str], object]


def converters_of(annotation: object) -> tuple[tuple[Converter, ...], bool]:
    """How words become values of a type.

    Args:
        annotation: The type.

    Returns:
        What is tried one after the other, nothing where words cannot become such a value; whether it may be None.
    """
    if typing.get_origin(annotation) not in (typing.Union, types.UnionType):
        converter = _converter(annotation)
        return (() if converter is None else (converter,)), False
    choices = typing.get_args(annotation)
    found = [_converter(choice) for choice in choices if choice is not type(None)]
    known = tuple(converter for converter in found if converter is not None)
    return known if len(known) == len(found) else (), type(None) in choices


def _converter(annotation: object) -> Converter | None:
    if typing.get_origin(annotation) is Literal:
        return _choice({str(value): value for value in typing.get_args(annotation)})
    if isinstance(annotation, type) and issubclass(annotation, enum.Enum):
        by_value = {str(member.value): member for member in annotation}
        return _choice(dict(annotation.__members__), by_value)
    return _SIMPLE.get(cast("Any", annotation))


def _choice(values: dict[str, Any], others: dict[str, Any] | None = None) -> Converter:
    """One of these words, in any case; `others` are accepted too, but not named in the help."""
    found = {name.casefold(): value for name, value in {**(others or {}), **values}.items()}

    def convert(word: str) -> object:
        if word.casefold() not in found:
            raise ValueError(word)
        return found[word.casefold()]

    return Converter(tuple(values), convert)


def _flag(word: str) -> bool:
    if word.casefold() not in _FLAGS:
        raise ValueError(word)
    return _FLAGS[word.casefold()]


def _figures(word: str) -> str:
    """A number as people write it: Python's own underscores (`1_0`) are a programmer's."""
    if "_" in word:
        raise ValueError(word)
    return word


def _integer(word: str) -> int:
    return int(_figures(word))


def _number(word: str) -> float:
    number = float(_figures(word))
    if not math.isfinite(number):
        raise ValueError(word)
    return number


_SIMPLE: Final[dict[object, Converter]] = {
    str: Converter("text", str),
    int: Converter("integer", _integer),
    float: Converter("number", _number),
    bool: Converter("flag", _flag),
}
