"""URL and token for a dial: the token the current one, the URL asked for seldom (D12)."""

from __future__ import annotations

from typing import Final

import attrs
import pytest
import trio
import trio.testing

from qqgw_proto.errors import ConnectionFailed, GatewayError
from qqgw_trio.connection.access import SAME_TOKEN_PAUSE, GatewayAccess, Granted
from qqgw_trio.connection.gate import LocalGate
from qqgw_trio.rest.api import Api
from qqgw_trio.rest.api_errors import AccessRefused, ApiError, ApiRateLimited, is_fatal, wait_asked_by
from qqgw_trio.rest.http import RequestFailed
from support.rest_stub import API_URL, TOKEN_ROUTE, Middle, Reply, RestStub, token_reply, token_source

VirtualClock = trio.testing.MockClock

ROUTE: Final = "GET /gateway/bot"
HOUR: Final = 3600.0


def bot_reply(number: int = 1, *, remaining: int = 998, after: float = 0.0) -> Reply:
    limit = {"total": 1000, "remaining": remaining, "reset_after": 14_400_000, "max_concurrency": 2}
    return Reply.of(
        {"url": f"wss://gateway-{number}.test/websocket", "shards": 4, "session_start_limit": limit}, after=after
    )


@attrs.frozen
class Bench:
    """An access, what stands behind it, and what its gate has learnt."""

    stub: RestStub
    access: GatewayAccess
    gate: LocalGate

    @property
    def fetches(self) -> int:
        return len(self.stub.asked(ROUTE))

    async def url(self) -> str:
        return (await self.access.grant(renew=False)).url

    async def fail(self, times: int, *, every: float = 15.0) -> None:
        """So many connections fail, and each is followed by another dial."""
        for _ in range(times):
            self.access.failed()
            await trio.sleep(every)
            await self.url()


def bench_of(*answers: Reply | Exception, gateway_url: str | None = None) -> Bench:
    stub = RestStub({ROUTE: answers or (bot_reply(),), TOKEN_ROUTE: (token_reply("TOKEN"), token_reply("TOKEN-2"))})
    tokens = token_source(stub)
    api = Api(tokens, base_url=API_URL, rng=Middle())
    gate = LocalGate()
    return Bench(stub, GatewayAccess(api, tokens, gate, gateway_url=gateway_url), gate)


async def test_it_grants_url_and_token(autojump_clock: VirtualClock) -> None:
    bench = bench_of()
    assert await bench.access.grant(renew=False) == Granted("wss://gateway-1.test/websocket", "TOKEN")


async def test_a_refused_token_is_renewed(autojump_clock: VirtualClock) -> None:
    bench = bench_of()
    await bench.access.grant(renew=False)
    assert (await bench.access.grant(renew=True)).token == "TOKEN-2"
    assert (await bench.access.grant(renew=False)).token == "TOKEN-2"


async def test_the_gate_learns_the_limits_that_come_with_the_url(autojump_clock: VirtualClock) -> None:
    bench = bench_of()
    await bench.url()
    limits = bench.gate.limits
    assert (limits.max_concurrency, limits.remaining, limits.total, limits.reset_after) == (2, 998, 1000, 14_400.0)


async def test_how_many_shards_the_platform_recommends_costs_no_request_of_its_own(
    autojump_clock: VirtualClock,
) -> None:
    bench = bench_of()
    assert (await bench.access.recommended()).shards == 4
    await bench.url()
    assert bench.fetches == 1


async def test_where_a_url_is_fixed_none_is_asked_for(autojump_clock: VirtualClock) -> None:
    bench = bench_of(gateway_url="ws://127.0.0.1:8080/")
    assert await bench.access.grant(renew=False) == Granted("ws://127.0.0.1:8080/", "TOKEN")
    await bench.fail(50)
    assert bench.fetches == 0


# --- D12: "50 reconnects: <= 2 URL fetches"


async def test_fifty_reconnects_cost_one_fetch(autojump_clock: VirtualClock) -> None:
    bench = bench_of()
    await bench.url()
    for _ in range(50):
        bench.access.failed()
        bench.access.succeeded()
        await trio.sleep(30)
        await bench.url()
    assert bench.fetches == 1


