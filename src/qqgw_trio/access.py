"""URL and token for a shard's next dial: the token always the current one, the URL asked for seldom.

`GET /gateway/bot` is itself limited (code 100017): the URL is kept over reconnects. It is asked for at the first start,
after `max_failures` failed connections in a row but not sooner than `min_age`, and when it is older than `max_age`
(`features.md` D12). Where that fails by no refusal the old one serves on: an outage of the API alone keeps no shard
offline. Where a fixed gateway URL is set, nothing is ever asked.
"""

from __future__ import annotations

from typing import TypeAlias

import trio

from qqgw_proto.errors import ConfigurationError, GatewayError
from qqgw_proto.sharding import StartLimits
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.api import Api
from qqgw_trio.api_errors import is_refusal
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
        max_failures: Failed connections in a row, of any shards, after which it is.
        min_age: Seconds before which it is not, however many connections failed.
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
        min_age: float = 600.0,
        clock: Clock = trio.current_time,
    ) -> None:
        self._api = api
        self._tokens = tokens
        self._gate = gate
        self._fixed = gateway_url
        self._max_age = max_age
        self._max_failures = max_failures
        self._min_age = min_age
        self._clock = clock
        self._known: GatewayBot | None = None
        self._asked_at = 0.0
        self._failures = 0
        self._turn = trio.Lock()

    async def recommended(self, *, afresh: bool = False) -> GatewayBot:
        """The platform's answer, from memory where it is fresh enough.

        Args:
            afresh: Whether it is asked for in any case.

        Raises:
            GatewayError: It could not be had.
        """
        async with self._turn:
            known = self._known
            if known is None:
                return await self._ask()
            if not (afresh or self._is_old()):
                return known
            self._asked_at = self._clock()  # Asking counts, even where it is given up halfway.
            try:
                return await self._ask()
            except GatewayError as error:
                # An URL that cannot be dialed is as good as no answer.
                if is_refusal(error) and not isinstance(error, ConfigurationError):
                    raise
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

    def _is_old(self) -> bool:
        age = self._clock() - self._asked_at
        return age > self._max_age or (age >= self._min_age and self._failures >= self._max_failures)

    async def _ask(self) -> GatewayBot:
        answer = await self._api.gateway_bot()
        GatewayUrl.parse(answer.url)
        self._known, self._asked_at, self._failures = answer, self._clock(), 0
        limit = answer.session_start_limit
        self._gate.update(StartLimits(limit.max_concurrency, limit.remaining, max(limit.total, 1), limit.reset_after))
        return answer
