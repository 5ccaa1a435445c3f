"""`/metrics`, `/healthz`, `/readyz` and `/diagnostics` over HTTP, on loopback unless another address is given.

`/healthz` answers 200 while every shard is alive that has not failed for good, else 503; also when all have failed;
`?max_age=120` sets the seconds without a heartbeat ACK from which on a shard is taken for dead. `/readyz` answers 200
while every shard has a session. Both say in JSON how each shard is, and which have failed for good. Nothing here needs
a password, and nothing shows a secret.
"""

from __future__ import annotations

import socket

import msgspec
from msgspec.structs import asdict
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from qqgw_trio.insight.health import MAX_AGE, Health
from qqgw_trio.insight.watch import Watch
from qqgw_trio.running.serving import serve_http
from qqgw_trio.telemetry.prometheus import CONTENT_TYPE, metrics_text

__all__ = ["make_app", "serve_metrics"]

_LIVES = 200
_DOES_NOT = 503


def make_app(watch: Watch) -> Starlette:
    """The application, to be put under a server of one's own."""

    async def metrics(_request: Request) -> Response:
        return Response(metrics_text(watch.metrics), media_type=CONTENT_TYPE)

    async def healthz(request: Request) -> Response:
        max_age = _seconds(request.query_params.get("max_age", str(MAX_AGE)))
        if max_age is None:
            return Response("max_age must be a number of seconds\n", 400)
        health = watch.health(max_age)
        return _answer(health, health.is_alive)

    async def readyz(_request: Request) -> Response:
        health = watch.health()
        return _answer(health, health.is_ready)

    async def diagnostics(_request: Request) -> Response:
        return Response(watch.report().json(), media_type="application/json")

    pages = {"/metrics": metrics, "/healthz": healthz, "/readyz": readyz, "/diagnostics": diagnostics}
    return Starlette(routes=[Route(path, page) for path, page in pages.items()])


async def serve_metrics(watch: Watch, listener: socket.socket) -> None:
    """Serves until cancelled; takes the socket over."""
    await serve_http(make_app(watch), listener)


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if seconds >= 0 else None


def _answer(health: Health, is_well: bool) -> Response:
    told = {
        "alive": health.is_alive,
        "ready": health.is_ready,
        "failed": health.failed,
        "shards": [asdict(shard) for shard in health.shards],
    }
    return Response(msgspec.json.encode(told), _LIVES if is_well else _DOES_NOT, media_type="application/json")
