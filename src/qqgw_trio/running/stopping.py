"""A request to stop: made from any thread, awaited in trio."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

import trio

from qqgw_proto.errors import GatewayError

__all__ = ["StopRequest", "call_in_trio"]

logger = logging.getLogger("qqgw_trio.running.service")


class StopRequest:
    """A request to stop, which can be made once. The object itself is created inside of trio."""

    def __init__(self) -> None:
        self._event = trio.Event()
        self._haste = trio.Event()
        self._token = trio.lowlevel.current_trio_token()

    @property
    def is_made(self) -> bool:
        """Whether somebody has asked."""
        return self._event.is_set()

    def make(self) -> None:
        """Asks; harmless when repeated, and when trio has ended meanwhile."""
        call_in_trio(self._token, self._event.set)

    async def wait(self) -> None:
        """Waits until somebody asks."""
        await self._event.wait()

    def hurry(self) -> None:
        """Asks not to wait for anything; from inside of trio only."""
        self._haste.set()

    async def wait_for_haste(self) -> None:
        """Waits until somebody asks not to wait."""
        await self._haste.wait()


def call_in_trio(token: trio.lowlevel.TrioToken, call: Callable[[], object]) -> None:
    """Calls at once where trio runs, and soon from any other thread; not at all once trio has ended.

    A sync handler runs in a thread of its own: an event set from there would wake nobody. A `GatewayError` of a
    call made for another thread is an error in the log, since raised in trio it would end the process.

    Raises:
        GatewayError: The call raised it, where trio runs.
    """
    try:
        trio.lowlevel.current_task()
    except RuntimeError:
        with suppress(trio.RunFinishedError):
            token.run_sync_soon(_call_unheard, call)
    else:
        call()


def _call_unheard(call: Callable[[], object]) -> None:
    try:
        call()
    except GatewayError as error:
        logger.error("what another thread has asked for has failed: %s", error)  # noqa: TRY400 - as `store` tells
