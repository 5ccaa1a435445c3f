"""A REST server inside the process: it answers from a script and remembers what it was asked, in virtual time."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from urllib.parse import unquote

import attrs
import httpx2
import trio
from typing_extensions import override

from qqgw_proto.errors import GatewayError
from qqgw_trio.rest.api import Api
from qqgw_trio.rest.credentials import Credentials
from qqgw_trio.rest.http import HttpClient
from qqgw_trio.rest.token import TokenSource

CREDENTIALS = Credentials("102001", "the-secret-of-the-bot")
TOKEN_ROUTE = "POST /app/getAppAccessToken"
TOKEN_URL = "http://token.test/app/getAppAccessToken"
API_URL = "http://api.test"


class Middle:
    """Randomness without surprise: every delay is three quarters of its bound."""

    def random(self) -> float:
        return 0.5


@attrs.frozen
class Reply:
    """One scripted answer."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str])
    after: float = 0.0

    @classmethod
    def of(cls, value: object, status: int = 200, *, after: float = 0.0, **headers: str) -> Reply:
        names = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(status, json.dumps(value).encode(), names, after)


@attrs.frozen
class Seen:
    """One request as it arrived."""

    at: float
    route: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> object:
        return json.loads(self.body)


def token_reply(value: object, expires_in: object = "7200", *, after: float = 0.0) -> Reply:
    return Reply.of({"access_token": value, "expires_in": expires_in}, after=after)


class RestStub:
    """Routes like "GET /gateway", each with its answers in order; the last one is given again and again."""

    def __init__(self, routes: Mapping[str, Sequence[Reply | Exception]]) -> None:
        self.script = {route: list(answers) for route, answers in routes.items()}
        self.seen: list[Seen] = []
        self.client = HttpClient(transport=httpx2.MockTransport(self._answer))

    def asked(self, route: str) -> list[Seen]:
        return [request for request in self.seen if request.route == route]

    def times(self, route: str) -> list[float]:
        first = self.asked(route)[0].at
        return [round(request.at - first, 6) for request in self.asked(route)]

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        path, _, query = request.url.raw_path.decode().partition("?")
        route = f"{request.method} {path}"
        self.seen.append(Seen(trio.current_time(), route, unquote(query), dict(request.headers), request.content))
        answers = self.script[route]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        await trio.sleep(answer.after)
        return httpx2.Response(answer.status, content=_Stream(answer.body), headers=dict(answer.headers))


class _Stream(httpx2.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    @override
    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body


def token_source(stub: RestStub, on_failure: Callable[[GatewayError, float], None] | None = None) -> TokenSource:
    return TokenSource(CREDENTIALS, client=stub.client, url=TOKEN_URL, rng=Middle(), on_failure=on_failure)


def api_of(stub: RestStub) -> Api:
    stub.script.setdefault(TOKEN_ROUTE, [token_reply("TOKEN")])
    return Api(token_source(stub), base_url=API_URL, rng=Middle())
