"""The REST API of the simulated platform, as an ASGI application.

Around the routes stands one gate: what a fault strikes is answered at once; every path but the token's and the
simulator's own needs a valid `Authorization`; every answer bears a trace id.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qqgw_trio.simulator.platform import BOT_NAME, Platform
from qqgw_trio.simulator.rest_answers import TRACE_HEADER, answer, body_of, error
from qqgw_trio.simulator.rest_control import ControlRoutes
from qqgw_trio.simulator.rest_messages import MessageRoutes
from qqgw_trio.simulator.rest_places import PlaceRoutes
from qqgw_trio.simulator.settings import ReplyCallback

__all__ = ["TOKEN_PATH", "make_app"]

TOKEN_PATH: Final = "/app/getAppAccessToken"  # noqa: S105 - a path
CONTROL_PREFIX: Final = "/simulator/"


def make_app(
    platform: Platform, control: ControlRoutes, gateway_url: Callable[[], str], on_reply: ReplyCallback | None = None
) -> ASGIApp:
    """Makes the application.

    Args:
        platform: What it serves.
        control: The simulator's own routes.
        gateway_url: What `/gateway` answers; asked at every request, for the port is known late.
        on_reply: Told of every message that the bot sends.
    """
    account = _AccountRoutes(platform, gateway_url)
    messages, places = MessageRoutes(platform, on_reply), PlaceRoutes(platform)
    routes = [*account.routes(), *messages.routes(), *places.routes(), *control.routes()]
    app = Starlette(routes=routes, exception_handlers={404: _unknown, 405: _unknown})
    return _Gate(platform, app)


async def _unknown(_request: Request, error_raised: Exception) -> Response:
    status = getattr(error_raised, "status_code", 404)
    return error(status, status, "no such call")


class _AccountRoutes:
    """Token, gateway, and who the bot is."""

    def __init__(self, platform: Platform, gateway_url: Callable[[], str]) -> None:
        self._platform = platform
        self._gateway_url = gateway_url

    def routes(self) -> list[Route]:
        return [
            Route(TOKEN_PATH, self._token, methods=["POST"]),
            Route("/gateway", self._gateway),
            Route("/gateway/bot", self._gateway_bot),
            Route("/users/@me", self._me),
            Route("/users/@me/guilds", self._guilds),
        ]

    async def _token(self, request: Request) -> Response:
        """Failure is "HTTP 200 with {code, message} and no token" (§1.4)."""
        ledger, accounts = self._platform.ledger, self._platform.accounts
        body = await body_of(request)
        refused: tuple[int, str] | None = None
        if body is None:
            refused = (100002, "internal error: the body is no JSON object")
        elif body.get("appId") != accounts.app_id:
            refused = (100007, "invalid appid")
        elif body.get("clientSecret") != accounts.secret:
            refused = (100016, "invalid appid or secret")
        if refused is not None:
            ledger.tokens_refused += 1
            return answer({"code": refused[0], "message": refused[1]})
        token, left = accounts.issue()
        ledger.tokens_issued += 1
        expires_in = str(left) if self._platform.config.rest.expires_in == "text" else left
        return answer({"access_token": token.text, "expires_in": expires_in})

    async def _gateway(self, _request: Request) -> Response:
        return answer({"url": self._gateway_url()})

    async def _gateway_bot(self, _request: Request) -> Response:
        starts = self._platform.starts
        limit = {
            "total": starts.settings.total,
            "remaining": starts.remaining,
            "reset_after": starts.reset_after,
            "max_concurrency": starts.settings.max_concurrency,
        }
        body = {"url": self._gateway_url(), "shards": starts.settings.shards, "session_start_limit": limit}
        return answer(body)

    async def _me(self, _request: Request) -> Response:
        # "`id` all digits": a real client converts it (conformance 2.3).
        user_id = self._platform.world.places.bot_user_id
        return answer({"id": user_id, "username": BOT_NAME, "avatar": "http://thirdqq.qlogo.cn/0", "bot": True})

    async def _guilds(self, _request: Request) -> Response:
        guilds = self._platform.world.places.guilds
        return answer([{"id": one.guild_id, "name": f"guild {n}", "member_count": 8} for n, one in enumerate(guilds)])


class _Gate:
    """What every request passes."""

    def __init__(self, platform: Platform, app: ASGIApp) -> None:
        self._platform = platform
        self._app = app
        self._count = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._count += 1
        trace = f"{self._count:032x}"

        async def send_traced(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[TRACE_HEADER] = trace
            await send(message)

        refused = self._refuse(str(scope["path"]), Headers(scope=scope).get("authorization"))
        await (refused or self._app)(scope, receive, send_traced)

    def _refuse(self, path: str, authorization: str | None) -> Response | None:
        if path.startswith(CONTROL_PREFIX):
            return None
        struck = self._platform.armory.strike_request(path)
        if struck is not None:
            headers = {} if struck.seconds is None else {"Retry-After": f"{struck.seconds:g}"}
            return error(struck.code or 503, struck.error, struck.why or "by order", headers)
        if path == TOKEN_PATH:
            return None
        # 11241 no token, 11243 wrong token, 11244 expired or absent (OAERR:52-54; BOTGO errs/err.go:63).
        if authorization is None:
            return error(401, 11241, "no token")
        if not self._platform.accounts.check_token(authorization):
            known_form = authorization.startswith(("QQBot ", "Bot "))
            return error(401, 11244 if known_form else 11243, "the token has expired or does not exist")
        return None
