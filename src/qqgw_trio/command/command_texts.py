"""What is said to a person about commands, in English and Chinese."""

# Chinese punctuation is meant.
# ruff: noqa: RUF001

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, TypeAlias

import msgspec

from qqgw_trio.command.command_arguments import WrongArguments
from qqgw_trio.command.command_types import Kind

__all__ = ["TEXTS", "CommandTexts", "Language", "harmless"]

Language: TypeAlias = Literal["en", "zh"]

_LONGEST_QUOTE: Final = 40
_HARMLESS: Final = str.maketrans({"<": "‹", ">": "›", "@": "＠"})


class CommandTexts(msgspec.Struct, frozen=True):
    """The texts of one language; what stands in braces is filled in.

    Attributes:
        heading: Above the list of commands.
        own_help: What the list says of the help command.
        usage: How a command is written.
        also: Its other names.
        no_such: There is no such command.
        missing: An argument is missing.
        wrong: An argument is not what it must be.
        surplus: There are too many words.
        text: What a word is that may be anything.
        integer: What a whole number is called.
        number: What a number is called.
        flag: What a truth value is called.
        choice: One of several.
        alternative: Between two kinds of which either will do.
    """

    heading: str
    own_help: str
    usage: str
    also: str
    no_such: str
    missing: str
    wrong: str
    surplus: str
    text: str
    integer: str
    number: str
    flag: str
    choice: str
    alternative: str

    def explain(self, wrong: WrongArguments) -> str:
        """What is wrong with the words behind a command."""
        given, parameter = harmless(wrong.given), wrong.parameter
        if parameter is None:
            return self.surplus.format(given=given)
        expected = self.alternative.join(self._name(kind) for kind in parameter.kinds)
        text = self.missing if wrong.problem == "missing" else self.wrong
        return text.format(name=parameter.name, expected=expected, given=given)

    def _name(self, kind: Kind) -> str:
        if isinstance(kind, tuple):
            return self.choice.format(choices=", ".join(kind))
        return {"text": self.text, "integer": self.integer, "number": self.number, "flag": self.flag}[kind]


def harmless(text: str) -> str:
    """A person's words as a quotation: short, and without anything that would mention somebody."""
    shown = text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"
    return shown.translate(_HARMLESS)


TEXTS: Final[Mapping[Language, CommandTexts]] = MappingProxyType(
    {
        "en": CommandTexts(
            heading="Commands:",
            own_help="lists the commands, or explains one",
            usage="Usage: {usage}",
            also="Also: {names}",
            no_such="There is no command {name}.",
            missing="{name} is missing: {expected}.",
            wrong="{name} must be {expected}, not “{given}”.",
            surplus="“{given}” is too much.",
            text="text",
            integer="a whole number",
            number="a number",
            flag="yes or no",
            choice="one of {choices}",
            alternative=" or ",
        ),
        "zh": CommandTexts(
            heading="命令：",
            own_help="列出命令，或说明一个命令",
            usage="用法：{usage}",
            also="别名：{names}",
            no_such="没有命令 {name}。",
            missing="缺少 {name}：{expected}。",
            wrong="{name} 应为{expected}，而不是“{given}”。",
            surplus="多余的内容：“{given}”。",
            text="文字",
            integer="整数",
            number="数字",
            flag="是或否",
            choice="{choices} 之一",
            alternative="或",
        ),
    }
)
