"""A token endpoint that fails, refuses or asks to wait: what is repeated, and what the caller is told."""

from __future__ import annotations

import ssl

import httpx2
import pytest
import trio
from trio.testing import MockClock

from qqgw_proto.errors import AuthenticationFailed, ConnectionFailed, RateLimited
from qqgw_trio.rest.api_errors import AccessRefused
from qqgw_trio.rest.http import CertificateRefused, ProxyDenied
from support.rest_stub import TOKEN_ROUTE, Reply, token_reply, token_source
from support.token_endpoint import BAD_SECRET, UNREACHABLE, endpoint


class TestFailures:
    async def test_an_outage_is_waited_out_with_growing_delays(self, autojump_clock: MockClock) -> None:
        stub = endpoint(UNREACHABLE, Reply(502, b"<html>"), token_reply("A"))
        assert await token_source(stub).get() == "A"
        assert stub.times(TOKEN_ROUTE) == [0, 0.75, 2.25]  # 3/4 of 1 s, then of 2 s

    async def test_after_three_attempts_the_caller_is_told(self, autojump_clock: MockClock) -> None:
        stub = endpoint(UNREACHABLE, UNREACHABLE, UNREACHABLE, token_reply("A"))
        source = token_source(stub)
        with pytest.raises(ConnectionFailed, match=r"cannot reach token\.test: Connection refused"):
            await source.get()
        assert await source.get() == "A"
        assert stub.times(TOKEN_ROUTE) == [0, 0.75, 2.25, 5.25]  # the next caller waits for its turn

    async def test_a_refusal_is_told_at_once_without_the_secret(self, autojump_clock: MockClock) -> None:
        stub = endpoint(BAD_SECRET)
        with pytest.raises(AccessRefused, match=r"invalid appid or secret \*\*\*") as refused:
            await token_source(stub).get()
        assert refused.value.fatal is True
        assert refused.value.code == 100016
        assert isinstance(refused.value, AuthenticationFailed)
        assert len(stub.seen) == 1

    async def test_an_untrusted_certificate_is_not_asked_again(self, autojump_clock: MockClock) -> None:
        untrusted = httpx2.ConnectError("")
        untrusted.__cause__ = ssl.SSLCertVerificationError("unable to get local issuer certificate")
        untrusted.__cause__.verify_message = "unable to get local issuer certificate"
        stub = endpoint(untrusted)
        with pytest.raises(CertificateRefused):
            await token_source(stub).get()
        assert len(stub.seen) == 1

    async def test_a_proxy_that_denies_the_endpoint_is_not_asked_again(self, autojump_clock: MockClock) -> None:
        stub = endpoint(httpx2.ProxyError("407 No"))
        with pytest.raises(ProxyDenied):
            await token_source(stub).get()
        assert len(stub.seen) == 1

    async def test_a_short_rate_limit_is_waited_out(self, autojump_clock: MockClock) -> None:
        stub = endpoint(Reply(429, headers={"retry-after": "20"}), token_reply("A"))
        assert await token_source(stub).get() == "A"
        assert stub.times(TOKEN_ROUTE) == [0, 20]

    async def test_a_long_rate_limit_is_told_and_kept(self, autojump_clock: MockClock) -> None:
        stub = endpoint(Reply.of({"code": 100001, "message": "too many requests"}), token_reply("A"))
        source = token_source(stub)
        with pytest.raises(RateLimited) as limited:
            await source.get()
        assert limited.value.retry_after_seconds == 60
        await trio.sleep(20)
        with pytest.raises(RateLimited) as limited:
            await source.get()
        assert limited.value.retry_after_seconds == 40
        assert len(stub.seen) == 1
        await trio.sleep(40)
        assert await source.get() == "A"

    async def test_each_failure_is_reported_with_the_wait(self, autojump_clock: MockClock) -> None:
        reported: list[tuple[str, float]] = []
        stub = endpoint(UNREACHABLE, Reply(503, headers={"retry-after": "9"}), token_reply("A"))
        source = token_source(stub, lambda error, seconds: reported.append((type(error).__name__, seconds)))
        await source.get()
        assert reported == [("RequestFailed", 0.75), ("ConnectionFailed", 9.0)]
