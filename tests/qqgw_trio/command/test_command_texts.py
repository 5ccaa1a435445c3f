"""What is said to a person whose words do not fit."""

# Chinese punctuation is meant.
# ruff: noqa: RUF001

from __future__ import annotations

from typing import Any, Literal

import pytest

from qqgw_trio.command.command_arguments import Signature, WrongArguments
from qqgw_trio.command.command_texts import TEXTS, Language, harmless


async def order(
    ctx: Any, what: Literal["tea", "coffee"], cups: int | Literal["half"], hot: bool, *names: str
) -> None: ...
async def plain(ctx: Any, word: str) -> None: ...


@pytest.mark.parametrize(
    ("function", "written", "english", "chinese"),
    [
        (order, "", "what is missing: one of tea, coffee.", "缺少 what：tea, coffee 之一。"),
        (order, "beer", "what must be one of tea, coffee, not “beer”.", "what 应为tea, coffee 之一，而不是“beer”。"),
        (
            order,
            "tea x",
            "cups must be a whole number or one of half, not “x”.",
            "cups 应为整数或half 之一，而不是“x”。",
        ),
        (order, "tea 1 x", "hot must be yes or no, not “x”.", "hot 应为是或否，而不是“x”。"),
        (plain, "", "word is missing: text.", "缺少 word：文字。"),
        (plain, "one <@two>", "“‹＠two›” is too much.", "多余的内容：“‹＠two›”。"),
    ],
)
def test_it_is_said_what_is_wrong(function: Any, written: str, english: str, chinese: str) -> None:
    with pytest.raises(WrongArguments) as caught:
        Signature.of(function).bind(written)
    languages: tuple[Language, ...] = ("en", "zh")
    assert [TEXTS[language].explain(caught.value) for language in languages] == [english, chinese]


def test_what_a_person_wrote_mentions_nobody_and_is_short() -> None:
    assert harmless("<@!123> @everyone") == "‹＠!123› ＠everyone"
    assert harmless("x" * 41) == "x" * 40 + "…"
