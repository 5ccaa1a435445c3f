"""A REST call in virtual time: headers, what is repeated and what is not, the token's renewal, limits by route."""

from __future__ import annotations

import ssl

import httpx2
import pytest
import trio
from trio.testing import MockClock

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.rest.api_errors import (
    AccessRefused,
    ApiAuthenticationFailed,
    ApiError,
    ApiPermissionDenied,
    ApiRateLimited,
    PendingAudit,
)
from qqgw_trio.rest.api_session import ApiSession, Call
from qqgw_trio.rest.http import CertificateRefused, ProxyDenied, RequestFailed
from qqgw_trio.rest.retry import RetryPolicy
from support.rest_stub import API_URL, TOKEN_ROUTE, Middle, Reply, RestStub, token_reply, token_source

OK = Reply.of({"ok": True})
UNREACHABLE = httpx2.ConnectError("Connection refused")
BROKEN = httpx2.ReadError("Connection reset by peer")
GET = Call("GET", "/x")
POST = Call("POST", "/x", b"{}")
REPLY = Call("POST", "/x", b"{}", repeatable=True)


def session_on(stub: RestStub) -> ApiSession:
    stub.script.setdefault(TOKEN_ROUTE, [token_reply("TOKEN-1"), token_reply("TOKEN-2"), token_reply("TOKEN-3")])
    tokens = token_source(stub)
    return ApiSession(tokens, stub.client, base_url=API_URL, app_id="102001", policy=RetryPolicy(), rng=Middle())


def refusal(status: int, code: int, message: str = "no") -> Reply:
    return Reply.of({"code": code, "message": message}, status)


async def test_each_call_carries_token_and_app_id(autojump_clock: MockClock) -> None:
    stub = RestStub({"POST /x": [OK]})
    answer = await session_on(stub).make(Call("POST", "/x?a=1", b"[1]", {"x-callback-appid": "102001"}))
    assert (answer.status, answer.body) == (200, b'{"ok": true}')
    (request,) = stub.asked("POST /x")
    assert request.headers["authorization"] == "QQBot TOKEN-1"  # API:92-98
    assert request.headers["x-union-appid"] == "102001"
    assert request.headers["x-callback-appid"] == "102001"
    assert request.headers["content-type"] == "application/json"
    assert (request.query, request.body) == ("a=1", b"[1]")


@pytest.mark.parametrize("path", ["x", "", "@elsewhere.test/", "/a b", "/ä", "/a\r\nb"])
def test_a_path_that_could_lead_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(ConfigurationError, match="must begin with / and be printable ASCII"):
        Call("GET", path)


class TestRepetition:
    @pytest.mark.parametrize("call", [GET, REPLY, Call("PUT", "/x"), Call("DELETE", "/x")], ids=str)
    @pytest.mark.parametrize("trouble", [BROKEN, Reply(500), Reply(504, b"<html>")], ids=["broken", "500", "504"])
    async def test_what_may_be_made_twice_is_repeated(
        self, call: Call, trouble: Reply | Exception, autojump_clock: MockClock
    ) -> None:
        stub = RestStub({f"{call.method} /x": [trouble, trouble, OK]})
        assert (await session_on(stub).make(call)).status == 200
        assert stub.times(f"{call.method} /x") == [0, 0.75, 2.25]

    @pytest.mark.parametrize("trouble", [BROKEN, Reply(500)], ids=["broken", "500"])
    async def test_a_plain_post_is_not(self, trouble: Reply | Exception, autojump_clock: MockClock) -> None:
        stub = RestStub({"POST /x": [trouble, OK]})
        with pytest.raises((ApiError, RequestFailed)):
            await session_on(stub).make(POST)
        assert len(stub.asked("POST /x")) == 1

    async def test_where_no_connection_came_about_everything_is_repeated(self, autojump_clock: MockClock) -> None:
        stub = RestStub({"POST /x": [UNREACHABLE, OK]})
        assert (await session_on(stub).make(POST)).status == 200

    @pytest.mark.parametrize("trouble", [UNREACHABLE, BROKEN, Reply(500)], ids=["unreachable", "broken", "500"])
    async def test_three_requests_are_the_most(self, trouble: Reply | Exception, autojump_clock: MockClock) -> None:
        stub = RestStub({"GET /x": [trouble]})
        with pytest.raises((ApiError, RequestFailed)):
            await session_on(stub).make(GET)
        assert len(stub.asked("GET /x")) == 3

    @pytest.mark.parametrize("reply", [refusal(404, 10003), refusal(400, 304026), Reply(302), Reply(202)])
    async def test_a_no_is_a_no(self, reply: Reply, autojump_clock: MockClock) -> None:
        stub = RestStub({"GET /x": [reply]})
        with pytest.raises(ApiError):
            await session_on(stub).make(GET)
        assert len(stub.asked("GET /x")) == 1

    async def test_an_untrusted_certificate_is_not_tried_again(self, autojump_clock: MockClock) -> None:
        untrusted = httpx2.ConnectError("")
        untrusted.__cause__ = ssl.SSLCertVerificationError("self-signed certificate")
        untrusted.__cause__.verify_message = "self-signed certificate"
        stub = RestStub({"GET /x": [untrusted]})
        with pytest.raises(CertificateRefused, match="self-signed certificate"):
            await session_on(stub).make(GET)
        assert len(stub.asked("GET /x")) == 1

    async def test_a_proxy_that_denies_the_host_is_not_asked_again_and_one_in_trouble_is(
        self, autojump_clock: MockClock
    ) -> None:
        stub = RestStub({"GET /x": [httpx2.ProxyError("407 No"), OK]})
        with pytest.raises(ProxyDenied, match="407 No"):
            await session_on(stub).make(GET)
        assert len(stub.asked("GET /x")) == 1
        stub = RestStub({"GET /x": [httpx2.ProxyError("502 Bad Gateway"), OK]})
        await session_on(stub).make(GET)
        assert len(stub.asked("GET /x")) == 2

    async def test_a_servers_wish_to_wait_is_granted_up_to_half_a_minute(self, autojump_clock: MockClock) -> None:
        stub = RestStub({"GET /x": [Reply(503, headers={"retry-after": "20"}), OK]})
        await session_on(stub).make(GET)
        assert stub.times("GET /x") == [0, 20]
        stub = RestStub({"GET /x": [Reply(503, headers={"retry-after": "31"}), OK]})
        with pytest.raises(ApiError) as failed:
            await session_on(stub).make(GET)
        assert failed.value.retry_after == 31


