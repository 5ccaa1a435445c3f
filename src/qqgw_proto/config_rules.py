"""What a setting must be: of the type that is annotated, and within the bounds of its `Rule`.

    @attrs.frozen(field_transformer=checked)
    class Limits:
        seconds: float = attrs.field(default=1.0, validator=Rule("a number above 0", lambda value: value > 0))
        name: str | None = None

Every field of such a class is held to its annotation, whether it has a rule or not. What cannot work is one
`ConfigurationError` that names the field, what is accepted and the value; the value of a field with `repr=False` is
a secret, and is not shown. Where None is accepted, the rule is for the other values.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, Final, Literal, TypeAlias, cast

import attrs
import msgspec

from qqgw_proto.errors import ConfigurationError

__all__ = [
    "COUNT",
    "NOT_NEGATIVE",
    "POSITIVE",
    "WHOLE",
    "Rule",
    "check_field",
    "checked",
    "checked_as_settings",
    "shown",
]

_Attribute: TypeAlias = "attrs.Attribute[Any]"
_Validator: TypeAlias = Callable[[Any, _Attribute, Any], Any]

_LONGEST: Final = 80
"""Characters of a value that an error shows."""


class Rule(msgspec.Struct, frozen=True):
    """What a value must be besides having the right type; given to a field as its validator.

    Attributes:
        words: What is accepted, for the error: "a number above 0". None is not mentioned.
        holds: Whether a value is accepted; called only with values of the right type, never with None.
    """

    words: str
    holds: Callable[[Any], bool]

    def __call__(self, instance: object, attribute: _Attribute, value: object) -> None:
        """Does nothing: `checked` tests type and rule together, and attrs only wants something that can be called."""


POSITIVE: Final = Rule("a number above 0", lambda value: value > 0)
NOT_NEGATIVE: Final = Rule("a number from 0", lambda value: value >= 0)
WHOLE: Final = Rule("a whole number from 0", lambda value: value >= 0)
COUNT: Final = Rule("a whole number from 1", lambda value: value >= 1)


def checked(kind: type[object], fields: list[_Attribute]) -> list[_Attribute]:
    """A `field_transformer` for attrs: each field of the class must fit its annotation and its rule."""
    return [_with_check(field, f"{kind.__name__}.{field.name}") for field in fields]


def checked_as_settings(kind: type[object], fields: list[_Attribute]) -> list[_Attribute]:
    """The same; errors name the field alone (`max_delay`), without its class."""
    return [_with_check(field, field.name) for field in fields]


def check_field(kind: type[attrs.AttrsInstance], name: str, value: object) -> None:
    """Checks one value as the field of this name would, without making an object of the class.

    Raises:
        ConfigurationError: It cannot work.
    """
    attribute = attrs.fields_dict(kind)[name]
    cast("_Check", attribute.validator).look(kind, attribute, value)


def shown(value: object) -> str:
    """A value in an error: not too much of it, and nothing that may hold a password."""
    text = repr(value)
    if "@" in text:
        return "what is given (it may hold a password)"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _with_check(field: _Attribute, title: str) -> _Attribute:
    return field.evolve(validator=_Check(title, field.validator)) if field.init else field


class _Check(msgspec.Struct, frozen=True):
    """Checks one field; takes the place of its validator.

    Attributes:
        title: What the field is called in errors.
        own: The field's own rule or validator; a validator is called after the type was found right.
    """

    title: str
    own: _Validator | None

    def __call__(self, instance: object, attribute: _Attribute, value: object) -> None:
        # A default can work; and to read the annotations of a class is half of what an object made at import costs.
        if value is not attribute.default:
            self.look(type(instance), attribute, value)

    def look(self, kind: type[Any], attribute: _Attribute, value: object) -> None:
        hint = _hints(cast("type[attrs.AttrsInstance]", kind))[attribute.name]
        rule = self.own if isinstance(self.own, Rule) else None
        is_right = _fits(hint, value) and (rule is None or value is None or rule.holds(value))
        if not is_right:
            told = f", not {shown(value)}" if attribute.repr else ""
            raise ConfigurationError(f"{self.title} must be {_words(hint, rule)}{told}")
        if self.own is not None and rule is None:
            self.own(kind, attribute, value)


@cache
def _hints(kind: type[attrs.AttrsInstance]) -> Mapping[str, object]:
    return typing.get_type_hints(kind)


def _choices(hint: object) -> tuple[object, ...]:
    return typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)


def _fits(hint: object, value: object) -> bool:
    return any(_fits_one(choice, value) for choice in _choices(hint))


def _fits_one(hint: object, value: object) -> bool:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return any(value == choice and type(value) is type(choice) for choice in inner)
    if origin is Mapping:
        pairs = cast("Mapping[object, object]", value).items() if isinstance(value, Mapping) else [(None, None)]
        return all(_fits(inner[0], key) and _fits(inner[1], one) for key, one in pairs)
    if origin is tuple or origin is frozenset:
        return isinstance(value, origin) and all(_fits(inner[0], one) for one in cast("Iterable[object]", value))
    if (hint is int or hint is float) and isinstance(value, bool):
        return False
    if hint is float:
        # The bound keeps NaN, infinity and an int out that no float can hold.
        return isinstance(value, (int, float)) and -1e300 < value < 1e300
    return isinstance(value, cast("type[object]", hint))


_WORDS: Final[Mapping[object, str]] = {
    bool: "True or False",
    int: "a whole number",
    float: "a number",
    str: "a text",
    frozenset: "a frozenset of whole numbers",
    tuple: "a tuple of whole numbers",
    Mapping: "a mapping of texts to texts",
}


def _words(hint: object, rule: Rule | None) -> str:
    choices = [choice for choice in _choices(hint) if choice is not type(None)]
    words = [rule.words] if rule is not None else [_words_of(choice) for choice in choices]
    return " or ".join(["None", *words] if len(choices) < len(_choices(hint)) else words)


def _words_of(hint: object) -> str:
    origin = typing.get_origin(hint)
    if origin is Literal:
        return " or ".join(repr(choice) for choice in typing.get_args(hint))
    return _WORDS.get(origin or hint) or cast("type[object]", hint).__name__
