"""A silent platform, bots at it over real sockets, and a way to wait for what becomes of them."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
import trio

from qqgw_proto.events import Intents
from qqgw_trio import Bot, Credentials, GatewayConfig
from qqgw_trio.simulator.ledger import Reply
from qqgw_trio.simulator.settings import SimulatorConfig
from qqgw_trio.simulator.simulator import Simulator
from qqgw_trio.simulator.world import WorldEvent

__all__ = ["News", "Stage", "Telling", "derived", "lines_of", "stage", "staged"]


class News:
    """Lets a test wait for something to come true, looking whenever anything has happened."""

    def __init__(self) -> None:
        self._event = trio.Event()

    def tell(self, *_: object) -> None:
        self._event.set()
        self._event = trio.Event()

    async def until(self, condition: Callable[[], bool]) -> None:
        with trio.fail_after(60):
            while not condition():
                await self._event.wait()


class Telling(logging.Handler):
    """Makes a line of the log news."""

    def __init__(self, news: News) -> None:
        super().__init__()
        self._news = news

    def emit(self, record: logging.LogRecord) -> None:
        self._news.tell(record)


class Stage:
    """A silent platform, and bots at it."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.news = News()
        self.simulator = Simulator(config, on_reply=self.news.tell)

    @property
    def settings(self) -> GatewayConfig:
        return GatewayConfig(api_url=self.simulator.rest_url, token_url=self.simulator.token_url)

    @property
    def credentials(self) -> Credentials:
        return Credentials(self.simulator.app_id, self.simulator.secret)

    @property
    def replies(self) -> list[Reply]:
        return self.simulator.ledger.replies

    def bot(self, **settings: Any) -> Bot:
        own = self.settings.replace(**settings)
        return Bot(self.credentials, Intents.all(), settings=own, on_notice=self.news.tell)

    def push(self, type_name: str, payload: object) -> None:
        """Sends an event that the world would not make."""
        data = msgspec.Raw(msgspec.json.encode(payload))
        [session] = self.simulator.platform.sessions.standing
        session.push(WorldEvent(type_name, f"{type_name}:pushed", data, None, "", None, None))

    @asynccontextmanager
    async def running(self, bot: Bot) -> AsyncGenerator[None]:
        """The bot in READY, and stopped at the end."""
        async with trio.open_nursery() as nursery:
            await nursery.start(bot.serve)
            await self.news.until(bot.is_connected)
            yield
            bot.stop()


@asynccontextmanager
async def staged(config: SimulatorConfig | None = None) -> AsyncGenerator[Stage]:
    found = Stage(config or SimulatorConfig(events=0))
    with trio.fail_after(120):
        async with found.simulator:
            yield found


@pytest.fixture
async def stage() -> AsyncGenerator[Stage]:
    """A silent platform; offered by a suite that imports it in its `conftest.py`."""
    async with staged() as found:
        yield found


def derived(stage: Stage, **settings: Any) -> Bot:
    """A bot whose intents follow from its handlers."""
    return Bot(stage.credentials, settings=stage.settings.replace(**settings), on_notice=stage.news.tell)


def lines_of(caplog: pytest.LogCaptureFixture, name: str) -> list[str]:
    """What one logger of the package has said."""
    return [record.getMessage() for record in caplog.records if record.name == f"qqgw_trio.{name}"]
