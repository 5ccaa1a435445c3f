"""What only a person can mend, and what comes back by itself (issue: "refused and unreachable are told apart")."""

from __future__ import annotations

import pytest

from qqgw_proto.errors import (
    AuthenticationFailed,
    ConfigurationError,
    ConnectionFailed,
    DeadlineExceeded,
    GatewayClosed,
    GatewayError,
    HeartbeatTimeout,
    InsufficientPermissions,
    InvalidIntents,
    InvalidSession,
    ProtocolViolation,
    RateLimited,
    ReconnectRequested,
)
from qqgw_trio.connection.proxies import ProxyRefused
from qqgw_trio.connection.refusals import is_refusal
from qqgw_trio.connection.transport import GatewayCertificateRefused, GatewayWithoutTls
from qqgw_trio.rest.api_errors import AccessRefused, ApiError, api_error_of, useless_answer
from qqgw_trio.rest.http import Answer, CertificateRefused, NoTls, ProxyDenied, RequestFailed


def answered(status: int, body: bytes = b"{}", **headers: str) -> ApiError:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return api_error_of(Answer(status, names, body), "GET /gateway/bot", ())


REFUSED: list[GatewayError] = [
    AccessRefused("wrong secret", code=100016, fatal=True),
    AuthenticationFailed("the token is not accepted", code=4004),
    AuthenticationFailed("HTTP 401", code=401),
    ConfigurationError("the gateway URL cannot be used"),
    GatewayCertificateRefused("not trusted"),
    CertificateRefused("api.test", "not trusted", sent=False),
    GatewayWithoutTls("there is no TLS at this port"),
    NoTls("api.test", "there is no TLS at this port", sent=False),
    ProxyDenied("api.test", "407 No", sent=False, proxy="proxy.test:3128", code=407),
    ProxyRefused("the proxy answered CONNECT with HTTP 407", code=407),
    InsufficientPermissions("delisted"),
    InvalidIntents((9,), "an intent is not permitted", code=4014),
    ProtocolViolation("the answer is no HTTP"),
    # A URL that is no WebSocket: whatever a plain web server answers to the upgrade.
    ConnectionFailed("HTTP 200", code=200),
    ConnectionFailed("HTTP 302", code=302),
    ConnectionFailed("HTTP 404", code=404),
    ConnectionFailed("HTTP 426", code=426),
    answered(401, b'{"code":11298,"message":"ip not in whitelist"}'),
    answered(401, b'{"code":11241,"message":"no token"}'),
    answered(404),
]

UNREACHABLE: list[GatewayError] = [
    ConnectionFailed("cannot reach gateway.test:443: Name or service not known"),
    RequestFailed("api.test", "Connection refused", sent=False),
    RequestFailed("api.test", "502 Bad Gateway", sent=False, proxy="proxy.test:3128", code=502),
    ProxyRefused("the proxy answered CONNECT with HTTP 502", code=502),
    DeadlineExceeded("no TCP and TLS connection in time"),
    ConnectionFailed("HTTP 500", code=500),
    ConnectionFailed("HTTP 503", code=503, retry_after=5.0),
    ConnectionFailed("HTTP 408", code=408),
    ConnectionFailed("HTTP 425", code=425),
    ConnectionFailed("HTTP 429", code=429),
    RateLimited(60.0, "HTTP 429", code=429),
    answered(429),
    answered(503),
    # "100017" is a rate limit whatever the HTTP status says (protocol.md 1.2).
    answered(400, b'{"code":100017,"message":"too many requests"}'),
    # A captive portal's page is no answer of the platform.
    useless_answer(Answer(200, {}, b"<html>"), "GET /gateway/bot", "the body is not JSON"),
    HeartbeatTimeout("too many heartbeats were not acknowledged"),
    InvalidSession("the session is invalid", code=4006),
    ReconnectRequested("op 7", code=7),
    GatewayClosed("the connection expired", code=4009),
]


@pytest.mark.parametrize("error", REFUSED, ids=lambda error: f"{type(error).__name__}: {error.message}")
def test_a_refusal_is_for_a_person_to_mend(error: GatewayError) -> None:
    assert is_refusal(error)


@pytest.mark.parametrize("error", UNREACHABLE, ids=lambda error: f"{type(error).__name__}: {error.message}")
def test_what_is_out_of_reach_comes_back_by_itself(error: GatewayError) -> None:
    assert not is_refusal(error)
