"""Commands without a platform: what a message calls, and what is said to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from qqgw_proto.events import Event, Ready, decode
from qqgw_trio import Bot, Context, Credentials
from qqgw_trio.command.command_config import CommandConfig
from qqgw_trio.command.commands import Command, Commands
from support.handling import idle_shard, make_context, make_dispatch

__all__ = ["Listening", "make_message"]


def make_message(text: str, type_name: str = "AT_MESSAGE_CREATE", **fields: object) -> Event:
    """A message of a person, in a channel unless told otherwise."""
    author = {"id": "visitor", "member_openid": "visitor", "user_openid": "visitor"}
    return decode(make_dispatch(type_name, {"id": "m1", "content": text, "author": author, "guild_id": "g1", **fields}))


class Listening:
    """Commands, and what they say."""

    def __init__(self, config: CommandConfig | None = None) -> None:
        self.config = config or CommandConfig()
        self.commands = Commands(lambda: self.config)
        self.said: list[str] = []
        self.called: list[tuple[object, ...]] = []

    def add(self, function: Callable[..., Any], *names: str, **options: Any) -> None:
        """Registers a command."""
        self.commands.add(Command.of(function, names, **options))

    async def hear(self, message: str | Event) -> list[str]:
        """Gives a message; what is said to it."""
        event = make_message(message) if isinstance(message, str) else message
        handler = self.commands.pick(event)
        before = len(self.said)
        if handler is not None:
            await handler.call(_Speaking(Bot(Credentials("1", "secret")), idle_shard(), event, said=self.said), event)
        return self.said[before:]

    async def be(self, user_id: str) -> None:
        """Learns who it is."""
        event = decode(make_dispatch("READY", {"user": {"id": user_id}}))
        assert isinstance(event, Ready)
        await self.commands.learn_own_id(make_context(event), event)


class _Speaking(Context[Event]):
    """A context that keeps what is replied."""

    said: list[str] = msgspec.field(default_factory=list[str])

    async def reply(self, text: str = "", **_content: Any) -> Any:
        self.said.append(text)