async def test_fifty_failed_reconnects_cost_one_more(autojump_clock: VirtualClock) -> None:
    bench = bench_of()
    await bench.url()
    await bench.fail(50)
    assert bench.fetches == 2


async def test_a_thousand_shards_that_fail_at_once_cost_no_more_than_one(autojump_clock: VirtualClock) -> None:
    bench = bench_of(bot_reply(1), bot_reply(2, after=0.5))
    await bench.url()
    await trio.sleep(HOUR)
    urls: list[str] = []

    async def dial_again() -> None:
        urls.append(await bench.url())

    for _ in range(1000):
        bench.access.failed()
    async with trio.open_nursery() as nursery:
        for _ in range(1000):
            nursery.start_soon(dial_again)
    assert urls == ["wss://gateway-2.test/websocket"] * 1000
    assert bench.fetches == 2


async def test_it_asks_again_after_five_failures_in_a_row(autojump_clock: VirtualClock) -> None:
    bench = bench_of(bot_reply(1), bot_reply(2))
    await bench.url()
    await trio.sleep(HOUR)
    await bench.fail(4)
    bench.access.succeeded()
    await bench.fail(4)
    assert bench.fetches == 1
    await bench.fail(1)
    assert bench.fetches == 2
    assert await bench.url() == "wss://gateway-2.test/websocket"
    await trio.sleep(HOUR)
    await bench.fail(4)
    assert bench.fetches == 2


async def test_it_asks_again_after_a_day(autojump_clock: VirtualClock) -> None:
    bench = bench_of(bot_reply(1), bot_reply(2, remaining=500))
    await bench.url()
    await trio.sleep(24 * HOUR)
    assert await bench.url() == "wss://gateway-1.test/websocket"
    await trio.sleep(1)
    assert await bench.url() == "wss://gateway-2.test/websocket"
    assert bench.gate.limits.remaining == 500


# --- when the API is out of order


@pytest.mark.parametrize(
    "answer",
    [
        Reply.of({"code": 100017, "message": "too many requests"}, 429, Retry_After="300"),
        Reply.of({"code": 1, "message": "down"}, 503),
        Reply(200, b"<html>the hotel's page</html>"),
        Reply.of({"url": "no URL at all", "shards": 1}),
        Reply.of({"url": "", "shards": 1}),
    ],
    ids=["429", "503", "no JSON", "no URL", "an empty URL"],
)
async def test_the_old_url_serves_on_while_there_is_no_new_one(autojump_clock: VirtualClock, answer: Reply) -> None:
    bench = bench_of(bot_reply(1), answer)
    await bench.url()
    await trio.sleep(25 * HOUR)
    assert await bench.url() == "wss://gateway-1.test/websocket"
    fetches = bench.fetches
    # It is not asked for again with every dial.
    await bench.fail(30)
    assert bench.fetches == fetches
    bench.stub.script[ROUTE] = [bot_reply(2)]
    await bench.fail(30)
    assert await bench.url() == "wss://gateway-2.test/websocket"


async def test_an_answer_that_takes_too_long_is_not_waited_for_at_every_dial(autojump_clock: VirtualClock) -> None:
    """The core waits 30 s for access; an API that hangs must not hold a shard off for ever."""
    bench = bench_of(bot_reply(1), bot_reply(2, after=HOUR))
    await bench.url()
    await trio.sleep(25 * HOUR)
    with trio.move_on_after(5.0) as too_long:
        await bench.url()
    assert too_long.cancelled_caught
    assert await bench.url() == "wss://gateway-1.test/websocket"


async def test_a_refusal_is_not_hidden_by_an_old_url(autojump_clock: VirtualClock) -> None:
    refused = Reply.of({"code": 11298, "message": "ip not in whitelist"}, 401)
    bench = bench_of(bot_reply(1), refused)
    await bench.url()
    await trio.sleep(25 * HOUR)
    with pytest.raises(GatewayError, match="11298"):
        await bench.url()


async def test_without_any_url_the_cause_is_told(autojump_clock: VirtualClock) -> None:
    unreachable = RequestFailed("api.test", "Connection refused", sent=False)
    bench = bench_of(unreachable, unreachable, unreachable, bot_reply(1))
    with pytest.raises(RequestFailed, match=r"cannot reach api\.test: Connection refused"):
        await bench.url()
    assert await bench.url() == "wss://gateway-1.test/websocket"


