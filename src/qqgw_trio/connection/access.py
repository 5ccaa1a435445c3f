"""URL and token for a shard's next dial: the token is always the current one, the URL is asked for seldom.

`GET /gateway/bot` is itself limited (code 100017): the URL is kept over reconnects. It is asked for at the first start,
after `max_failures` failed connections in a row but not sooner than `min_age`, and when it is older than `max_age`
(`features.md` D12). Where that fails, but not by a refusal, the old one is used again: an outage of the API alone
keeps no shard offline. Where a fixed gateway URL is set, nothing is ever asked.
"""

from __future__ import annotations

from collections import defaultdict
from typing import ClassVar, Final

import trio

from qqgw_proto.errors import ConfigurationError, ConnectionFailed, GatewayError
from qqgw_proto.sharding import StartLimits
from qqgw_proto.wire.url import GatewayUrl
from qqgw_proto.wire.veiled import Veiled
from qqgw_trio.connection.clock import Clock
from qqgw_trio.connection.gate import Gate
from qqgw_trio.rest.api import Api
from qqgw_trio.rest.api_errors import is_refusal
from qqgw_trio.rest.api_types import GatewayBot
from qqgw_trio.rest.token import TokenSource

__all__ = ["SAME_TOKEN_PAUSE", "GatewayAccess", "Granted"]

_SAME_TOKEN: Final = "none needed: it is tried again, and another token comes in the last minute of this one"  # noqa: S105

SAME_TOKEN_PAUSE: Final = 300.0
"""Seconds between two dials with a token that was refused, while the platform gives no other."""


class Granted(Veiled, frozen=True):
    """What a shard dials with.

    Attributes:
        url: The gateway URL.
        token: The bare access token; never shown.
    """

    url: str
    token: str
    veiled: ClassVar[frozenset[str]] = frozenset(("token",))


class _Given:
    """The token that a shard has, and when it may dial with it again although it was refused."""

    def __init__(self) -> None:
        self.token = ""
        self.not_before = float("-inf")


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
        self._given = defaultdict[int, _Given](_Given)
        self._turn = trio.Lock()

    async def recommended(self, *, afresh: bool = False) -> GatewayBot:
        """The platform's answer; the remembered one where that is fresh enough.

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
                if is_refusal(error):
                    raise
                return known

    async def grant(self, shard_id: int = 0, *, renew: bool) -> Granted:
        """Gives a shard the URL and the token for one dial.

        "A call before the last minute returns the same token" (`protocol.md` 1.4): after a refusal the one that was
        refused may come again. Then it is dialed with once more, and after that every `SAME_TOKEN_PAUSE` seconds, until
        the platform gives another.

        Args:
            shard_id: Whose dial it is.
            renew: The token that this shard has was refused.

        Raises:
            GatewayError: One of them could not be had; `AccessRefused.fatal` says whether for good.
        """
        given = self._given[shard_id]
        token = await (self._renew(given) if renew else self._tokens.get())
        url = self._fixed or (await self.recommended()).url
        is_same = renew and token == given.token
        given.token, given.not_before = token, self._clock() + SAME_TOKEN_PAUSE if is_same else given.not_before
        return Granted(url, token)

    async def _renew(self, given: _Given) -> str:
        token = await self._tokens.renew(given.token)
        wait = given.not_before - self._clock()
        if token == given.token and wait > 0:
            raise ConnectionFailed("the platform gives the refused token again", retry_after=wait, remedy=_SAME_TOKEN)
        return token

    def failed(self) -> None:
        """Notes that a connection failed."""
        self._failures += 1

    def succeeded(self) -> None:
        """Notes that a session stands."""
        self._failures = 0

    def _is_old(self) -> bool:
        age = self._clock() - self._asked_at
        return age > self._max_age or (age >= self._min_age and self._failures >= self._max_failures)

    async def _ask(self) -> GatewayBot:
        answer = await self._api.gateway_bot()
        try:
            GatewayUrl.parse(answer.url)
        except ConfigurationError as error:  # Nobody has configured it: the platform may name a better one next time.
            raise ConnectionFailed(f"the platform named a gateway that cannot be dialed: {error.message}") from error
        limit = answer.session_start_limit
        self._gate.update(StartLimits(limit.max_concurrency, limit.remaining, max(limit.total, 1), limit.reset_after))
        # Only an answer that is understood as a whole serves later dials.
        self._known, self._asked_at, self._failures = answer, self._clock(), 0
        return answer
