"""The access token in virtual time: asked for once by many, refreshed inside the last minute, never given up on."""

from __future__ import annotations

import ssl
from itertools import pairwise

import httpx2
import pytest
import trio
from trio.testing import MockClock

from qqgw_proto.errors import AuthenticationFailed, ConfigurationError, ConnectionFailed, GatewayError, RateLimited
from qqgw_trio.api_errors import AccessRefused
from qqgw_trio.http import CertificateRefused, RequestFailed
from qqgw_trio.retry import RetryPolicy
from qqgw_trio.token import TokenSource
from support.rest_stub import CREDENTIALS, TOKEN_ROUTE, TOKEN_URL, Reply, RestStub, token_reply, token_source

UNREACHABLE = httpx2.ConnectError("Connection refused")
BAD_SECRET = Reply.of({"code": 100016, "message": f"invalid appid or secret {CREDENTIALS.secret}"})


def stub_with(*answers: Reply | Exception) -> RestStub:
    return RestStub({TOKEN_ROUTE: answers})


async def test_the_request_is_json_with_the_app_id_as_text(autojump_clock: MockClock) -> None:
    stub = stub_with(token_reply("A"))
    assert await token_source(stub).get() == "A"
    (request,) = stub.seen
    assert request.json == {"appId": "102001", "clientSecret": "the-secret-of-the-bot"}
    assert request.headers["content-type"] == "application/json"


def test_a_url_that_cannot_work_is_refused_at_once() -> None:
    with pytest.raises(ConfigurationError, match=r"the token URL 'bots\.qq\.com'"):
        TokenSource(CREDENTIALS, client=stub_with(UNREACHABLE).client, url="bots.qq.com")


async def test_neither_token_nor_secret_are_in_the_repr(autojump_clock: MockClock) -> None:
    source = token_source(stub_with(token_reply("A-TOKEN")))
    await source.get()
    assert repr(source) == f"TokenSource(Credentials(app_id='102001'), url='{TOKEN_URL}')"


class TestOneRequestForMany:
    async def test_many_callers_at_once_cost_one_request(self, autojump_clock: MockClock) -> None:
        stub = stub_with(token_reply("A", after=1), token_reply("B"))
        source = token_source(stub)
        got: list[str] = []

        async def ask() -> None:
            got.append(await source.get())

        async with trio.open_nursery() as nursery:
            for _ in range(50):
                nursery.start_soon(ask)
        assert got == ["A"] * 50
        assert len(stub.seen) == 1

    async def test_many_callers_share_a_failure_and_its_repetitions(self, autojump_clock: MockClock) -> None:
        stub = stub_with(Reply(502, after=1))
        source = token_source(stub)
        failed: list[GatewayError] = []

        async def ask() -> None:
            try:
                await source.get()
            except ConnectionFailed as error:
                failed.append(error)

        async with trio.open_nursery() as nursery:
            for _ in range(50):
                nursery.start_soon(ask)
        assert len(failed) == 50
        assert len(stub.seen) == 3  # policy.attempts

    async def test_a_cancelled_waiter_does_not_disturb_the_others(self, autojump_clock: MockClock) -> None:
        stub = stub_with(token_reply("A", after=5), token_reply("B"))
        source = token_source(stub)
        got: list[str] = []

        async def ask() -> None:
            got.append(await source.get())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
            await trio.testing.wait_all_tasks_blocked()
            with trio.move_on_after(1) as waiter:
                await source.get()
        assert waiter.cancelled_caught
        assert got == ["A"]
        assert len(stub.seen) == 1

    async def test_if_the_one_who_asks_is_cancelled_another_takes_over(self, autojump_clock: MockClock) -> None:
        stub = stub_with(token_reply("A", after=5), token_reply("B", after=1))
        source = token_source(stub)
        got: list[str] = []

        async def ask() -> None:
            got.append(await source.get())

        async with trio.open_nursery() as nursery:
            with trio.move_on_after(2):
                async with trio.open_nursery() as first:
                    first.start_soon(source.get)
                    await trio.testing.wait_all_tasks_blocked()
                    for _ in range(5):
                        nursery.start_soon(ask)
        assert got == ["B"] * 5
        assert stub.times(TOKEN_ROUTE) == [0, 2]


