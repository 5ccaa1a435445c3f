"""The access token in virtual time: asked for once by many, and renewed when it was refused."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from qqgw_proto.errors import ConfigurationError, ConnectionFailed, GatewayError
from qqgw_trio.rest.token import TokenSource
from support.rest_stub import CREDENTIALS, TOKEN_ROUTE, TOKEN_URL, Reply, token_reply, token_source
from support.token_endpoint import UNREACHABLE, endpoint


async def test_the_request_is_json_with_the_app_id_as_text(autojump_clock: MockClock) -> None:
    stub = endpoint(token_reply("A"))
    assert await token_source(stub).get() == "A"
    (request,) = stub.seen
    assert request.json == {"appId": "102001", "clientSecret": "the-secret-of-the-bot"}
    assert request.headers["content-type"] == "application/json"


def test_a_url_that_cannot_work_is_refused_at_once() -> None:
    with pytest.raises(ConfigurationError, match=r"the token URL 'bots\.qq\.com'"):
        TokenSource(CREDENTIALS, client=endpoint(UNREACHABLE).client, url="bots.qq.com")


async def test_neither_token_nor_secret_are_in_the_repr(autojump_clock: MockClock) -> None:
    source = token_source(endpoint(token_reply("A-TOKEN")))
    await source.get()
    assert repr(source) == f"TokenSource(Credentials(app_id='102001'), url='{TOKEN_URL}')"


class TestOneRequestForMany:
    async def test_many_callers_at_once_cost_one_request(self, autojump_clock: MockClock) -> None:
        stub = endpoint(token_reply("A", after=1), token_reply("B"))
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
        stub = endpoint(Reply(502, after=1))
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
        stub = endpoint(token_reply("A", after=5), token_reply("B"))
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
        stub = endpoint(token_reply("A", after=5), token_reply("B", after=1))
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


class TestRenewal:
    async def test_a_refused_token_is_asked_for_anew(self, autojump_clock: MockClock) -> None:
        stub = endpoint(token_reply("A"), token_reply("B"))
        source = token_source(stub)
        assert await source.get() == "A"
        assert await source.renew("A") == "B"
        assert await source.get() == "B"

    async def test_renewals_in_a_row_do_not_hammer(self, autojump_clock: MockClock) -> None:
        # protocol.md 10, trap 2: a forced refresh gives the same token outside the last 60 s
        stub = endpoint(token_reply("A"))
        source = token_source(stub)
        await source.get()
        for _ in range(3):
            assert await source.renew("A") == "A"
        assert stub.times(TOKEN_ROUTE) == [0, 0, 10, 20]  # at once, and then once every 10 s

    async def test_a_renewal_that_comes_too_soon_waits_and_then_asks(self, autojump_clock: MockClock) -> None:
        stub = endpoint(token_reply("A"), token_reply("B"), token_reply("C"))
        source = token_source(stub)
        assert await source.renew(await source.get()) == "B"
        await trio.sleep(4)
        assert await source.renew("B") == "C"
        assert stub.times(TOKEN_ROUTE) == [0, 0, 10]

    async def test_many_that_wait_for_their_turn_cost_one_request(self, autojump_clock: MockClock) -> None:
        stub = endpoint(token_reply("A"), token_reply("A"), token_reply("A", after=1), token_reply("B"))
        source = token_source(stub)
        await source.renew(await source.get())
        done: list[tuple[float, str]] = []
        began = trio.current_time()

        async def renew(pause: float) -> None:
            await trio.sleep(pause)
            done.append((trio.current_time() - began, await source.renew("A")))

        async with trio.open_nursery() as nursery:
            for number in range(20):
                nursery.start_soon(renew, number / 2)
        assert {token for _, token in done} == {"A"}
        assert stub.times(TOKEN_ROUTE) == [0, 0, 10]

    async def test_one_that_was_replaced_meanwhile_costs_no_request(self, autojump_clock: MockClock) -> None:
        stub = endpoint(token_reply("B"))
        source = token_source(stub)
        await source.get()
        assert await source.renew("A") == "B"
        assert len(stub.seen) == 1

    async def test_many_renewals_at_once_cost_one_request(self, autojump_clock: MockClock) -> None:
        stub = endpoint(token_reply("A"), token_reply("B", after=1), token_reply("C"))
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
        assert await token_source(endpoint(UNREACHABLE, token_reply("A"))).renew() == "A"
