"""Turns the words behind a command into the typed arguments of its function.

    async def roll(ctx, sides: int = 6, *names: str): …
    async def say(ctx, *, text: str): …

The first parameter is the context. Each further one takes a word: str, int, float, bool, `Literal`, an `Enum` (by name
or value), or a union of these; `X | None` may be left out. `*names` takes all words that are left, and one parameter
behind `*` the text that is left, as it was written. Words are separated by white space; quotation marks keep some of
them together.
"""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Final, Literal

import msgspec

from qqgw_proto.errors import ConfigurationError, GatewayError
from qqgw_proto.wire.veiled import Veiled
from qqgw_trio.command.command_types import Converter, Kind, converters_of
from qqgw_trio.handler.calling import name_of

__all__ = ["Parameter", "Signature", "WrongArguments"]

_WORD: Final = re.compile(r"\S*")
_SPACE: Final = re.compile(r"\s*")
_CLOSING_MARKS: Final = {'"': '"', "“": "”"}
_NO_DEFAULT: Final = inspect.Parameter.empty


class WrongArguments(GatewayError):
    """The words behind a command do not fit what it takes.

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
        """The value that a word stands for.

        Raises:
            WrongArguments: It stands for none.
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
        """The arguments that a text stands for: by position, and by name.

        Raises:
            WrongArguments: It does not fit.
        """
        arguments: list[object] = []
        words = _Words(text)
        for parameter in self.parameters:
            if parameter.takes == "text":
                left = words.left()
                value = parameter.convert(left) if left else _default_of(parameter)
                return arguments, {parameter.name: value}
            if parameter.takes == "words":
                return [*arguments, *map(parameter.convert, words)], {}
            word = next(words, None)
            arguments.append(_default_of(parameter) if word is None else parameter.convert(word))
        left = words.left()
        if left:
            raise WrongArguments("surplus", given=left)
        return arguments, {}


class _Words(Iterator[str]):
    """The words of a text, one after the other, in time that grows as the text does.

    People write any number of words, and opening marks that nothing closes: what is left is not copied for each word,
    and where the next closing mark stands is looked for once and remembered.
    """

    def __init__(self, text: str) -> None:
        self._text = text.strip()
        self._at = 0
        self._closing = dict.fromkeys(_CLOSING_MARKS.values(), -1)

    def __next__(self) -> str:
        if self._at == len(self._text):
            raise StopIteration
        word, end = self._quoted() or self._bare()
        self._at = self._end_of(_SPACE, end)
        return word

    def left(self) -> str:
        """What stands behind the words that were taken, as it was written."""
        return self._text[self._at :]

    def _bare(self) -> tuple[str, int]:
        end = self._end_of(_WORD, self._at)
        return self._text[self._at : end], end

    def _quoted(self) -> tuple[str, int] | None:
        """What stands between marks, behind which the word ends; None where the word is no such."""
        begin, mark = self._at + 1, _CLOSING_MARKS.get(self._text[self._at])
        if mark is None:
            return None
        if self._closing[mark] < begin:
            found = self._text.find(mark, begin)
            self._closing[mark] = len(self._text) if found < 0 else found
        closing = self._closing[mark]
        if closing == len(self._text) or self._text[closing + 1 : closing + 2].strip():
            return None
        return self._text[begin:closing], closing + 1

    def _end_of(self, run: re.Pattern[str], begin: int) -> int:
        found = run.match(self._text, begin)
        return begin if found is None else found.end()


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
