"""URL and token for a shard's next dial: the token always the current one, the URL asked for seldom.

`GET /gateway/bot` is itself limited (code 100017): the URL is kept over reconnects and asked for again only at the
first start, after `max_failures` failed connections in a row, or when it is older than `max_age` (`features.md` D12).
Where a fixed gateway URL is set, nothing is ever asked.
"""

from __future__ import annotations

from typing import TypeAlias

import trio

from qqgw_proto.sharding import StartLimits
from qqgw_trio.api import Api
from qqgw_trio.api_types import GatewayBot
from qqgw_trio.clock import Clock
from qqgw_trio.gate import Gate
from qqgw_trio.token import TokenSource

__all__ = ["GatewayAccess", "Granted"]

Granted: TypeAlias = tuple[str, str]
"""Gateway URL and bare access token."""


class GatewayAccess:
    """What all shards of a bot dial with.

    Args:
        api: For `GET /gateway/bot`.
        tokens: Where the token comes from.
        gate: Learns the start limits that come with the URL.
        gateway_url: A fixed URL.
        max_age: Seconds after which the URL is asked for again.
        max_failures: Failed connections in a row after which it is.
        clock: Seconds, monotonic.
    """

    def __init__(
        self,
        api: Api,
        tokens: TokenSource,
        gate: Gate,
        *,
        gateway_url: str | None = None,
        max_age: float = 24 * 3600.0,
        max_failures: int = 5,
        clock: Clock = trio.current_time,
    ) -> None:
        self._api = api
        self._tokens = tokens
        self._gate = gate
        self._fixed = gateway_url
        self._max_age = max_age
        self._max_failures = max_failures
        self._clock = clock
        self._known: GatewayBot | None = None
        self._asked_at = 0.0
        self._failures = 0
        self._turn = trio.Lock()

    async def recommended(self) -> GatewayBot:
        """The platform's answer, from memory where it is fresh enough.

        Raises:
            GatewayError: It could not be had.
        """
        async with self._turn:
            known = self._known
            if known is None or self._failures >= self._max_failures or self._age() > self._max_age:
                known = self._known = await self._api.gateway_bot()
                self._asked_at, self._failures = self._clock(), 0
                limit = known.session_start_limit
                self._gate.update(
                    StartLimits(limit.max_concurrency, limit.remaining, max(limit.total, 1), limit.reset_after)
                )
            return known

    async def grant(self, *, renew: bool) -> Granted:
        """URL and token.

        Args:
            renew: The token in use was refused.

        Raises:
            GatewayError: One of them could not be had; `AccessRefused.fatal` says whether for good.
        """
        token = await (self._tokens.renew() if renew else self._tokens.get())
        url = self._fixed or (await self.recommended()).url
        return url, token

    def failed(self) -> None:
        """A connection failed."""
        self._failures += 1

    def succeeded(self) -> None:
        """A session stands."""
        self._failures = 0

    def _age(self) -> float:
        return self._clock() - self._asked_at
