"""Answers of the REST API: JSON whose `Content-Type` has no charset, a trace id, and the platform's error bodies.

"`Content-Type: application/json` without charset: two clients compare with `==`" (conformance 2.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from qqgw_trio.simulator.samples import JsonObject

__all__ = ["TRACE_HEADER", "answer", "body_of", "error"]

TRACE_HEADER: Final = "X-Tps-trace-ID"
_JSON: Final = "application/json"

_CODES: Final = {401: 11244, 404: 404, 429: 100017, 202: 304023, 201: 304023}
_encode = msgspec.json.Encoder().encode


def answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON body."""
    return Response(_encode(value), status, headers=dict(headers or {}), media_type=_JSON)


def error(status: int, code: int | None, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """The body `{code, message}` of a refusal; 201 and 202 tell of an audit (POST:72-84)."""
    body: JsonObject = {"code": _CODES.get(status, 10001) if code is None else code, "message": message}
    if status in {201, 202}:
        body["data"] = {"message_audit": {"audit_id": "00000000-0000-4000-8000-000000000001"}}
    return answer(body, status, headers)


async def body_of(request: Request) -> JsonObject | None:
    """The JSON object of a request; None where it is none."""
    try:
        return msgspec.json.decode(await request.body(), type=JsonObject)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