async def test_a_rate_limit_names_its_time(autojump_clock: VirtualClock) -> None:
    bench = bench_of(Reply.of({"code": 100017, "message": "too many requests"}, 429, Retry_After="300"))
    with pytest.raises(ApiRateLimited) as caught:
        await bench.url()
    assert caught.value.retry_after_seconds == 300.0


async def test_a_url_of_the_platforms_that_cannot_be_dialed_is_no_mistake_of_the_users(
    autojump_clock: VirtualClock,
) -> None:
    bench = bench_of(Reply.of({"url": "https://gateway.test/", "shards": 1}), bot_reply(2))
    with pytest.raises(ConnectionFailed, match=r"the platform named a gateway that cannot be dialed: .* must begin"):
        await bench.url()
    assert await bench.url() == "wss://gateway-2.test/websocket"


@pytest.mark.parametrize("reset_after", ["inf", "nan", "-inf", "1e999"])
async def test_a_number_of_the_platforms_that_is_none_is_an_answer_of_no_use_and_asked_for_again(
    autojump_clock: VirtualClock, reset_after: str
) -> None:
    nonsense = Reply.of({"url": "wss://gateway.test/", "session_start_limit": {"reset_after": reset_after}})
    bench = bench_of(nonsense, nonsense, bot_reply(2))
    for _ in range(2):  # nothing of it is kept
        with pytest.raises(ApiError, match="session_start_limit") as caught:
            await bench.url()
        assert not is_fatal(caught.value)
    assert await bench.url() == "wss://gateway-2.test/websocket"


# --- a refused token ("a call before the last minute returns the same token", `protocol.md` 1.4)


async def test_the_refused_token_is_named_so_that_another_shard_may_have_renewed_it(
    autojump_clock: VirtualClock,
) -> None:
    bench = bench_of()
    for shard_id in (0, 1):
        await bench.access.grant(shard_id, renew=False)
    granted = [await bench.access.grant(shard_id, renew=True) for shard_id in (0, 1)]
    assert [one.token for one in granted] == ["TOKEN-2"] * 2
    assert len(bench.stub.asked(TOKEN_ROUTE)) == 2


async def test_a_token_that_is_given_again_is_dialed_with_seldom(autojump_clock: VirtualClock) -> None:
    bench = bench_of()
    bench.stub.script[TOKEN_ROUTE] = [token_reply("TOKEN")]
    await bench.access.grant(renew=False)
    assert (await bench.access.grant(renew=True)).token == "TOKEN"
    await trio.sleep(100)
    with pytest.raises(ConnectionFailed, match="the platform gives the refused token again") as caught:
        await bench.access.grant(renew=True)
    assert wait_asked_by(caught.value) == SAME_TOKEN_PAUSE - 100
    await trio.sleep(SAME_TOKEN_PAUSE - 100)
    assert (await bench.access.grant(renew=True)).token == "TOKEN"
    bench.stub.script[TOKEN_ROUTE] = [token_reply("ANOTHER")]
    await trio.sleep(100)
    another = await bench.access.grant(renew=True)
    assert another.token == "ANOTHER"
    assert "ANOTHER" not in repr(another)


async def test_two_refusals_soon_after_each_other_do_not_pass_for_the_same_token_given_again(
    autojump_clock: VirtualClock,
) -> None:
    bench = bench_of()
    bench.stub.script[TOKEN_ROUTE] = [token_reply(name) for name in ("A", "B", "C", "D")]
    granted = [await bench.access.grant(renew=False)]
    for _ in range(3):
        await trio.sleep(3)
        granted.append(await bench.access.grant(renew=True))
    assert [one.token for one in granted] == ["A", "B", "C", "D"]
    assert bench.stub.times(TOKEN_ROUTE) == [0, 3, 13, 23]


async def test_a_refused_secret_is_fatal(autojump_clock: VirtualClock) -> None:
    bench = bench_of()
    bench.stub.script[TOKEN_ROUTE] = [Reply.of({"code": 100016, "message": "invalid appid or secret"})]
    with pytest.raises(AccessRefused) as caught:
        await bench.url()
    assert is_fatal(caught.value)
    assert bench.fetches == 0
