"""From the words behind a command to the typed arguments of its function.

    async def roll(ctx, sides: int = 6, *names: str): …
    async def say(ctx, *, text: str): …

The first parameter is the context. Each further one takes a word: str, int, float, bool, `Literal`, an `Enum` (by name
or value), or a union of these; `X | None` may be left out. `*names` takes all words that are left, and one parameter
behind `*` the text that is left, as it was written. Words are parted by white space; quotation marks keep some of them
together.
"""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable, Sequence
from typing import ClassVar, Final, Literal

import msgspec

from qqgw_proto.errors import ConfigurationError, GatewayError
from qqgw_proto.wire.veiled import Veiled
from qqgw_trio.calling import name_of
from qqgw_trio.command_types import Converter, Kind, converters_of

__all__ = ["Parameter", "Signature", "WrongArguments"]

_WORD: Final = re.compile(r'"([^"]*)"(?!\S)|“([^”]*)”(?!\S)|(\S+)')
_NO_DEFAULT: Final = inspect.Parameter.empty


class WrongArguments(GatewayError):
    """What a person has written behind a command is not what it takes.

    Args:
        problem: What is wrong.
        parameter: The parameter it is about; None where words are left over.
        given: The word that is wrong or left over; empty where one is missing.
    """

    def __init__(
        self, problem: Literal["missing", "wrong", "surplus"], parameter: Parameter | None = None, given: str = ""
    ) -> None:
        super().__init__(f"{problem} argument {given or (parameter.name if parameter else '')!r}")
        self.problem = problem
        self.parameter = parameter
        self.given = given


class Parameter(Veiled, frozen=True):
    """One parameter of a command's function.

    Attributes:
        name: As written.
        takes: A word, all words left, or all text left.
        converters: The types that are tried one after the other.
        default: What it is when left out.
    """

    name: str
    takes: Literal["word", "words", "text"]
    converters: tuple[Converter, ...]
    default: object = _NO_DEFAULT
    veiled: ClassVar[frozenset[str]] = frozenset(("converters",))

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """What a word for it may be."""
        return tuple(converter.kind for converter in self.converters)

    @property
    def is_required(self) -> bool:
        """Whether a command without it is wrong."""
        return self.default is _NO_DEFAULT and self.takes != "words"

    @property
    def usage(self) -> str:
        """As in a usage line: `<sides>`, `[times]`, `[names …]`."""
        shown = f"{self.name} …" if self.takes != "word" else self.name
        return f"<{shown}>" if self.is_required else f"[{shown}]"

    def convert(self, word: str) -> object:
        """The value of a word.

        Raises:
            WrongArguments: It has none.
        """
        for converter in self.converters:
            try:
                return converter.convert(word)
            except ValueError:
                continue
        raise WrongArguments("wrong", self, word)


class Signature(msgspec.Struct, frozen=True):
    """What a command's function takes behind the context.

    Attributes:
        parameters: In order.
    """

    parameters: tuple[Parameter, ...]

    @classmethod
    def of(cls, function: Callable[..., object]) -> Signature:
        """Reads a function's annotations.

        Raises:
            ConfigurationError: It takes no context, or something that no word can be turned into.
        """
        found = [*inspect.signature(function).parameters.values()]
        if not found or _TAKES.get(found[0].kind) != "word":
            remedy = "write it as `async def command(ctx, …)`"
            raise ConfigurationError(f"{name_of(function)} takes no context", remedy=remedy)
        parameters = tuple(_read(function, parameter) for parameter in found[1:])
        if any(parameter.takes != "word" for parameter in parameters[:-1]):
            remedy = "let only the last one take all that is left"
            raise ConfigurationError(f"{name_of(function)} has parameters behind what takes all words", remedy=remedy)
        return cls(parameters)

    @property
    def usage(self) -> str:
        """The parameters as in a usage line."""
        return " ".join(parameter.usage for parameter in self.parameters)

    def bind(self, text: str) -> tuple[Sequence[object], dict[str, object]]:
        """The arguments that a text means: by position, and by name.

        Raises:
            WrongArguments: It means none.
        """
        arguments: list[object] = []
        left = text.strip()
        for parameter in self.parameters:
            if parameter.takes == "text":
                value = parameter.convert(left) if left else _default_of(parameter)
                return arguments, {parameter.name: value}
            if parameter.takes == "words":
                return [*arguments, *map(parameter.convert, _all_words(left))], {}
            word, left = _next_word(left)
            arguments.append(_default_of(parameter) if word is None else parameter.convert(word))
        if left:
            raise WrongArguments("surplus", given=left)
        return arguments, {}


def _next_word(text: str) -> tuple[str | None, str]:
    """The first word, and the rest; None where there is no word."""
    found = _WORD.match(text)
    if found is None:
        return None, text
    return next(group for group in found.groups() if group is not None), text[found.end() :].lstrip()


def _all_words(text: str) -> list[str]:
    words: list[str] = []
    word, left = _next_word(text)
    while word is not None:
        words.append(word)
        word, left = _next_word(left)
    return words


def _default_of(parameter: Parameter) -> object:
    if parameter.is_required:
        raise WrongArguments("missing", parameter)
    return parameter.default


# --- annotations


def _read(function: Callable[..., object], parameter: inspect.Parameter) -> Parameter:
    """One parameter.

    Raises:
        ConfigurationError: Its annotation names no type that words can be turned into.
    """
    place = f"the parameter {parameter.name} of command {name_of(function)}"
    takes = _TAKES.get(parameter.kind)
    if takes is None:
        raise ConfigurationError(f"{place} takes arguments by any name", remedy="words have no names: use *words")
    annotation = _resolved(function, parameter, place)
    converters, may_be_none = converters_of(annotation)
    if not converters:
        remedy = "use str, int, float, bool, Literal, an Enum, or a union of these"
        raise ConfigurationError(f"{place} is of type {annotation!r}", remedy=remedy)
    if takes == "text" and annotation not in (str, str | None):
        raise ConfigurationError(f"{place} takes the text that is left", remedy="annotate it as str")
    default = None if may_be_none and parameter.default is _NO_DEFAULT else parameter.default
    return Parameter(parameter.name, takes, converters, default)


_TAKES: Final[dict[object, Literal["word", "words", "text"]]] = {
    inspect.Parameter.POSITIONAL_ONLY: "word",
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "word",
    inspect.Parameter.VAR_POSITIONAL: "words",
    inspect.Parameter.KEYWORD_ONLY: "text",
}


def _resolved(function: Callable[..., object], parameter: inspect.Parameter, place: str) -> object:
    """The annotation itself, where it is written as text; str where there is none."""
    if parameter.annotation is inspect.Parameter.empty:
        return str
    # Each for itself: the context's may name what is imported for type checkers only.
    holder = types.SimpleNamespace(__annotations__={"it": parameter.annotation})
    names = getattr(inspect.unwrap(function), "__globals__", {})
    try:
        return typing.get_type_hints(holder, globalns=names)["it"]
    except NameError as error:
        remedy = "import or define what the annotation names at the top of the module"
        raise ConfigurationError(f"{place} is annotated with an unknown name: {error}", remedy=remedy) from error
