"""From the words behind a command to typed arguments."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Literal

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.command.command_arguments import Signature, WrongArguments

if TYPE_CHECKING:
    from decimal import Decimal

    from qqgw_trio import Context

Mode = Literal["fast", "slow"]


async def nothing(ctx: Context[Any]) -> None: ...
async def roll(ctx: Context[Any], sides: int, times: int = 1) -> None: ...
async def untyped(ctx: Any, word: Any) -> None: ...
async def optional(ctx: Context[Any], mode: Mode | None, number: float | None = 2.5) -> None: ...
async def rest(ctx: Context[Any], first: str, *numbers: int) -> None: ...
async def words(ctx: Context[Any], *words: str) -> None: ...
async def text(ctx: Context[Any], to: str, *, words: str) -> None: ...
async def maybe_text(ctx: Context[Any], *, words: str = "nothing") -> None: ...
async def no_text(ctx: Context[Any], *, words: str | None) -> None: ...
def sync(ctx: Context[Any], flag: bool, /) -> None: ...


untyped.__annotations__ = {}


@pytest.mark.parametrize(
    ("function", "written", "arguments", "named"),
    [
        (nothing, "", [], {}),
        (nothing, "  ", [], {}),
        (roll, "6", [6, 1], {}),
        (roll, " 6  2 ", [6, 2], {}),
        (untyped, "12", ["12"], {}),
        (optional, "", [None, 2.5], {}),
        (optional, "SLOW 3", ["slow", 3.0], {}),
        (rest, "all", ["all"], {}),
        (rest, "all 1 2 3", ["all", 1, 2, 3], {}),
        (rest, '"two words" 1', ["two words", 1], {}),
        (rest, "“两个 词” 1", ["两个 词", 1], {}),
        (rest, '"" 1', ["", 1], {}),
        (rest, '""', [""], {}),
        (rest, '"all"1', ['"all"1'], {}),
        (rest, '"', ['"'], {}),
        (rest, "“open 1", ["“open", 1], {}),
        (rest, "all　1\u20032", ["all", 1, 2], {}),
        (words, "“a b“ “c d” e", ["a b“ “c d", "e"], {}),
        (words, "“a b”c “d e”", ["“a", "b”c", "d e"], {}),
        (words, "“a “b c”", ["a “b c"], {}),
        (text, '"my friend"   two  words', ["my friend"], {"words": "two  words"}),
        (rest, 'it"s', ['it"s'], {}),
        (rest, '"open 1', ['"open', 1], {}),
        (text, "me hello   there ", ["me"], {"words": "hello   there"}),
        (text, '"my friend" "hello"', ["my friend"], {"words": '"hello"'}),
        (maybe_text, "", [], {"words": "nothing"}),
        (no_text, "", [], {"words": None}),
        (sync, "on", [True], {}),
        (functools.partial(roll), "6", [6, 1], {}),
    ],
)
def test_words_become_arguments(function: Any, written: str, arguments: list[object], named: dict[str, object]) -> None:
    assert Signature.of(function).bind(written) == (arguments, named)


@pytest.mark.parametrize(
    ("function", "written", "problem", "name", "given"),
    [
        (roll, "", "missing", "sides", ""),
        (roll, "six", "wrong", "sides", "six"),
        (roll, "6 x", "wrong", "times", "x"),
        (roll, "6 1 more words", "surplus", None, "more words"),
        (nothing, "x", "surplus", None, "x"),
        (rest, "", "missing", "first", ""),
        (rest, "all 1 x", "wrong", "numbers", "x"),
        (text, "me", "missing", "words", ""),
    ],
)
def test_words_that_do_not_fit_are_told(
    function: Any, written: str, problem: str, name: str | None, given: str
) -> None:
    with pytest.raises(WrongArguments) as caught:
        Signature.of(function).bind(written)
    wrong = caught.value
    found = wrong.parameter and wrong.parameter.name
    assert (wrong.problem, found, wrong.given) == (problem, name, given)
    assert wrong.message == f"{problem} argument {given or name!r}"


@pytest.mark.parametrize("word", ["a", "“a", "“a”b"])
def test_a_text_of_any_length_is_read_once(word: str) -> None:
    # Were it copied or searched to its end for each word, this would take minutes.
    count = 200_000
    assert Signature.of(words).bind(f"{word} " * count) == ([word] * count, {})


@pytest.mark.parametrize(
    ("function", "usage"),
    [
        (nothing, ""),
        (roll, "<sides> [times]"),
        (optional, "[mode] [number]"),
        (rest, "<first> [numbers …]"),
        (text, "<to> <words …>"),
        (maybe_text, "[words …]"),
    ],
)
def test_a_usage_line_shows_what_is_required(function: Any, usage: str) -> None:
    assert Signature.of(function).usage == usage


# --- functions that cannot be commands


async def no_context() -> None: ...
async def named_context(*, ctx: Context[Any]) -> None: ...
async def wrong_type(ctx: Context[Any], when: dict[str, int]) -> None: ...
async def unknown_type(ctx: Context[Any], price: Decimal) -> None: ...
async def any_names(ctx: Context[Any], **names: str) -> None: ...
async def number_behind(ctx: Context[Any], *, number: int) -> None: ...
async def behind_all(ctx: Context[Any], *words: str, more: str) -> None: ...


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (no_context, "takes no context: write it as `async def command(ctx, …)`"),
        (named_context, "takes no context"),
        (wrong_type, "the parameter when of command wrong_type"),
        (wrong_type, "use str, int, float, bool, Literal, an Enum, or a union of these"),
        (unknown_type, "is annotated with an unknown name: name 'Decimal' is not defined"),
        (any_names, "takes arguments by any name: words have no names"),
        (number_behind, "takes the text that is left: annotate it as str"),
        (behind_all, "has parameters behind what takes all words: let only the last one take all"),
    ],
)
def test_a_function_that_words_cannot_call_is_refused(function: Any, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Signature.of(function)
    assert words in str(caught.value)
    assert "test_command_arguments.py:" in str(caught.value)