class TestSuccess:
    @pytest.mark.parametrize(
        "reply",
        [
            Reply(204),
            Reply(200),
            Reply(200, b"<html>"),
            Reply.of({"code": 0, "message": "ok"}),
            Reply.of({"code": 7}),
            Reply.of({"area_code": 7, "message": "hi"}),
            Reply.of([{"code": 7}]),
        ],
    )
    async def test_200_and_204_are_success(self, reply: Reply, autojump_clock: MockClock) -> None:
        assert (await session_on(RestStub({"GET /x": [reply]})).make(GET)).status == reply.status

    async def test_a_200_with_a_code_and_a_message_is_not(self, autojump_clock: MockClock) -> None:
        stub = RestStub({"GET /x": [refusal(200, 10004, "unknown guild")]})
        with pytest.raises(ApiError, match=r"HTTP 200, unknown guild: unknown guild \[10004\]"):
            await session_on(stub).make(GET)

    async def test_201_and_202_are_not(self, autojump_clock: MockClock) -> None:
        # OAERR:22-32: "201/202 = async accepted with an error body"
        for reply in (Reply(201, b"{}"), Reply.of({"code": 304023, "message": "audit"}, 202)):
            with pytest.raises(ApiError) as failed:
                await session_on(RestStub({"POST /x": [reply]})).make(POST)
            assert isinstance(failed.value, PendingAudit) is (reply.status == 202)

    async def test_a_body_over_the_limit_is_not(self, autojump_clock: MockClock) -> None:
        stub = RestStub({"POST /x": [Reply(200, b" " * (4 * 1024 * 1024 + 1))]})
        with pytest.raises(ApiError, match="the body is larger than 4194304 bytes"):
            await session_on(stub).make(POST)


