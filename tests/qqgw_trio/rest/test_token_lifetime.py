"""How long an access token is kept: refreshed inside the last minute, by callers or in the background."""

from __future__ import annotations

from itertools import pairwise

import pytest
import trio
from trio.testing import MockClock

from qqgw_trio.rest.http import RequestFailed
from qqgw_trio.rest.retry import RetryPolicy
from qqgw_trio.rest.token import TokenSource
from support.rest_stub import CREDENTIALS, TOKEN_ROUTE, TOKEN_URL, Reply, token_reply, token_source
from support.token_endpoint import BAD_SECRET, UNREACHABLE, endpoint


class TestLifetime:
    async def test_it_is_refreshed_inside_the_last_minute(self, autojump_clock: MockClock) -> None:
        # "before its last 60 s a call returns the same token" (API:44,73-75): asking sooner is useless
        stub = endpoint(token_reply("A", "7200"), token_reply("B"))
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
        stub = endpoint(token_reply("A", expires_in), token_reply("B"))
        source = token_source(stub)
        await source.get()
        await trio.sleep(kept)
        assert await source.get() == "A"
        await trio.sleep(refreshed - kept)
        assert await source.get() == "B"

    async def test_the_old_one_is_handed_out_in_the_overlap_while_no_new_one_can_be_had(
        self, autojump_clock: MockClock
    ) -> None:
        stub = endpoint(token_reply("A", "600"), UNREACHABLE)
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
        stub = endpoint(token_reply("A", "600"), Reply(500, after=9), token_reply("B"))
        source = token_source(stub)
        await source.get()
        await trio.sleep(595)
        assert await source.get() == "B"

    @pytest.mark.parametrize("expires_in", ["0", "abc", "nan"])
    async def test_a_lifetime_that_makes_no_sense_is_asked_again(
        self, expires_in: str, autojump_clock: MockClock
    ) -> None:
        source = token_source(endpoint(token_reply("A", expires_in), token_reply("B")))
        assert await source.get() == "B"


class TestBackground:
    async def test_it_keeps_the_token_fresh(self, autojump_clock: MockClock) -> None:
        stub = endpoint(token_reply("A", 600), token_reply("B", 600), token_reply("C", 600))
        source = token_source(stub)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(source.run)
            await trio.sleep(560)
            assert await source.get() == "B"
            nursery.cancel_scope.cancel()
        assert stub.times(TOKEN_ROUTE) == [0, 540]

    async def test_a_hundred_failures_then_success(self, autojump_clock: MockClock) -> None:
        # D18: the refresher neither stops after some errors nor spins
        stub = endpoint(*[UNREACHABLE] * 50, *[BAD_SECRET] * 50, token_reply("A"))
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
        stub = endpoint(token_reply("A", 0.001))
        with trio.move_on_after(10.5):
            await token_source(stub).run()
        assert len(stub.seen) == 11

    async def test_callers_join_its_request(self, autojump_clock: MockClock) -> None:
        stub = endpoint(token_reply("A", after=3))
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
        stub = endpoint(token_reply("A"), token_reply("B"))
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