class TestLifetime:
    async def test_it_is_refreshed_inside_the_last_minute(self, autojump_clock: MockClock) -> None:
        # "before its last 60 s a call returns the same token" (API:44,73-75): asking sooner is useless
        stub = stub_with(token_reply("A", "7200"), token_reply("B"))
        source = token_source(stub)
        assert await source.get() == "A"
        await trio.sleep(7139)
        assert await source.get() == "A"
        await trio.sleep(2)
        assert await source.get() == "B"
        assert stub.times(TOKEN_ROUTE) == [0, 7141]

    @pytest.mark.parametrize(
        ("expires_in", "kept", "refreshed"),
        [(60, 53.9, 54.1), ("60", 53.9, 54.1), (5, 3.9, 4.1), (1, 0.4, 0.6)],
        ids=["60", "60 as text", "5", "1"],
    )
    async def test_a_short_life_has_a_margin_of_a_tenth_at_least_a_second_at_most_half(
        self, expires_in: object, kept: float, refreshed: float, autojump_clock: MockClock
    ) -> None:
        # D18: margin = min(60 s, 10 %), floor 1 s
        stub = stub_with(token_reply("A", expires_in), token_reply("B"))
        source = token_source(stub)
        await source.get()
        await trio.sleep(kept)
        assert await source.get() == "A"
        await trio.sleep(refreshed - kept)
        assert await source.get() == "B"

    async def test_the_old_one_is_handed_out_in_the_overlap_while_no_new_one_can_be_had(
        self, autojump_clock: MockClock
    ) -> None:
        stub = stub_with(token_reply("A", "600"), UNREACHABLE)
        source = token_source(stub)
        await source.get()
        await trio.sleep(541)
        assert await source.get() == "A"
        assert await source.get() == "A"
        assert len(stub.seen) == 2  # the second call came within the back-off
        await trio.sleep(60)
        with pytest.raises(RequestFailed):
            await source.get()

    async def test_an_old_one_that_expires_during_the_request_is_not_handed_out(
        self, autojump_clock: MockClock
    ) -> None:
        stub = stub_with(token_reply("A", "600"), Reply(500, after=9), token_reply("B"))
        source = token_source(stub)
        await source.get()
        await trio.sleep(595)
        assert await source.get() == "B"

    @pytest.mark.parametrize("expires_in", ["0", "abc", "nan"])
    async def test_a_lifetime_that_makes_no_sense_is_asked_again(
        self, expires_in: str, autojump_clock: MockClock
    ) -> None:
        source = token_source(stub_with(token_reply("A", expires_in), token_reply("B")))
        assert await source.get() == "B"


class TestFailures:
    async def test_an_outage_is_waited_out_with_growing_delays(self, autojump_clock: MockClock) -> None:
        stub = stub_with(UNREACHABLE, Reply(502, b"<html>"), token_reply("A"))
        assert await token_source(stub).get() == "A"
        assert stub.times(TOKEN_ROUTE) == [0, 0.75, 2.25]  # 3/4 of 1 s, then of 2 s

    async def test_after_three_attempts_the_caller_is_told(self, autojump_clock: MockClock) -> None:
        stub = stub_with(UNREACHABLE, UNREACHABLE, UNREACHABLE, token_reply("A"))
        source = token_source(stub)
        with pytest.raises(ConnectionFailed, match=r"cannot reach token\.test: Connection refused"):
            await source.get()
        assert await source.get() == "A"
        assert stub.times(TOKEN_ROUTE) == [0, 0.75, 2.25, 5.25]  # the next caller waits for its turn

    async def test_a_refusal_is_told_at_once_without_the_secret(self, autojump_clock: MockClock) -> None:
        stub = stub_with(BAD_SECRET)
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
        stub = stub_with(untrusted)
        with pytest.raises(CertificateRefused):
            await token_source(stub).get()
        assert len(stub.seen) == 1

    async def test_a_short_rate_limit_is_waited_out(self, autojump_clock: MockClock) -> None:
        stub = stub_with(Reply(429, headers={"retry-after": "20"}), token_reply("A"))
        assert await token_source(stub).get() == "A"
        assert stub.times(TOKEN_ROUTE) == [0, 20]

    async def test_a_long_rate_limit_is_told_and_kept(self, autojump_clock: MockClock) -> None:
        stub = stub_with(Reply.of({"code": 100001, "message": "too many requests"}), token_reply("A"))
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
        stub = stub_with(UNREACHABLE, Reply(503, headers={"retry-after": "9"}), token_reply("A"))
        source = token_source(stub, lambda error, seconds: reported.append((type(error).__name__, seconds)))
        await source.get()
        assert reported == [("RequestFailed", 0.75), ("ConnectionFailed", 9.0)]


