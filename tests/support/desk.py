"""A bot at a scripted REST API: contexts of single events, and handlers that run in real workers."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast

import msgspec
import trio

from qqgw_proto.events import Event, Intents, decode
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio import Bot, GatewayConfig
from qqgw_trio.connection.shard import Shard
from qqgw_trio.delivery.workers import Port, WorkerConfig, Workers
from qqgw_trio.handler.context import Context
from qqgw_trio.handler.replies import ReplyLimits
from qqgw_trio.rest.api import Api
from support.handling import AnyContext, make_context, make_dispatch
from support.receipts import Receipts, batch
from support.rest_stub import CREDENTIALS, Reply, RestStub, api_of
from support.working import no_drops

__all__ = ["CHANNEL", "DIRECT", "GROUP", "GROUP_EVENT", "PERSON", "SENT", "Desk", "click", "group_message", "sent"]

GROUP = "POST /v2/groups/G/messages"
PERSON = "POST /v2/users/U/messages"
CHANNEL = "POST /channels/7/messages"
DIRECT = "POST /dms/8/messages"

# Type and payload, for `Desk.context`.
GROUP_EVENT = ("GROUP_AT_MESSAGE_CREATE", {"id": "M", "group_openid": "G", "author": {"member_openid": "alice"}})


def sent(message_id: str = "sent") -> Reply:
    """What the server says of a message that is sent."""
    return Reply.of({"id": message_id, "timestamp": "2026-01-01T00:00:00+08:00"})


SENT = [sent()]


def group_message(message_id: str, text: str = "hi", author: str = "alice", event_id: str = "") -> Dispatch:
    """A message in the group G."""
    data = {"id": message_id, "content": text, "group_openid": "G", "author": {"member_openid": author}}
    return make_dispatch("GROUP_AT_MESSAGE_CREATE", data, event_id or f"event of {message_id}")


def click(interaction_id: str, author: str = "alice") -> tuple[str, dict[str, object]]:
    """A button pressed in the group G: type and payload."""
    data: dict[str, object] = {"id": interaction_id, "group_openid": "G", "group_member_openid": author, "chat_type": 1}
    return "INTERACTION_CREATE", data


class _AtDesk(Bot):
    """A bot whose REST API is there though it does not run."""

    def __init__(self, stub: RestStub, limits: ReplyLimits, intents: Intents) -> None:
        super().__init__(CREDENTIALS, intents, settings=GatewayConfig(replies=limits))
        self._at_desk = api_of(stub)

    @property
    def api(self) -> Api:
        return self._at_desk


class Desk:
    """The bot, and what the server saw."""

    def __init__(self, limits: ReplyLimits = ReplyLimits(), intents: Intents = Intents.all()) -> None:  # noqa: B008
        self.stub = RestStub({route: list(SENT) for route in (GROUP, PERSON, CHANNEL, DIRECT)})
        self.bot = _AtDesk(self.stub, limits, intents)
        self.port = Receipts()
        self.workers: Workers
        self.errors: list[Exception] = []

    def context(self, type_name: str, data: object, event_id: str | None = "E") -> AnyContext:
        """A context of an event that nobody handles."""
        return make_context(decode(make_dispatch(type_name, data, event_id)), self.bot)

    def bodies(self, route: str) -> list[dict[str, object]]:
        """What was sent there."""
        return [msgspec.convert(seen.json, dict[str, object]) for seen in self.stub.asked(route)]

    def texts(self, route: str = GROUP) -> list[tuple[object, object, object]]:
        """Text, message answered, and number of each reply."""
        return [(body.get("content"), body.get("msg_id"), body.get("msg_seq")) for body in self.bodies(route)]

    def offer(self, *events: Dispatch) -> None:
        """Gives events to the handler."""
        self.workers.offer(self.port, batch(*events))

    @asynccontextmanager
    async def handling(
        self,
        *handlers: Callable[[AnyContext], Awaitable[None]],
        config: WorkerConfig = WorkerConfig(),  # noqa: B008
    ) -> AsyncGenerator[None]:
        """Runs handlers for every event; each is called again alone if it raises."""
        done: set[tuple[int, int]] = set()

        async def handle(frame: Dispatch, port: Port) -> None:
            whole: Context[Event] = Context(self.bot, cast("Shard", port), decode(frame), self.workers.waiting)
            for number, handler in enumerate(handlers):
                if (id(frame), number) not in done:
                    await handler(whole.for_handler(number))
                    done.add((id(frame), number))

        def on_error(_event: Dispatch, _port: Port, error: Exception, _attempt: int) -> None:
            self.errors.append(error)

        self.workers = Workers(handle, config, on_error=on_error, on_dropped=no_drops)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.workers.run)
            yield
            assert await self.workers.drain(1000.0)
            nursery.cancel_scope.cancel()
        await self.stub.client.aclose()
