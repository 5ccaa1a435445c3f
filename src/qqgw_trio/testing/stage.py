"""`Stage`: a `Bot` on a simulated platform, inside a test.

    async def scenario(stage):
        assert await stage.ask("/ping") == "pong"
        stage.fault("reset")
        assert await stage.ask("/ping") == "pong"

    play(bot, scenario)

The bot is the very one that runs in production: its handlers, its commands, its replies. Only addresses, app id and
secret are those of the platform on this machine, and it comes back from an outage without the pauses of a real one;
when the stage is left it has its own settings again. An error that ends the bot, at its start or later, ends the
scenario and is raised as it is.
"""

from __future__ import annotations

import math
import os
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Final, Self, cast

import attrs
import trio

from qqgw_proto.config import ReconnectConfig
from qqgw_proto.errors import DeadlineExceeded
from qqgw_trio.bot import Bot
from qqgw_trio.handler.replies import ReplyNumbers
from qqgw_trio.rest.credentials import APP_ID_VARIABLE, SECRET_VARIABLE
from qqgw_trio.simulator.faults import Fault
from qqgw_trio.simulator.settings import SimulatorConfig, StartSettings
from qqgw_trio.simulator.simulator import Simulator

__all__ = ["Said", "Stage", "play"]

_AT_ONCE: Final = ReconnectConfig(
    initial_delay=0.01, max_delay=0.05, prompt_jitter=0.0, min_dial_interval=0.0, too_fast_delay=0.05
)

# One IDENTIFY in 5 s is what the platform grants; a test is not to wait for that.
_QUIET: Final = SimulatorConfig(events=0, start=StartSettings(max_concurrency=16))

_COMING_UP: Final = 10.0
"""Seconds that a bot has from its startup hooks to its session."""


@attrs.frozen
class Said:
    """A message of the bot: `kind` is group, c2c, channel or dm."""

    kind: str
    target: str
    text: str


class Stage:
    """A bot and the platform it lives on; an async context manager, inside `trio.run`.

    Args:
        bot: Not running.
        config: What the platform is; by default its world does nothing by itself.

    Raises:
        DeadlineExceeded: On entering: the bot has not come up in 10 s.
        MisuseError: On entering: it runs already.

    Attributes:
        bot: The bot.
        simulator: The platform: its ledger tells everything that was sent and received.
        said: What the bot has said.
    """

    def __init__(self, bot: Bot, config: SimulatorConfig | None = None) -> None:
        platform = _QUIET if config is None else config
        if bot.credentials is not None:
            platform = attrs.evolve(platform, app_id=bot.credentials.app_id, secret=bot.credentials.secret)
        self.bot = bot
        self.simulator = Simulator(platform, on_reply=self._hear)
        self.said: list[Said] = []
        self._news = trio.Event()
        self._stack = AsyncExitStack()
        self._settings = bot.settings
        self._environment: dict[str, str | None] = {}

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as unless_it_comes_up:
            unless_it_comes_up.push_async_exit(self._take_down)
            await self._set_up()
            unless_it_comes_up.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        self.bot.stop()
        return await self._take_down(kind, error, trace)

    async def _set_up(self) -> None:
        await self._stack.enter_async_context(self.simulator)
        self._environment = {name: os.environ.get(name) for name in (APP_ID_VARIABLE, SECRET_VARIABLE)}
        os.environ.update({APP_ID_VARIABLE: self.simulator.app_id, SECRET_VARIABLE: self.simulator.secret})
        self.bot.settings = self._settings.replace(
            api_url=self.simulator.rest_url,
            token_url=self.simulator.token_url,
            gateway_url=None,
            proxy="direct",
            reconnect=_AT_ONCE,
        )
        self.bot.reply_numbers = ReplyNumbers(lambda: self.bot.settings.replies)  # This platform knows no earlier ones.
        nursery = await self._stack.enter_async_context(trio.open_nursery())
        with trio.move_on_after(_COMING_UP) as scope:
            await nursery.start(self.bot.serve)
            await self.until(self.bot.is_connected, within=math.inf)
        if scope.cancelled_caught:
            raise DeadlineExceeded(f"the bot has not come up in {_COMING_UP:g} s", remedy="see its log")

    async def _take_down(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        try:
            return await self._stack.__aexit__(kind, error, trace)
        except BaseExceptionGroup as group:
            # The test's own error, or the bot's, leaves as it is, not wrapped by the nurseries.
            alone = _innermost(group)
        finally:
            self.bot.settings = self._settings
            for name, value in self._environment.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value
        if alone is error:
            return False
        raise alone

    def say(self, text: str, kind: str = "group", author: str | None = None) -> str:
        """Somebody says something; the event's id. A bot that is away gets it by a RESUME."""
        return self.simulator.say(kind, author, text)

    async def ask(self, text: str, kind: str = "group", author: str | None = None, *, within: float = 10.0) -> str:
        """Somebody says something, and the bot answers: the text of its next message.

        Raises:
            DeadlineExceeded: It has not, in so many seconds.
        """
        heard = len(self.said)
        self.say(text, kind, author)
        await self.until(lambda: len(self.said) > heard, within=within)
        return self.said[heard].text

    async def until(self, condition: Callable[[], bool], *, within: float = 10.0) -> None:
        """Waits until something has come true; asked anew whenever the bot has said something, and often.

        Raises:
            DeadlineExceeded: It has not, in so many seconds.
        """
        with trio.move_on_after(within):
            while not condition():
                self._news = trio.Event()
                with trio.move_on_after(0.01):
                    await self._news.wait()
            return
        raise DeadlineExceeded(f"this did not happen in {within:g} s", remedy=f"the bot said only {self.said}")

    def fault(self, fault: Fault | str) -> int:
        """Lets something go wrong (`qqgw_trio.simulator.faults`); how many connections were struck."""
        return self.simulator.fault(fault)

    def _hear(self, kind: str, target: str, text: str) -> None:
        self.said.append(Said(kind, target, text))
        self._news.set()


def _innermost(error: BaseException) -> BaseException:
    """What stands alone in a group, or in a group in a group."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    inner = cast("BaseExceptionGroup[BaseException]", error).exceptions
    return _innermost(inner[0]) if len(inner) == 1 else cast("BaseException", error)


def play(
    bot: Bot,
    scenario: Callable[[Stage], Awaitable[None]],
    *,
    config: SimulatorConfig | None = None,
    within: float = math.inf,
) -> None:
    """Runs a scenario with a bot on a stage, in a trio program of its own: for tests that are no async functions.

    Raises:
        DeadlineExceeded: It has not ended in so many seconds.
    """

    async def perform() -> None:
        with trio.move_on_after(within) as scope:
            async with Stage(bot, config) as stage:
                await scenario(stage)
        if scope.cancelled_caught:
            raise DeadlineExceeded(f"the scenario has not ended in {within:g} s", remedy="see what it waits for")

    trio.run(perform)
