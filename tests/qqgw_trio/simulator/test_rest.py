"""Token, gateway, who the bot is, and the gate that every request passes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio
import trio.testing

from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.settings import RestSettings, SimulatorConfig, StartSettings
from support.simulated import Bench

Make = Callable[..., Bench]
TOKEN = "/app/getAppAccessToken"


def credentials(bench: Bench) -> dict[str, object]:
    return {"appId": bench.platform.accounts.app_id, "clientSecret": bench.platform.accounts.secret}


async def test_the_token_lives_for_a_text(bench: Bench) -> None:
    response = await bench.http.post(TOKEN, json=credentials(bench))
    body = response.json()
    assert response.status_code == 200
    assert body["expires_in"] == "7200"
    assert bench.platform.accounts.is_valid(body["access_token"])
    assert bench.ledger.tokens_issued == 1


async def test_the_token_lives_for_a_number_where_that_is_set(make_bench: Make) -> None:
    bench = make_bench(SimulatorConfig(rest=RestSettings(expires_in="number")))
    assert (await bench.http.post(TOKEN, json=credentials(bench))).json()["expires_in"] == 7200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"clientSecret": "wrong"}, 100016),
        ({"clientSecret": None}, 100016),
        ({"appId": "999"}, 100007),
        ({"appId": 102000001}, 100007),
    ],
)
async def test_wrong_credentials_are_http_200_with_a_code(bench: Bench, change: dict[str, object], code: int) -> None:
    response = await bench.http.post(TOKEN, json=credentials(bench) | change)
    body = response.json()
    assert response.status_code == 200
    assert body["code"] == code
    assert body["message"]
    assert "access_token" not in body
    assert (bench.ledger.tokens_issued, bench.ledger.tokens_refused) == (0, 1)


@pytest.mark.parametrize("content", [b"appId=1&clientSecret=2", b"[]", b"\xff", b""])
async def test_a_body_that_is_no_json_object_is_100002(bench: Bench, content: bytes) -> None:
    assert (await bench.http.post(TOKEN, content=content)).json()["code"] == 100002


async def test_the_gateway_is_named(bench: Bench) -> None:
    assert (await bench.get("/gateway")).json() == {"url": "ws://gateway.test/websocket"}


async def test_the_gateway_for_bots_tells_shards_and_limits(
    make_bench: Make, autojump_clock: trio.testing.MockClock
) -> None:
    bench = make_bench(SimulatorConfig(start=StartSettings(shards=4, total=1000, max_concurrency=2)))
    await bench.logged_in()
    await trio.sleep(60)
    assert (await bench.get("/gateway/bot")).json() == {
        "url": "ws://gateway.test/websocket",
        "shards": 4,
        "session_start_limit": {
            "total": 1000,
            "remaining": 999,
            "reset_after": 86_340_000,
            "max_concurrency": 2,
        },
    }


async def test_the_bot_is_told_who_it_is(bench: Bench) -> None:
    body = (await bench.get("/users/@me")).json()
    assert body["id"].isdecimal()
    assert body["username"] == "simulated bot"


async def test_the_bot_is_told_its_guilds(bench: Bench) -> None:
    body = (await bench.get("/users/@me/guilds")).json()
    assert [guild["id"] for guild in body] == [guild.guild_id for guild in bench.platform.world.places.guilds]


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, 11241),
        ({"Authorization": "QQBot wrong"}, 11244),
        ({"Authorization": "Bot 102.wrong"}, 11244),
        ({"Authorization": "Basic wrong"}, 11243),
    ],
)
async def test_without_a_valid_token_there_is_nothing_but_401(bench: Bench, headers: dict[str, str], code: int) -> None:
    response = await bench.http.get("/gateway", headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, code)


async def test_the_legacy_form_is_let_in(bench: Bench) -> None:
    accounts = bench.platform.accounts
    headers = {"Authorization": f"Bot {accounts.app_id}.{accounts.secret}"}
    assert (await bench.http.get("/gateway", headers=headers)).status_code == 200


async def test_an_expired_token_is_11244(make_bench: Make, autojump_clock: trio.testing.MockClock) -> None:
    bench = make_bench()
    headers = {"Authorization": bench.token}
    await trio.sleep(7201)
    assert (await bench.http.get("/gateway", headers=headers)).json()["code"] == 11244


async def test_every_answer_bears_a_trace_id_of_its_own(bench: Bench) -> None:
    traces = [(await bench.get("/gateway")).headers["X-Tps-trace-ID"] for _ in range(3)]
    assert len(set(traces)) == 3


@pytest.mark.parametrize(("method", "path"), [("GET", "/v2/media-images"), ("DELETE", "/gateway")])
async def test_a_call_that_does_not_exist_is_a_json_error(bench: Bench, method: str, path: str) -> None:
    response = await bench.http.request(method, path, headers={"Authorization": bench.token})
    assert response.status_code in {404, 405}
    assert response.headers["content-type"] == "application/json"
    assert response.json()["message"] == "no such call"


async def test_requests_fail_as_often_as_ordered(bench: Bench) -> None:
    bench.gateway.fault(Fault(FaultKind.REST, count=2, route="/gateway"))
    statuses = [(await bench.get("/gateway")).status_code for _ in range(3)]
    assert statuses == [503, 503, 200]


async def test_a_failing_request_may_say_how_long_to_wait(bench: Bench) -> None:
    bench.gateway.fault(Fault(FaultKind.REST, code=429, seconds=1.5))
    response = await bench.get("/users/@me")
    assert response.headers["retry-after"] == "1.5"
    assert response.json() == {"code": 100017, "message": "by order"}


async def test_the_token_endpoint_fails_too(bench: Bench) -> None:
    bench.gateway.fault(Fault(FaultKind.REST, code=500, route="/app/"))
    assert (await bench.http.post(TOKEN, json=credentials(bench))).status_code == 500
    assert (await bench.http.post(TOKEN, json=credentials(bench))).status_code == 200


async def test_the_code_of_a_failure_can_be_chosen(bench: Bench) -> None:
    bench.gateway.fault(Fault(FaultKind.REST, code=401, error=11298, why="not on the allow-list"))
    response = await bench.get("/gateway")
    assert response.status_code == 401
    assert response.json() == {"code": 11298, "message": "not on the allow-list"}


async def test_a_message_may_be_held_back_for_an_audit(bench: Bench) -> None:
    bench.gateway.fault(Fault(FaultKind.REST, code=202, route="/messages"))
    response = await bench.post("/channels/1/messages", {"content": "hi"})
    assert response.status_code == 202
    assert response.json()["code"] == 304023
    assert response.json()["data"]["message_audit"]["audit_id"]
    assert bench.ledger.replies == []
