"""A real `Bot` on a simulated platform in virtual time: everything of ours runs, only sockets are left out.

`Town` puts memory streams in place of TCP and the platform's own ASGI application in place of HTTP, so that a day takes
no time. It can take the network away (`is_down`), and it keeps what the bot saves from one `Bot` to the next, as a file
would. `Resident` is one bot that writes down what it handles and what happens to it.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import attrs
import httpx2
import msgspec
import pytest
import trio
from typing_extensions import override

from qqgw_proto.errors import ConnectionFailed
from qqgw_proto.events import Event
from qqgw_proto.machine import effects as do
from qqgw_trio import Bot, Context, Credentials, GatewayConfig
from qqgw_trio.connection.shard import Shard
from qqgw_trio.connection.transport import Transport
from qqgw_trio.rest.http import HttpClient
from qqgw_trio.simulator.settings import SimulatorConfig
from qqgw_trio.storage.store import MemorySessionStore
from support.simulated import ALL_INTENTS, Bench

__all__ = ["GATEWAY_BOT", "TOKEN", "Asked", "Resident", "Town", "tasks"]

TOKEN = "/app/getAppAccessToken"
GATEWAY_BOT = "/gateway/bot"
NoticeT = TypeVar("NoticeT", bound=do.Notice)


def tasks() -> int:
    """How many tasks live in this trio run."""
    return trio.lowlevel.current_statistics().tasks_living


@attrs.frozen
class Asked:
    """One request as the platform saw it."""

    at: float
    path: str
    body: dict[str, Any]


class Town:
    """A platform, the network between it and its bots, and what the bots keep on disk.

    Args:
        nursery: Where the platform's connections run.
        patch: Puts the network in place.
        config: What the platform is; by default its world does nothing by itself.
    """

    def __init__(self, nursery: trio.Nursery, patch: pytest.MonkeyPatch, config: SimulatorConfig | None = None) -> None:
        self.bench = Bench(nursery, config)
        self.gateway = self.bench.gateway
        self.ledger = self.bench.ledger
        self.store = MemorySessionStore()
        self.is_down = False
        """Whether no name resolves and nothing can be reached; what is connected is another matter."""
        self.asked: list[Asked] = []
        self.dialed_at: list[float] = []
        patch.setattr("qqgw_trio.connection.network.dial", self._dial)
        patch.setattr("qqgw_trio.connection.network.HttpClient", self._open_client)
        patch.setattr("qqgw_trio.bot.MemorySessionStore", lambda: self.store)
        # The same waits at every run.
        patch.setattr("qqgw_trio.running.service.random", SimpleNamespace(SystemRandom=lambda: Random(5)))
        patch.setattr("qqgw_trio.rest.token.random", SimpleNamespace(Random=lambda: Random(5)))

    @property
    def credentials(self) -> Credentials:
        """App id and secret."""
        return Credentials(self.bench.platform.accounts.app_id, self.bench.platform.accounts.secret)

    def times(self, path: str) -> list[float]:
        """When a path was asked for."""
        return [asked.at for asked in self.asked if asked.path == path]

    def _open_client(self, **_settings: object) -> HttpClient:
        return HttpClient(transport=_Roads(self))

    async def _dial(self, *_: object) -> Transport:
        await trio.lowlevel.checkpoint()
        self.dialed_at.append(trio.current_time())
        if self.is_down:
            raise ConnectionFailed("cannot reach gateway.test:80: Name or service not known")
        return Transport(self.bench.open_stream())


class _Roads(httpx2.AsyncBaseTransport):
    """The way to REST."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._inner = httpx2.ASGITransport(town.bench.app)

    @override
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        body: object = msgspec.json.decode(request.content) if request.content else {}
        asked = Asked(trio.current_time(), request.url.path, cast("dict[str, Any]", body))
        self._town.asked.append(asked)
        if self._town.is_down:
            raise httpx2.ConnectError("Name or service not known")
        return await self._inner.handle_async_request(request)


class Resident:
    """One bot.

    Args:
        town: Where it lives.
        intents: What it subscribes to.
        settings: Beyond where things are.
    """

    def __init__(self, town: Town, *, intents: int = ALL_INTENTS, settings: GatewayConfig | None = None) -> None:
        api_url = "http://api.test"
        settings = (settings or GatewayConfig()).replace(api_url=api_url, token_url=f"{api_url}{TOKEN}")
        self.town = town
        self.bot = Bot(town.credentials, intents, settings=settings, on_notice=self._listen)
        self.handled: list[str] = []
        self.notices: list[tuple[float, do.Notice]] = []
        self.on_notice: Callable[[do.Notice], None] | None = None
        self.shard: Shard
        self._news = trio.Event()

    def notes(self) -> Resident:
        """Lets it write down the id of every event that it handles."""

        @self.bot.on()
        async def note(_ctx: Context[Event], event: Event) -> None:
            self.note(event)

        return self

    def note(self, event: Event) -> None:
        """Writes one down; READY and RESUMED have no id."""
        if event.event_id is not None:
            self.handled.append(event.event_id)
            self._news.set()

    def noticed(self, kind: type[NoticeT]) -> list[NoticeT]:
        """All notices of a kind."""
        return [notice for _, notice in self.notices if isinstance(notice, kind)]

    async def moves_in(self, nursery: trio.Nursery) -> Resident:
        """Runs, and is READY."""
        nursery.start_soon(self.bot.serve)
        await self.until(lambda: bool(self.noticed(do.Ready) or self.noticed(do.Resumed)))
        return self

    async def until(self, condition: Callable[[], bool], *, within: float = 600.0) -> None:
        """Waits for something to come true by an event or a notice."""
        with trio.fail_after(within):
            while not condition():
                self._news = trio.Event()
                await self._news.wait()

    async def until_back(self, times: int = 1, *, within: float = 600.0) -> None:
        """Waits until it has resumed so often."""
        await self.until(lambda: len(self.noticed(do.Resumed)) >= times, within=within)

    def _listen(self, shard: Shard, notice: do.Notice) -> None:
        self.shard = shard
        self.notices.append((trio.current_time(), notice))
        self._news.set()
        if self.on_notice is not None:
            self.on_notice(notice)
