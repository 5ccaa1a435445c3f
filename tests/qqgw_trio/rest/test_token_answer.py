"""What the token endpoint answers: a token, a refusal, trouble, or something useless."""

from __future__ import annotations

import json

import pytest

from qqgw_proto.errors import ConnectionFailed, RateLimited
from qqgw_trio.rest.api_errors import AccessRefused
from qqgw_trio.rest.http import Answer
from qqgw_trio.rest.token_answer import AccessToken, UnusableToken, read_token

SECRET = "s3cret"


def answer(value: object, status: int = 200, **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): text for name, text in headers.items()}, json.dumps(value).encode())


@pytest.mark.parametrize(("expires_in", "seconds"), [("7200", 7200.0), (7200, 7200), (59.5, 59.5), (1, 1)])
def test_the_lifetime_is_a_number_or_a_text(expires_in: object, seconds: float) -> None:
    # protocol.md 1.4: number by the table, "7200" on the wire
    granted = read_token(answer({"access_token": "TOKEN", "expires_in": expires_in, "more": [1]}), (SECRET,))
    assert granted == AccessToken("TOKEN", seconds)


def test_a_code_of_0_is_no_refusal() -> None:
    body = {"code": 0, "message": "", "access_token": "TOKEN", "expires_in": "7200"}
    assert read_token(answer(body), (SECRET,)).value == "TOKEN"


def test_the_token_is_not_shown() -> None:
    assert repr(AccessToken("TOKEN", 60.0)) == "AccessToken(expires_in=60.0)"


@pytest.mark.parametrize(
    "expires_in", ["0", 0.0, -1, "abc", "", "nan", float("inf"), "1e999", None, True, [], "9" * 5000]
)
def test_a_lifetime_that_makes_no_sense_is_rejected(expires_in: object) -> None:
    body = b'{"access_token":"TOKEN","expires_in":' + json.dumps(expires_in).encode() + b"}"
    with pytest.raises(UnusableToken) as rejected:
        read_token(Answer(200, {}, body), (SECRET,))
    assert "TOKEN" not in str(rejected.value)


@pytest.mark.parametrize(
    "token", ["", None, 7, "TOKEN\r\nx: y", "TOKEN\n", "TOKEN two", "TOKENé", "\x00TOKEN", "TOKEN" * 1000, ["TOKEN"]]
)
def test_a_token_that_cannot_be_sent_is_rejected_and_never_shown(token: object) -> None:
    # conformance.md M07
    with pytest.raises(UnusableToken, match="gave no token, or one that is not printable ASCII text") as rejected:
        read_token(answer({"access_token": token, "expires_in": 60}), (SECRET,))
    assert "TOKEN" not in f"{rejected.value!r} {rejected.value.__cause__!r} {rejected.value.__context__!r}"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"<html>", b'{"access_token":"TOKEN"', b'{"a":"TOKEN\xff"}', b'{"a":' * 50_000]
)
def test_what_is_not_a_json_object_is_rejected(body: bytes) -> None:
    with pytest.raises(UnusableToken, match="not a JSON object") as rejected:
        read_token(Answer(200, {}, body), (SECRET,))
    assert rejected.value.remedy == "check that the token URL leads to the QQ bot API"
    assert "TOKEN" not in f"{rejected.value!r} {rejected.value.__cause__!r} {rejected.value.__context__!r}"


@pytest.mark.parametrize(
    ("status", "code", "fatal", "remedy"),
    [
        (200, 100007, True, "check the app id and the secret"),
        (200, 100016, True, "check the app id and the secret"),
        (400, 100016, True, "check the app id and the secret"),
        (401, 0, True, "check the app id and the secret"),
        (200, 11298, False, "IP allow-list"),
        (401, 40023002, False, "IP allow-list"),
        (200, 123456, False, "check the app id and the secret"),
        (403, 0, False, "IP allow-list"),
        (404, 0, False, "check the token URL"),
        (302, 0, False, "check the token URL"),
        (401, 11241, False, "check the token URL and its path: the token endpoint itself asks for no token"),
    ],
)
def test_a_refusal_says_why_and_whether_for_good(status: int, code: int, *, fatal: bool, remedy: str) -> None:
    body = {"code": code, "message": f"secret {SECRET} refused"}
    with pytest.raises(AccessRefused, match=r"secret \*\*\* refused") as refused:
        read_token(answer(body, status), (SECRET,))
    assert refused.value.fatal is fatal
    assert refused.value.code == (code or status)
    assert remedy in refused.value.remedy


@pytest.mark.parametrize(
    ("status", "code", "headers", "wait"),
    [
        (200, 100001, {}, 60),
        (429, 0, {"retry_after": "7"}, 7),
    ],
)
def test_asked_too_often(status: int, code: int, headers: dict[str, str], wait: float) -> None:
    with pytest.raises(RateLimited, match="the token endpoint answered with HTTP") as limited:
        read_token(answer({"code": code}, status, **headers), (SECRET,))
    assert limited.value.retry_after_seconds == wait


@pytest.mark.parametrize(("status", "code"), [(500, 0), (502, 0), (408, 0), (200, 100002)])
def test_the_servers_trouble_is_an_outage(status: int, code: int) -> None:
    with pytest.raises(ConnectionFailed) as failed:
        read_token(answer({"code": code}, status, retry_after="3"), (SECRET,))
    assert failed.value.retry_after == 3
    assert failed.value.remedy.startswith(("asked again", "none needed: asked again"))
