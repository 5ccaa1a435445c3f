"""Errors of REST: which class an answer becomes, what it carries, and what the owner of a shard makes of it."""

from __future__ import annotations

import json

import pytest

from qqgw_proto.errors import (
    AuthenticationFailed,
    ConfigurationError,
    ConnectionFailed,
    GatewayError,
    InsufficientPermissions,
    RateLimited,
)
from qqgw_trio.rest.api_errors import (
    AccessRefused,
    ApiAuthenticationFailed,
    ApiError,
    ApiPermissionDenied,
    ApiRateLimited,
    DuplicateReply,
    PendingAudit,
    api_error_of,
    is_fatal,
    is_refusal,
    useless_answer,
    wait_asked_by,
    was_refused,
)
from qqgw_trio.rest.http import Answer, CertificateRefused, RequestFailed


def error(status: int, code: int = 0, message: str = "words", **headers: str) -> ApiError:
    body = json.dumps({"code": code, "message": message}).encode()
    return api_error_of(
        Answer(status, {name.replace("_", "-"): text for name, text in headers.items()}, body), "GET /x", ()
    )


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, 11244, ApiAuthenticationFailed),
        (400, 11244, ApiAuthenticationFailed),
        (401, 11298, ApiAuthenticationFailed),
        (401, 40023002, ApiAuthenticationFailed),
        (401, 11245, ApiAuthenticationFailed),
        (401, 11251, ApiAuthenticationFailed),
        (401, 0, ApiAuthenticationFailed),
        (401, 11253, ApiPermissionDenied),
        (403, 0, ApiPermissionDenied),
        (429, 0, ApiRateLimited),
        (429, 22009, ApiRateLimited),
        (200, 100017, ApiRateLimited),
        (202, 304023, PendingAudit),
        (202, 0, ApiError),
        (404, 10003, ApiError),
        (500, 0, ApiError),
    ],
)
def test_the_code_decides_the_class_then_the_status(status: int, code: int, expected: type[ApiError]) -> None:
    assert type(error(status, code)) is expected


def test_the_classes_are_members_of_the_common_tree() -> None:
    assert isinstance(error(401), AuthenticationFailed)
    assert isinstance(error(403), InsufficientPermissions)
    assert isinstance(error(429), RateLimited)
    assert isinstance(error(500), GatewayError)


def test_an_error_carries_status_code_words_trace_and_remedy() -> None:
    failed = error(404, 10003, "unknown channel 9", x_tps_trace_id="t-1", retry_after="5")
    assert (failed.status, failed.code, failed.words, failed.trace_id) == (404, 10003, "unknown channel 9", "t-1")
    assert failed.retry_after == 5.0
    assert str(failed) == (
        "GET /x was answered with HTTP 404, unknown channel: unknown channel 9 (trace t-1) [10003]: "
        "check the id; the bot may have been removed from the place"
    )


@pytest.mark.parametrize(
    ("status", "remedy"),
    [
        (202, "do not take it for done"),
        (302, "redirects are not followed"),
        (404, "check the ids"),
        (405, "check that the API URL leads to the QQ bot API"),
        (400, "check that the API URL leads to the QQ bot API"),
        (426, "check that the API URL leads to the QQ bot API"),
        (401, "check the app id and the secret"),
        (403, "apply for the permission"),
        (429, "call again after that time"),
        (503, "try again later"),
    ],
)
def test_each_status_without_a_known_code_has_its_remedy(status: int, remedy: str) -> None:
    assert remedy in error(status).remedy


def test_a_code_that_nothing_is_known_of_leaves_it_to_the_servers_words() -> None:
    assert (
        error(400, 50055, "bad body").remedy == "see the server's words; the platform's support asks for the trace id"
    )


def test_a_rate_limit_says_how_long_and_a_minute_where_the_server_does_not() -> None:
    limited = [error(429, retry_after="7"), error(429)]
    assert [one.retry_after_seconds for one in limited if isinstance(one, ApiRateLimited)] == [7.0, 60.0]


def test_an_audit_carries_its_id() -> None:
    body = b'{"code":304024,"message":"audit","data":{"message_audit":{"audit_id":"a-1"}}}'
    audit = api_error_of(Answer(202, {}, body), "POST /x", ())
    assert isinstance(audit, PendingAudit)
    assert audit.audit_id == "a-1"


def test_a_body_over_the_limit_is_no_success() -> None:
    failed = api_error_of(Answer(200, {}, b"{", complete=False), "GET /x", ())
    assert failed.message == "GET /x was answered with HTTP 200, the body is larger than 4194304 bytes"
    assert is_refusal(failed) is False


REFUSALS = [
    AccessRefused("no", fatal=True),
    AuthenticationFailed("no"),
    CertificateRefused("host", "certificate check failed", sent=False),
    ConfigurationError("wrong URL"),
    error(401, 11298),
    error(403),
    error(404),
    error(302),
]
OUTAGES = [
    RequestFailed("host", "Connection refused", sent=False),
    ConnectionFailed("HTTP 500"),
    RateLimited(5),
    error(429),
    error(408),
    error(500),
    error(503),
    error(200, 100002),
    error(202, 304023),
    useless_answer(Answer(200, {}, b"<html>"), "GET /x", "the body is not JSON"),
]


def test_refusals_and_outages_are_told_apart() -> None:
    assert [is_refusal(one) for one in REFUSALS] == [True] * len(REFUSALS)
    assert [is_refusal(one) for one in OUTAGES] == [False] * len(OUTAGES)


def test_only_wrong_credentials_are_fatal() -> None:
    assert [one for one in REFUSALS + OUTAGES if is_fatal(one)] == [AccessRefused("no", fatal=True)]
    assert is_fatal(error(401, 11251)) is True
    assert is_fatal(AccessRefused("no")) is False


def test_the_wait_that_the_other_side_asked_for() -> None:
    assert wait_asked_by(RateLimited(5)) == 5
    assert wait_asked_by(error(429, retry_after="7")) == 7
    assert wait_asked_by(error(503, retry_after="8")) == 8
    assert wait_asked_by(ConnectionFailed("x", retry_after=9)) == 9
    assert wait_asked_by(error(500)) is None
    assert wait_asked_by(AuthenticationFailed("x")) is None


def test_a_message_that_the_server_has_already_is_told_apart() -> None:
    assert isinstance(error(400, 40054005, "msgseq duplicate"), DuplicateReply)


@pytest.mark.parametrize(
    ("failed", "refused"),
    [
        (error(400, 304027), True),
        (error(429), True),
        (error(401, 11244), True),
        (error(503), False),
        (useless_answer(Answer(200, {}, b"?"), "POST /x", "no JSON"), False),
        (RequestFailed("api", "refused", sent=False), True),
        (RequestFailed("api", "silence", sent=True), False),
        (ConfigurationError("no text"), True),
        (AccessRefused("wrong secret"), True),
    ],
)
def test_it_is_known_which_calls_had_certainly_no_effect(failed: GatewayError, *, refused: bool) -> None:
    assert was_refused(failed) is refused
