"""The access token: asked for once by many, kept fresh, never shown.

`TokenSource.get()` gives a token that is good now; `renew()` asks anew after the server refused one (close code 4004,
code 11244). Many callers at once cost one request: one of them makes it, the others wait for its outcome; if that one
is cancelled, the next of them takes over. After a failure no request is made before a growing delay has passed,
whoever asks.

`protocol.md` 1.4: before its last 60 s a token cannot be changed ("a call before the last minute returns the same
token"); within them a call returns a new one while the old one goes on working. So it is asked for inside the last
minute, and while that fails the old one is handed out until it expires.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NoReturn

import msgspec
import trio

from qqgw_proto.errors import AuthenticationFailed, ConnectionFailed, GatewayError, RateLimited
from qqgw_trio.rest.api_errors import wait_asked_by
from qqgw_trio.rest.credentials import Credentials
from qqgw_trio.rest.endpoints import TOKEN_URL, checked_http_url
from qqgw_trio.rest.http import HttpClient, NoWay
from qqgw_trio.rest.retry import RandomSource, RetryPolicy
from qqgw_trio.rest.token_answer import AccessToken, read_token

__all__ = ["TOKEN_RETRIES", "Credentials", "TokenSource"]

TOKEN_RETRIES = RetryPolicy(attempts=3, initial_delay=1.0, max_delay=30.0)
"""How the token endpoint is asked again, unless set otherwise."""

_OVERLAP = 60.0  # "in the final 60 s a call returns a new token, and the old one keeps working" (API:44,73-75)
_RENEW_INTERVAL = 10.0  # a renewal asked for sooner waits for its turn: looping on 4004 hammers (trap 2)
_LONGEST_NAP = 60.0  # the clock may run on through a suspend of the machine while a sleep does not
_SHORTEST_NAP = 1.0


class _Kept(msgspec.Struct, frozen=True):
    token: AccessToken
    refresh_at: float
    expires_at: float


class _Flight:
    """One request that many wait for; without an outcome, whoever made it was cancelled."""

    def __init__(self) -> None:
        self.done = trio.Event()
        self.outcome: str | GatewayError | None = None


class TokenSource:
    """The bot's access token.

    Args:
        credentials: App id and secret.
        client: What makes the requests; it stays open.
        url: Of getAppAccessToken.
        policy: When a failed request is repeated.
        clock: Seconds, monotonic.
        rng: For the delays.
        on_failure: Called with each error and the seconds until the endpoint may be asked again.

    Raises:
        ConfigurationError: The URL cannot work.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        client: HttpClient,
        url: str = TOKEN_URL,
        policy: RetryPolicy = TOKEN_RETRIES,
        clock: Callable[[], float] = trio.current_time,
        rng: RandomSource | None = None,
        on_failure: Callable[[GatewayError, float], None] | None = None,
    ) -> None:
        self.credentials = credentials
        self.client = client
        self.url = checked_http_url(url, "the token URL")
        self._policy = policy
        self._clock = clock
        self._rng = rng or random.Random()  # noqa: S311 - spreads delays, guards nothing
        self._on_failure = on_failure
        self._kept: _Kept | None = None
        self._flight: _Flight | None = None
        self._failures = 0
        self._not_before = float("-inf")
        self._renewed_at = float("-inf")

    def __repr__(self) -> str:
        return f"TokenSource({self.credentials!r}, url={self.url!r})"

    @property
    def expires_in(self) -> float | None:
        """Seconds that the present token is still good for; None where there is none."""
        return None if self._kept is None else self._kept.expires_at - self._clock()

    async def get(self) -> str:
        """A token that is good now.

        Raises:
            AuthenticationFailed: App id or secret were refused (`AccessRefused`, whose `fatal` says whether for good).
            ConnectionFailed: The endpoint could not be reached, or made no sense, `policy.attempts` times.
            RateLimited: The endpoint asks to wait for longer than `policy.max_wait`.
        """
        kept = self._kept
        now = self._clock()
        if kept is None or now >= kept.expires_at:
            return await self._obtain()
        if now < kept.refresh_at or now < self._not_before:
            return kept.token.value
        try:
            return await self._fetch()
        except (ConnectionFailed, RateLimited):
            # Reported by _ask(). The old token works until it expires.
            return kept.token.value if self._clock() < kept.expires_at else await self._obtain()

    async def renew(self, refused: str = "") -> str:
        """Ask for a token although the present one has not expired: the server refused it.

        It may be the same token again, since the endpoint gives no other before the last minute of a lifetime; whatever
        is returned, the endpoint gave it after this call. Within 10 s after a renewal no further request is made: the
        rest of them is waited for.

        Args:
            refused: The token that was refused, as `get` gave it. If another one takes its place meanwhile, that is
                returned without a request.

        Raises:
            AuthenticationFailed: As `get`.
            ConnectionFailed: As `get`.
            RateLimited: As `get`.
        """
        called_at = self._clock()
        while (kept := self._kept) is not None and (now := self._clock()) < kept.expires_at:
            replaced = bool(refused) and refused != kept.token.value
            if replaced or self._renewed_at > called_at:  # by another who waited for the same turn
                return kept.token.value
            wait = self._renewed_at + _RENEW_INTERVAL - now
            if wait <= 0:
                break
            await trio.sleep(wait)
        value = await self._obtain()
        self._renewed_at = self._clock()
        return value

    async def run(self) -> NoReturn:
        """Keep the token fresh until cancelled; failures are reported to `on_failure` and never end it."""
        while True:
            wait = self._until_refresh()
            if wait > 0:
                await trio.sleep(min(wait, _LONGEST_NAP))
                continue
            try:
                await self._fetch()
            except (AuthenticationFailed, ConnectionFailed, RateLimited):
                # Reported by _ask(). The secret may be set right, the network come back: asked again, ever more slowly.
                wait = self._not_before - self._clock()
                await trio.sleep(min(max(wait, _SHORTEST_NAP), _LONGEST_NAP))
            else:
                await trio.sleep(_SHORTEST_NAP)

    def _until_refresh(self) -> float:
        return 0.0 if self._kept is None else self._kept.refresh_at - self._clock()

    async def _obtain(self) -> str:
        attempt = 1
        while True:
            try:
                return await self._fetch()
            except (ConnectionFailed, RateLimited) as error:
                if attempt >= self._policy.attempts or isinstance(error, NoWay):
                    raise
            attempt += 1

    async def _fetch(self) -> str:
        """One request, whoever makes it."""
        while True:
            flight = self._flight
            if flight is None:
                return await self._lead()
            await flight.done.wait()
            if isinstance(flight.outcome, GatewayError):
                raise flight.outcome
            if flight.outcome is not None:
                return flight.outcome

    async def _lead(self) -> str:
        flight = self._flight = _Flight()
        try:
            await self._wait_for_turn()
            flight.outcome = await self._ask()
        except GatewayError as error:
            flight.outcome = error
            raise
        finally:
            self._flight = None
            flight.done.set()
        return flight.outcome

    async def _wait_for_turn(self) -> None:
        wait = self._not_before - self._clock()
        if wait > self._policy.max_wait:
            raise RateLimited(wait, "the token endpoint asked to wait")
        if wait > 0:
            await trio.sleep(wait)

    async def _ask(self) -> str:
        asked_at = self._clock()
        secret = self.credentials.secret
        body = msgspec.json.encode({"appId": self.credentials.app_id, "clientSecret": secret})
        try:
            token = read_token(await self.client.exchange("POST", self.url, json=body), (secret,))
        except GatewayError as error:
            self._failures += 1
            delay = max(self._policy.delay(self._failures, self._rng), wait_asked_by(error) or 0.0)
            self._not_before = self._clock() + delay
            if self._on_failure is not None:
                self._on_failure(error, delay)
            raise
        self._failures = 0
        self._not_before = float("-inf")
        self._keep(token, asked_at)
        return token.value

    def _keep(self, token: AccessToken, asked_at: float) -> None:
        # The lifetime counts from the request, to be safe; the refresh from the answer, to be inside the last minute.
        margin = max(min(_OVERLAP, token.expires_in / 10), 1.0)  # D18: min(60 s, 10 %), floor 1 s
        refresh_in = token.expires_in - min(margin, token.expires_in / 2)
        self._kept = _Kept(token, self._clock() + refresh_in, asked_at + token.expires_in)
