"""The decorators of a bot."""

from __future__ import annotations

from typing import Any

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.events import Event, FriendAdd, GroupAtMessageCreate, GuildCreate, Message
from qqgw_trio import Bot, Context, Credentials, GatewayConfig
from qqgw_trio.command.command_config import CommandConfig
from qqgw_trio.handler.failures import Failure
from qqgw_trio.handler.middleware import CallNext
from support.handling import AnyContext, make_context, make_dispatch


def make_bot(**settings: Any) -> Bot:
    return Bot(Credentials("1", "secret"), settings=GatewayConfig(**settings))


async def test_each_decorator_gives_the_function_back_and_registers_it() -> None:
    bot = make_bot()
    calls: list[str] = []

    @bot.middleware
    async def around(_ctx: AnyContext, _event: Event, call_next: CallNext) -> None:
        calls.append("around")
        await call_next()

    @bot.on_error
    async def failed(_ctx: AnyContext, failure: Failure) -> bool:
        calls.append(f"error: {failure.error}")
        return True

    async def own(_ctx: AnyContext, _failure: Failure) -> None:
        calls.append("own")

    @bot.on(GuildCreate, where=lambda event: event.guild == "g1", on_error=own)
    async def handle(_ctx: AnyContext, _event: GuildCreate) -> None:
        raise RuntimeError("a bug")

    @bot.on()
    async def all_events(_ctx: AnyContext, _event: Event) -> None:
        calls.append("all")

    for guild in ("g1", "g2"):
        await bot.handlers.handle(make_dispatch("GUILD_CREATE", {"id": guild}), make_context)
    assert calls == ["around", "own", "error: a bug", "all", "around", "all"]
    assert [function.__name__ for function in (around, failed, handle, all_events)] == [
        "around",
        "failed",
        "handle",
        "all_events",
    ]


async def test_commands_take_their_place_with_the_first_of_them() -> None:
    bot = make_bot(commands=CommandConfig(prefix="!"))
    calls: list[str] = []

    @bot.command("one")
    async def one(_ctx: AnyContext) -> None:
        calls.append("one")

    @bot.on("AT_MESSAGE_CREATE")
    async def any_message(_ctx: AnyContext, _event: Event) -> None:
        calls.append("message")

    @bot.command("two", aliases=["second"], help="No other.", hidden=True)
    async def two(_ctx: AnyContext) -> None:
        calls.append("two")

    @bot.on_unknown_command
    async def unknown(_ctx: AnyContext, name: str, _rest: str) -> None:
        calls.append(f"unknown {name}")

    author = {"author": {"id": "visitor"}}
    for text in ("!one", "!second", "!three", "one"):
        dispatch = make_dispatch("AT_MESSAGE_CREATE", {"id": text, "content": text, **author})
        await bot.handlers.handle(dispatch, make_context)
    assert calls == ["one", "message", "two", "message", "unknown three", "message", "message"]
    assert [entry.name.partition(" ")[0].rpartition(".")[2] for entry in bot.handlers.entries] == [
        "commands",
        "learn_own_id",
        "any_message",
    ]


async def test_type_checkers_know_what_the_handler_of_a_single_class_takes() -> None:
    bot = make_bot()
    texts: list[str] = []

    @bot.on(GroupAtMessageCreate, where=lambda event: event.content == "hi")
    async def exact(ctx: Context[GroupAtMessageCreate], _event: GroupAtMessageCreate) -> str:
        texts.append(ctx.event.content)
        return "what it returns is of no matter"

    @bot.on(GroupAtMessageCreate)
    def general(ctx: Context[Message], event: Event) -> int:
        texts.append(ctx.event.content or event.text)
        return 1

    @bot.on(GroupAtMessageCreate)  # type: ignore[arg-type]
    async def wrong(_ctx: Context[FriendAdd], event: FriendAdd) -> None:
        texts.append(event.type_name)

    @bot.on(GroupAtMessageCreate)  # type: ignore[arg-type]
    def wrong_too(ctx: Context[FriendAdd], _event: Event) -> None:
        texts.append(ctx.event.type_name)

    await bot.handlers.handle(make_dispatch("GROUP_AT_MESSAGE_CREATE", {"id": "m", "content": "hi"}), make_context)
    assert texts == ["hi", "hi", "GROUP_AT_MESSAGE_CREATE", "GROUP_AT_MESSAGE_CREATE"]


async def nothing(_ctx: AnyContext) -> None:
    raise AssertionError("nobody calls it")


async def test_a_later_command_may_come_from_elsewhere() -> None:
    bot = make_bot()
    bot.command("one", types=["AT_MESSAGE_CREATE"])(nothing)
    assert not bot.handlers.wants("C2C_MESSAGE_CREATE")
    bot.command("two", types=["C2C_MESSAGE_CREATE"])(nothing)
    assert bot.handlers.wants("C2C_MESSAGE_CREATE")


def test_a_decorator_without_parentheses_is_told_at_once() -> None:
    bot = make_bot()

    async def handle(_ctx: AnyContext, _event: Event) -> None:
        raise AssertionError("nobody calls it")

    with pytest.raises(ConfigurationError, match=r"names no event: write @bot\.on"):
        bot.on(handle)  # type: ignore[call-overload]
    with pytest.raises(ConfigurationError, match=r'a command needs a name: write @bot\.command\("ping"\)'):
        bot.command(handle)  # type: ignore[arg-type]
