"""How many shards the platform recommends, asked until it answers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from random import SystemRandom
from typing import Final

import trio

from qqgw_proto.errors import ConfigurationError, GatewayError
from qqgw_trio.connection.access import GatewayAccess
from qqgw_trio.rest.api_errors import is_fatal, wait_asked_by
from qqgw_trio.rest.retry import RandomSource, RetryPolicy

__all__ = ["count_shards"]

logger = logging.getLogger(__name__)

_PATIENCE: Final = RetryPolicy(max_delay=30.0)


async def count_shards(
    access: GatewayAccess, on_failure: Callable[[GatewayError, float], None], rng: RandomSource | None = None
) -> int:
    """The recommended count.

    Args:
        access: Who asks.
        on_failure: Told why there is no answer yet, and in how many seconds it is asked again.
        rng: For the pauses.

    Raises:
        GatewayError: It can never be had.
    """
    failures = 0
    while True:
        try:
            count = (await access.recommended()).shards
        except GatewayError as error:
            if isinstance(error, ConfigurationError) or is_fatal(error):
                raise
            failures += 1
            seconds = max(_PATIENCE.delay(failures, rng or SystemRandom()), wait_asked_by(error) or 0.0)
            on_failure(error, seconds)
            await trio.sleep(seconds)
        else:
            logger.info("the platform recommends %d shards", count)
            return count
