"""What handlers are called with, where nothing runs."""

from __future__ import annotations

from typing import Any

import msgspec
import trio

from qqgw_proto.config import ClientConfig
from qqgw_proto.events import Event
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio import Bot, Context, Credentials
from qqgw_trio.connection.shard import Shard
from qqgw_trio.handler.entries import Where
from qqgw_trio.handler.failures import ErrorHook
from qqgw_trio.handler.handlers import Handlers
from support.simulated_bot import SimulatedBot

__all__ = ["AnyContext", "HandlerLog", "idle_shard", "make_context", "make_dispatch"]

AnyContext = Context[Any]


async def _no_stream() -> trio.abc.Stream:
    raise AssertionError("nobody dials")


def idle_shard() -> Shard:
    """A shard that was never started."""
    return SimulatedBot("ws://gateway.test", str, _no_stream, ClientConfig(1)).shard


def make_context(event: Event, bot: Bot | None = None) -> AnyContext:
    """A context of a bot that does not run."""
    return Context(bot or Bot(Credentials("1", "secret")), idle_shard(), event)


def make_dispatch(type_name: str, data: object = None, event_id: str | None = "e1") -> Dispatch:
    """A frame with any payload."""
    payload = msgspec.json.encode({"id": "g1"} if data is None else data)
    return Dispatch(0, msgspec.Raw(payload), 2, type_name, event_id)


class HandlerLog:
    """Handlers that note their name, and raise as often as they are told."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.events: list[Event] = []
        self.failures: dict[str, int] = {}
        self.errors: dict[str, BaseException] = {}
        self.handlers = Handlers()

    def handler(
        self, name: str, *what: type[Event] | str, where: Where | None = None, on_error: ErrorHook | None = None
    ) -> None:
        async def call(_ctx: AnyContext, event: Event) -> None:
            self.calls.append(name)
            self.events.append(event)
            if self.failures.get(name, 0) > 0:
                self.failures[name] -= 1
                raise self.errors.get(name, RuntimeError(name))

        self.handlers.add(call, what, where=where, on_error=on_error)

    async def take(self, event: Dispatch) -> None:
        await self.handlers.handle(event, make_context, attempts=3)
