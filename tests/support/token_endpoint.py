"""A token endpoint that answers from a script, and the ways in which it does not give a token."""

from __future__ import annotations

import httpx2

from support.rest_stub import CREDENTIALS, TOKEN_ROUTE, Reply, RestStub

__all__ = ["BAD_SECRET", "UNREACHABLE", "endpoint"]

UNREACHABLE = httpx2.ConnectError("Connection refused")
BAD_SECRET = Reply.of({"code": 100016, "message": f"invalid appid or secret {CREDENTIALS.secret}"})


def endpoint(*answers: Reply | Exception) -> RestStub:
    """Gives these answers in turn, the last one for ever."""
    return RestStub({TOKEN_ROUTE: answers})
