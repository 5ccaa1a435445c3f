"""Startup and shutdown hooks: functions called with the bot before its shards start, and after its handlers are done.

Startup hooks are called one after the other, with REST at hand (`bot.api`); what one raises ends the bot. Shutdown
hooks are called in the reverse order, whatever has ended the bot, also a failed startup; what one raises is logged.

They come in pairs, once for each life of the bot: one that goes on without the intents that were refused
(`negotiate_intents`) has two.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeAlias

import trio

from qqgw_trio.handler.calling import Callee
from qqgw_trio.handler.failures import HandlerError, asyncio_mistake
from qqgw_trio.handler.registered import check_parameters
from qqgw_trio.running.stopping import StopRequest

__all__ = ["Hook", "Hooks"]

logger = logging.getLogger(__name__)

Hook: TypeAlias = Callable[[Any], object]
"""Called with the bot; sync or async."""


class Hooks:
    """The hooks of one bot."""

    def __init__(self) -> None:
        self._startup: list[Callee[object]] = []
        self._shutdown: list[Callee[object]] = []

    def on_startup(self, hook: Hook) -> None:
        """Registers a startup hook."""
        check_parameters(hook, "bot")
        self._startup.append(Callee(hook))

    def on_shutdown(self, hook: Hook) -> None:
        """Registers a shutdown hook."""
        check_parameters(hook, "bot")
        self._shutdown.append(Callee(hook))

    async def start(self, bot: object, stop: StopRequest) -> HandlerError | None:
        """Calls the startup hooks, until a stop is asked for.

        Returns:
            Why the bot cannot run.
        """
        failure: HandlerError | None = None
        async with trio.open_nursery() as nursery:
            if self._startup:
                nursery.start_soon(_cancel_when_stopped, stop, nursery.cancel_scope)
            for hook in self._startup:
                try:
                    await hook(bot)
                except Exception as error:  # noqa: BLE001 - a hook may raise anything
                    failure = _failure_of(hook, error)
                    break
            nursery.cancel_scope.cancel()
        return failure

    async def end(self, bot: object, seconds: float) -> None:
        """Calls the shutdown hooks, also where everything else is cancelled.

        Args:
            bot: What they are called with.
            seconds: For all of them together.
        """
        with trio.move_on_after(seconds, shield=True) as scope:
            for hook in reversed(self._shutdown):
                try:
                    await hook(bot)
                except Exception as error:
                    mistake = asyncio_mistake(error, hook.name) or error
                    logger.exception("shutdown hook %s failed", hook.name, exc_info=mistake)
        if scope.cancelled_caught:
            logger.error("the shutdown hooks took longer than %g s", seconds)


async def _cancel_when_stopped(stop: StopRequest, scope: trio.CancelScope) -> None:
    await stop.wait()
    scope.cancel()


def _failure_of(hook: Callee[object], error: Exception) -> HandlerError:
    failure = asyncio_mistake(error, hook.name)
    if failure is None:
        failure = HandlerError(f"startup hook {hook.name} failed: {error!r}", remedy="mend it, or let it catch that")
        failure.__cause__ = error
    return failure
