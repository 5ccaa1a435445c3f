"""One REST call from beginning to end: token, headers, limits, repetition. `api.py` says which calls there are.

What may be repeated, at most `policy.attempts` requests in all:

- after 429, or when no connection came about: every call, since the server did nothing with it;
- after 5xx, a broken connection or silence: only a call that may be made twice (GET, PUT, DELETE, and messages that
  the server tells apart by msg_id or event_id and msg_seq).

A 401 is judged by its body's code: a refused token is renewed once and the call repeated (beyond that number);
everything else is raised.
After a 429 the same route (method and path) is left alone for as long as the server asked.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Protocol

import attrs
import trio

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.rest.api_codes import CodeKind
from qqgw_trio.rest.api_errors import ApiError, ApiRateLimited, api_error_of
from qqgw_trio.rest.endpoints import checked_http_url
from qqgw_trio.rest.error_body import AnswerFacts, ErrorBody
from qqgw_trio.rest.http import Answer, HttpClient, NoWay, RequestFailed
from qqgw_trio.rest.retry import UNNAMED_RATE_LIMIT, RandomSource, RetryPolicy
from qqgw_trio.rest.route_limits import RouteLimits

__all__ = ["AccessTokens", "ApiSession", "Call"]

_SAFE_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE"})


class AccessTokens(Protocol):
    """Where tokens come from; `TokenSource` is one."""

    async def get(self) -> str:
        """A token that is good now."""
        ...

    async def renew(self, refused: str = "") -> str:
        """A token in place of one that was refused."""
        ...


@attrs.frozen
class Call:
    """One REST call.

    Attributes:
        method: In capitals.
        path: From the slash on, ids quoted, query included.
        json: The body, encoded.
        headers: Beyond those of every call.
        repeatable: Whether it may be made twice; None = by its method.
        seconds: Instead of the client's limit.
    """

    method: str
    path: str
    json: bytes | None = attrs.field(default=None, repr=False)
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])
    repeatable: bool | None = None
    seconds: float | None = None

    def __attrs_post_init__(self) -> None:
        if not self.path.startswith("/") or not self.path.isascii() or not self.path.isprintable() or " " in self.path:
            # Anything else could change the host that the token is sent to.
            raise ConfigurationError(f"the path {self.path!r} must begin with / and be printable ASCII without blanks")

    def __str__(self) -> str:
        return f"{self.method} {self.route_path}"

    @property
    def route_path(self) -> str:
        """The path without the query."""
        return self.path.partition("?")[0]

    @property
    def may_repeat(self) -> bool:
        """Whether the server may see this call twice."""
        return self.method in _SAFE_METHODS if self.repeatable is None else self.repeatable


class ApiSession:
    """Makes calls.

    Args:
        tokens: Where the access token comes from.
        client: What makes the requests; it stays open.
        base_url: Of REST.
        app_id: For `X-Union-Appid` ("optional; send it", `protocol.md` 1.5).
        policy: When a failed call is repeated.
        rng: For the delays.

    Raises:
        ConfigurationError: The URL cannot work.
    """

    def __init__(
        self,
        tokens: AccessTokens,
        client: HttpClient,
        *,
        base_url: str,
        app_id: str,
        policy: RetryPolicy,
        rng: RandomSource | None,
    ) -> None:
        self.base_url = checked_http_url(base_url, "the API URL")
        self.app_id = app_id
        self._tokens = tokens
        self._client = client
        self._policy = policy
        self._rng = rng or random.Random()  # noqa: S311 - spreads delays, guards nothing
        self._limits = RouteLimits()

    async def make(self, call: Call) -> Answer:
        """Make a call and give the answer, which is a success.

        Raises:
            ApiError: The server answered otherwise.
            RequestFailed: There was no answer.
            AuthenticationFailed: There is no token to be had, as `TokenSource.get`.
            ConnectionFailed: Likewise.
            RateLimited: Likewise.
        """
        renewed = False
        failures = 0
        while True:
            await self._wait_for(call)
            token = await self._tokens.get()
            outcome = await self._attempt(call, token)
            if isinstance(outcome, Answer):
                return outcome
            if isinstance(outcome, ApiError) and outcome.kind is CodeKind.TOKEN and not renewed:
                renewed = True
                await self._tokens.renew(token)
                continue
            failures += 1
            delay = self._delay_after(outcome, call, failures)
            if delay is None or failures >= self._policy.attempts:
                raise outcome
            await trio.sleep(delay)

    async def _attempt(self, call: Call, token: str) -> Answer | ApiError | RequestFailed:
        headers = {"authorization": f"QQBot {token}", "x-union-appid": self.app_id, **call.headers}
        try:
            answer = await self._client.exchange(
                call.method, self.base_url + call.path, headers=headers, json=call.json, seconds=call.seconds
            )
        except RequestFailed as error:
            return error
        return answer if _is_success(answer) else api_error_of(answer, str(call), (token,))

    def _delay_after(self, error: ApiError | RequestFailed, call: Call, failures: int) -> float | None:
        """Seconds to wait before the call is repeated, or None if it must not be."""
        delay = self._policy.delay(failures, self._rng)
        if isinstance(error, RequestFailed):
            harmless = not error.sent and not isinstance(error, NoWay)
            return delay if harmless or (error.sent and call.may_repeat) else None
        if isinstance(error, ApiRateLimited):
            return self._delay_after_limit(error, call, delay)
        if error.status >= 500 and call.may_repeat:
            delay = max(delay, error.retry_after or 0.0)
            return delay if delay <= self._policy.max_wait else None
        return None

    def _delay_after_limit(self, error: ApiRateLimited, call: Call, delay: float) -> float | None:
        if error.retry_after is None and error.status != 429:
            # A limit told only by its code (100017) names no time and is long: asking again soon prolongs it.
            self._limits.close(str(call), UNNAMED_RATE_LIMIT)
            return None
        wait = delay if error.retry_after is None else error.retry_after
        self._limits.close(str(call), wait)
        return wait if wait <= self._policy.max_wait else None

    async def _wait_for(self, call: Call) -> None:
        while (wait := self._limits.wait_of(str(call))) > 0:
            if wait > self._policy.max_wait:
                facts = AnswerFacts(429, CodeKind.RATE, retry_after=wait)
                raise ApiRateLimited(f"{call} is rate limited for another {wait:.0f} s, so it was not made", facts)
            await trio.sleep(wait)


def _is_success(answer: Answer) -> bool:
    # "201/202 = async accepted with an error body" (OAERR:22-32): not success.
    if answer.status not in {200, 204} or not answer.complete:
        return False
    if b'code"' not in answer.body:
        return True
    body = ErrorBody.of(answer.body)  # 100017 comes with HTTP 200 (protocol.md 1.2)
    return body is None or body.any_code is None or not body.message
