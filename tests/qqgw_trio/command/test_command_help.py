"""The texts of the help command."""

from __future__ import annotations

from typing import Any

from qqgw_trio.command.command_help import explanation, no_such, overview, usage_of
from qqgw_trio.command.command_texts import TEXTS
from qqgw_trio.command.commands import Command


async def roll(ctx: Any, sides: int, times: int = 1) -> None:
    """Rolls a die.

    As often as wanted.
    """


async def ping(ctx: Any) -> None: ...


ROLL = Command.of(roll, ("roll", "r", "dice"))
PING = Command.of(ping, ("ping",))


def test_the_list_has_a_line_for_each_command() -> None:
    assert overview([ROLL, PING], "/", TEXTS["en"]).splitlines() == [
        "Commands:",
        "/roll <sides> [times] - Rolls a die.",
        "/ping",
    ]


def test_an_explanation_has_usage_other_names_and_all_of_the_help() -> None:
    assert explanation(ROLL, "!", TEXTS["en"]).splitlines() == [
        "Usage: !roll <sides> [times]",
        "Also: !r !dice",
        "Rolls a die.",
        "",
        "As often as wanted.",
    ]
    assert explanation(PING, "", TEXTS["en"]) == "Usage: ping"


def test_a_usage_without_arguments_ends_with_the_name() -> None:
    assert usage_of(PING, "/") == "/ping"


def test_a_name_that_no_command_has_is_quoted_harmlessly() -> None:
    assert no_such("<@1>", "/", TEXTS["en"]) == "There is no command /‹＠1›."  # noqa: RUF001