class TestRenewal:
    async def test_a_refused_token_is_asked_for_anew(self, autojump_clock: MockClock) -> None:
        stub = stub_with(token_reply("A"), token_reply("B"))
        source = token_source(stub)
        assert await source.get() == "A"
        assert await source.renew("A") == "B"
        assert await source.get() == "B"

    async def test_renewals_in_a_row_do_not_hammer(self, autojump_clock: MockClock) -> None:
        # protocol.md 10, trap 2: a forced refresh gives the same token outside the last 60 s
        stub = stub_with(token_reply("A"))
        source = token_source(stub)
        await source.get()
        for _ in range(76):
            assert await source.renew("A") == "A"
            await trio.sleep(0.25)
        assert stub.times(TOKEN_ROUTE) == [0, 0, 10]  # in 19 s: at once, and once more after 10 s

    async def test_one_that_was_replaced_meanwhile_costs_no_request(self, autojump_clock: MockClock) -> None:
        stub = stub_with(token_reply("B"))
        source = token_source(stub)
        await source.get()
        assert await source.renew("A") == "B"
        assert len(stub.seen) == 1

    async def test_many_renewals_at_once_cost_one_request(self, autojump_clock: MockClock) -> None:
        stub = stub_with(token_reply("A"), token_reply("B", after=1), token_reply("C"))
        source = token_source(stub)
        await source.get()
        got: list[str] = []

        async def renew() -> None:
            got.append(await source.renew("A"))

        async with trio.open_nursery() as nursery:
            for _ in range(20):
                nursery.start_soon(renew)
        assert got == ["B"] * 20
        assert len(stub.seen) == 2

    async def test_without_a_token_a_renewal_is_the_first_request(self, autojump_clock: MockClock) -> None:
        assert await token_source(stub_with(UNREACHABLE, token_reply("A"))).renew() == "A"


class TestBackground:
    async def test_it_keeps_the_token_fresh(self, autojump_clock: MockClock) -> None:
        stub = stub_with(token_reply("A", 600), token_reply("B", 600), token_reply("C", 600))
        source = token_source(stub)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(source.run)
            await trio.sleep(560)
            assert await source.get() == "B"
            nursery.cancel_scope.cancel()
        assert stub.times(TOKEN_ROUTE) == [0, 540]

    async def test_a_hundred_failures_then_success(self, autojump_clock: MockClock) -> None:
        # D18: the refresher neither stops after some errors nor spins
        stub = stub_with(*[UNREACHABLE] * 50, *[BAD_SECRET] * 50, token_reply("A"))
        source = token_source(stub)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(source.run)
            await trio.sleep(3600)
            assert len(stub.seen) == 101
            assert await source.get() == "A"
            nursery.cancel_scope.cancel()
        times = stub.times(TOKEN_ROUTE)
        assert times[:7] == [0, 1, 2.5, 5.5, 11.5, 23.5, 46.0]
        assert max(later - sooner for sooner, later in pairwise(times)) == 22.5

    async def test_a_lifetime_of_nothing_does_not_make_it_spin(self, autojump_clock: MockClock) -> None:
        stub = stub_with(token_reply("A", 0.001))
        with trio.move_on_after(10.5):
            await token_source(stub).run()
        assert len(stub.seen) == 11

    async def test_callers_join_its_request(self, autojump_clock: MockClock) -> None:
        stub = stub_with(token_reply("A", after=3))
        source = token_source(stub)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(source.run)
            await trio.testing.wait_all_tasks_blocked()
            assert await source.get() == "A"
            nursery.cancel_scope.cancel()
        assert len(stub.seen) == 1

    async def test_a_clock_of_ones_own_decides(self, autojump_clock: MockClock) -> None:
        # a clock that runs on through a suspend: the token is old although trio's clock says otherwise
        suspended = 0.0
        stub = stub_with(token_reply("A"), token_reply("B"))
        source = TokenSource(
            CREDENTIALS,
            client=stub.client,
            url=TOKEN_URL,
            policy=RetryPolicy(),
            clock=lambda: trio.current_time() + suspended,
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(source.run)
            await trio.sleep(1)
            suspended = 8000.0
            await trio.sleep(70)
            nursery.cancel_scope.cancel()
        assert len(stub.seen) == 2
