"""Which messages are commands, and what they call."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_trio import Bot, filters
from qqgw_trio.command.command_config import CommandConfig
from qqgw_trio.command.commands import MESSAGE_TYPES, Command
from support.commanding import Listening, make_message


async def ping(ctx: Any) -> None:
    """Answers."""
    await ctx.reply("pong")


async def add(ctx: Any, one: int, other: int) -> None:
    await ctx.reply(f"{one + other}")


async def say(ctx: Any, *, text: str) -> None:
    await ctx.reply(text)


def listening(config: CommandConfig | None = None) -> Listening:
    found = Listening(config)
    found.add(ping, "ping", "p")
    found.add(add, "add", hidden=True)
    found.add(say, "say", help="Says it.")
    return found


# --- what is a command


@pytest.mark.parametrize("text", ["/ping", " /ping", "<@!123> /ping", " <@!123>  /PING ", "/ ping", "/p", "/P"])
async def test_a_command_is_recognised_whatever_stands_before_it(text: str) -> None:
    assert await listening().hear(text) == ["pong"]


@pytest.mark.parametrize("text", ["ping", "", "/", "/ ", "hello /ping", "//ping", "/pong", "!ping", "/pingpong"])
async def test_other_messages_are_none(text: str) -> None:
    assert await listening().hear(text) == []


@pytest.mark.parametrize(
    ("prefix", "text", "said"),
    [("!", "!ping", ["pong"]), ("!", "/ping", []), ("", "ping", ["pong"]), ("", "Ping", ["pong"]), ("", "a ping", [])],
)
async def test_the_prefix_is_a_setting_and_may_be_empty(prefix: str, text: str, said: list[str]) -> None:
    assert await listening(CommandConfig(prefix=prefix)).hear(text) == said


@pytest.mark.parametrize("type_name", sorted(MESSAGE_TYPES))
async def test_commands_come_from_wherever_messages_come_from(type_name: str) -> None:
    found = listening()
    assert found.commands.types == MESSAGE_TYPES
    assert await found.hear(make_message("/ping", type_name)) == ["pong"]


async def test_a_message_that_comes_as_two_types_is_one_command() -> None:
    found = listening()
    assert await found.hear(make_message("/ping", "MESSAGE_CREATE", id="m7")) == ["pong"]
    assert await found.hear(make_message("/ping", "AT_MESSAGE_CREATE", id="m7")) == []
    assert await found.hear(make_message("/ping", "MESSAGE_CREATE", id="m7")) == ["pong"]  # tried again


async def test_the_bots_own_messages_are_none_and_those_of_other_bots_only_where_that_is_set() -> None:
    own, other = (make_message("/ping", author={"id": name, "bot": True}) for name in ("me", "other"))
    nobody = make_message("/ping", author={})
    strict, open_to_all = listening(), listening(CommandConfig(ignore_bots=False))
    for found in (strict, open_to_all):
        await found.be("me")
        assert await found.hear(own) == []
        assert await found.hear(nobody) == []
    assert await strict.hear(other) == []
    assert await open_to_all.hear(other) == ["pong"]
    unmarked = make_message("/ping", author={"id": "me"})
    assert await strict.hear(unmarked) == []


async def test_a_command_is_only_heard_where_it_is_for() -> None:
    found = Listening()
    found.add(ping, "ping", types=["GROUP_AT_MESSAGE_CREATE"], where=filters.groups("o1"))
    assert found.commands.types == {"GROUP_AT_MESSAGE_CREATE"}
    assert await found.hear("/ping") == []
    assert await found.hear(make_message("/ping", "GROUP_AT_MESSAGE_CREATE", group_openid="o2")) == []
    assert await found.hear(make_message("/ping", "GROUP_AT_MESSAGE_CREATE", group_openid="o1")) == ["pong"]


def test_what_is_asked_for_is_what_commands_name_or_any_message() -> None:
    found = Listening()
    found.add(ping, "ping", types=["GROUP_AT_MESSAGE_CREATE", "C2C_MESSAGE_CREATE"])
    assert found.commands.asks == (frozenset({"C2C_MESSAGE_CREATE"}), frozenset({"GROUP_AT_MESSAGE_CREATE"}))
    found.add(add, "add")
    assert found.commands.asks[-1] == MESSAGE_TYPES
    assert len(found.commands.asks) == 3


# --- arguments


async def test_arguments_are_typed() -> None:
    found = listening()
    assert await found.hear("/add 40 2") == ["42"]
    assert await found.hear("/say  two  words ") == ["two  words"]


async def test_wrong_arguments_are_answered_with_what_was_expected() -> None:
    found = listening()
    assert await found.hear("/add 40 x") == ["other must be a whole number, not “x”.\nUsage: /add <one> <other>"]
    assert await found.hear("/ping pong") == ["“pong” is too much.\nUsage: /ping"]
    found.config = CommandConfig(language="zh")
    assert await found.hear("/add") == ["缺少 one：整数。\n用法：/add <one> <other>"]  # noqa: RUF001
    found.config = CommandConfig(explain=False)
    assert await found.hear("/add") == []


async def test_a_sync_function_will_do() -> None:
    found = Listening()
    heard: list[object] = []

    def note(_ctx: Any, mode: Literal["on", "off"]) -> None:
        heard.append(mode)

    found.add(note, "note")
    await found.hear("/note ON")
    assert heard == ["on"]


async def test_an_error_names_the_authors_function() -> None:
    handler = listening().commands.pick(make_message("/ping"))
    assert handler is not None
    assert handler.name == f"ping ({__file__}:{ping.__code__.co_firstlineno})"


# --- what is unknown


async def test_an_unknown_command_calls_the_hook() -> None:
    found = listening()

    async def unknown(ctx: Any, name: str, rest: str) -> None:
        await ctx.reply(f"what is {name}? ({rest})")

    assert await found.hear("/Pong now please") == []
    found.commands.on_unknown(unknown)
    assert await found.hear("/Pong now  please") == ["what is Pong? (now  please)"]
    assert await found.hear("/pong") == ["what is pong? ()"]
    assert await found.hear("pong") == []
    assert await found.hear(make_message("/pong", "MESSAGE_CREATE", id="m1")) == []  # The message came before.
    handler = found.commands.pick(make_message("/pong", id="m2"))
    assert handler is not None
    assert "unknown (" in handler.name


def test_the_hook_alone_hears_commands_from_everywhere() -> None:
    found = Listening()
    found.commands.on_unknown(add)
    assert found.commands.types == MESSAGE_TYPES
    assert found.commands.asks == (MESSAGE_TYPES,)


# --- help


async def test_help_lists_what_can_be_called_here() -> None:
    found = listening()
    found.add(ping, "elsewhere", types=["C2C_MESSAGE_CREATE"])
    assert await found.hear("/help") == [
        "Commands:\n/ping - Answers.\n/say <text …> - Says it.\n/help [command] - lists the commands, or explains one"
    ]


async def test_help_explains_one_command() -> None:
    found = listening()
    found.add(ping, "elsewhere", types=["C2C_MESSAGE_CREATE"])
    assert await found.hear("/help ping") == ["Usage: /ping\nAlso: /p\nAnswers."]
    assert await found.hear("/help /P") == ["Usage: /ping\nAlso: /p\nAnswers."]
    assert await found.hear("/help add") == ["Usage: /add <one> <other>"]
    assert await found.hear("/help help") == ["Usage: /help [command]\nlists the commands, or explains one"]
    assert await found.hear("/help elsewhere") == ["There is no command /elsewhere."]
    assert await found.hear("/help nothing") == ["There is no command /nothing."]


async def test_help_can_be_renamed_turned_off_and_written_anew() -> None:
    renamed = listening(CommandConfig(help_name="帮助", language="zh"))
    assert await renamed.hear("/帮助 帮助") == ["用法：/帮助 [command]\n列出命令，或说明一个命令"]  # noqa: RUF001
    assert await renamed.hear("/help") == []
    assert await listening(CommandConfig(help_name="")).hear("/help") == []
    own = listening()
    own.add(ping, "help")
    assert await own.hear("/help") == ["pong"]


async def test_without_commands_there_is_no_help() -> None:
    assert await Listening().hear("/help") == []


# --- registration


def test_a_name_is_given_once() -> None:
    found = listening()
    with pytest.raises(ConfigurationError, match=r"command PING is there already: ping \(.+\): choose another name"):
        found.add(add, "sum", "PING")


def test_a_name_is_given_without_the_prefix() -> None:
    with pytest.raises(ConfigurationError, match="the command '/ping' is named with the prefix: write 'ping'"):
        listening().add(add, "/ping")


@pytest.mark.parametrize("option", ["types", "aliases"])
def test_a_list_is_a_list(option: str) -> None:
    one: Any = {option: "GROUP_AT_MESSAGE_CREATE"}
    with pytest.raises(ConfigurationError, match=rf"{option} is a list, not 'GROUP_AT_MESSAGE_CREATE': "):
        Bot().command("ping", **one)


@pytest.mark.parametrize("name", ["", "two words", " ping"])
def test_a_name_is_one_word(name: str) -> None:
    with pytest.raises(ConfigurationError, match="a command cannot be named"):
        Command.of(ping, (name,))


def test_a_command_comes_from_messages_only() -> None:
    with pytest.raises(ConfigurationError, match="GUILD_CREATE brings no commands: only messages do"):
        Command.of(ping, ("ping",), types=["AT_MESSAGE_CREATE", "GUILD_CREATE"])