class TestAuthentication:
    @pytest.mark.parametrize("code", [0, 11241, 11242, 11243, 11244])
    async def test_a_refused_token_is_renewed_once_and_the_call_repeated(
        self, code: int, autojump_clock: MockClock
    ) -> None:
        stub = RestStub({"POST /x": [refusal(401, code), OK]})
        assert (await session_on(stub).make(POST)).status == 200
        assert [request.headers["authorization"] for request in stub.asked("POST /x")] == [
            "QQBot TOKEN-1",
            "QQBot TOKEN-2",
        ]

    async def test_a_second_refusal_is_told_without_the_token(self, autojump_clock: MockClock) -> None:
        stub = RestStub({"GET /x": [refusal(401, 11244, "QQBot TOKEN-1"), refusal(401, 11244, "QQBot TOKEN-2")]})
        with pytest.raises(ApiAuthenticationFailed, match=r"QQBot \*\*\* \[11244\]") as refused:
            await session_on(stub).make(GET)
        assert len(stub.asked("GET /x")) == 2
        assert len(stub.asked(TOKEN_ROUTE)) == 2
        assert "TOKEN-" not in repr(refused.value)

    @pytest.mark.parametrize(
        ("code", "expected", "remedy"),
        [
            (11298, ApiAuthenticationFailed, "add this machine's public address to the IP allow-list"),
            (40023002, ApiAuthenticationFailed, "add this machine's public address to the IP allow-list"),
            (11245, ApiAuthenticationFailed, "fixed tokens are no longer accepted"),
            (11251, ApiAuthenticationFailed, "check the app id and the secret"),
            (11253, ApiPermissionDenied, "apply for the permission"),
        ],
    )
    async def test_any_other_401_is_told_at_once(
        self, code: int, expected: type[ApiError], remedy: str, autojump_clock: MockClock
    ) -> None:
        stub = RestStub({"GET /x": [refusal(401, code)]})
        with pytest.raises(expected) as refused:
            await session_on(stub).make(GET)
        assert remedy in refused.value.remedy
        assert len(stub.asked("GET /x")) == len(stub.asked(TOKEN_ROUTE)) == 1

    async def test_without_a_token_no_call_is_made(self, autojump_clock: MockClock) -> None:
        stub = RestStub({TOKEN_ROUTE: [refusal(200, 100016)], "GET /x": [OK]})
        with pytest.raises(AccessRefused):
            await session_on(stub).make(GET)
        assert stub.asked("GET /x") == []


class TestLimits:
    async def test_a_429_is_waited_out_by_every_call(self, autojump_clock: MockClock) -> None:
        for call in (GET, POST):
            stub = RestStub({f"{call.method} /x": [Reply(429, headers={"retry-after": "5"}), Reply(429), OK]})
            assert (await session_on(stub).make(call)).status == 200
            assert stub.times(f"{call.method} /x") == [0, 5, 6.5]

    async def test_the_route_is_left_alone_and_no_other(self, autojump_clock: MockClock) -> None:
        stub = RestStub({"GET /x": [Reply(429, headers={"retry-after": "9"}), OK], "GET /y": [OK], "PUT /x": [OK]})
        session = session_on(stub)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(session.make, GET)
            await trio.sleep(1)
            await session.make(Call("GET", "/x?query=other"))
            await session.make(Call("GET", "/y"))
        assert stub.times("GET /x") == [0, 9, 9]

        stub.script["GET /x"] = [Reply(429, headers={"retry-after": "9"}), OK]
        began = trio.current_time()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(session.make, GET)
            await trio.sleep(1)
            await session.make(Call("GET", "/y"))
            await session.make(Call("PUT", "/x"))
            assert trio.current_time() - began == 1

    async def test_a_long_limit_is_told_at_once_and_kept(self, autojump_clock: MockClock) -> None:
        stub = RestStub({"GET /x": [Reply(429, headers={"retry-after": "100"}), OK]})
        session = session_on(stub)
        with pytest.raises(ApiRateLimited) as limited:
            await session.make(GET)
        assert limited.value.retry_after_seconds == 100
        await trio.sleep(40)
        with pytest.raises(
            ApiRateLimited, match="GET /x is rate limited for another 60 s, so it was not made"
        ) as again:
            await session.make(GET)
        assert again.value.retry_after_seconds == 60
        await trio.sleep(35)
        await session.make(GET)
        assert stub.times("GET /x") == [0, 100]

    async def test_a_limit_told_by_its_code_alone_lasts_a_minute(self, autojump_clock: MockClock) -> None:
        # 100017: /gateway polled on every reconnect (protocol.md 1.2); asking again soon prolongs it
        stub = RestStub({"GET /x": [refusal(200, 100017, "frequency limit"), OK]})
        session = session_on(stub)
        with pytest.raises(ApiRateLimited) as limited:
            await session.make(GET)
        assert limited.value.retry_after_seconds == 60
        with pytest.raises(ApiRateLimited):
            await session.make(GET)
        await trio.sleep(60)
        await session.make(GET)
        assert len(stub.asked("GET /x")) == 2

    async def test_a_limit_is_told_when_the_attempts_are_spent(self, autojump_clock: MockClock) -> None:
        stub = RestStub({"GET /x": [Reply(429, headers={"retry-after": "1"})]})
        with pytest.raises(ApiRateLimited):
            await session_on(stub).make(GET)
        assert stub.times("GET /x") == [0, 1, 2]
