"""A client that is not ours must be able to use the simulator: `conformance.md` section 2, line by line.

Each test imitates on wsproto what one or several of twelve real clients do.
"""

from __future__ import annotations

import json
import re
from typing import cast

import pytest
import trio
import trio.testing
from wsproto.extensions import PerMessageDeflate

from qqgw_trio.simulator.faults import Fault, FaultKind
from support.raw_client import End, RawClient, data_of
from support.simulated import Bench

Json = dict[str, object]
TOKEN = "/app/getAppAccessToken"


async def token_answer(bench: Bench) -> Json:
    accounts = bench.platform.accounts
    body = {"appId": accounts.app_id, "clientSecret": accounts.secret}
    return cast("Json", (await bench.http.post(TOKEN, json=body)).json())


# --- 1-3: REST ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/gateway", "/gateway/bot", "/users/@me", "/users/@me/guilds", "/nothing"])
async def test_line_1_a_client_that_compares_the_content_type_with_equals(bench: Bench, path: str) -> None:
    assert (await bench.get(path)).headers["content-type"] == "application/json"


async def test_line_1_the_token_has_that_content_type_too(bench: Bench) -> None:
    assert (await bench.http.post(TOKEN, json={})).headers["content-type"] == "application/json"


async def test_line_2_a_client_that_joins_expires_in_to_a_text(bench: Bench) -> None:
    answer = await token_answer(bench)
    assert "expires in " + cast("str", answer["expires_in"]) == "expires in 7200"


async def test_line_3_a_client_that_divides_by_max_concurrency_and_counts_shards(bench: Bench) -> None:
    body = (await bench.get("/gateway/bot")).json()
    limit = body["session_start_limit"]
    assert round(5 / limit["max_concurrency"]) == 5
    assert type(body["shards"]) is int
    assert limit["remaining"] >= body["shards"]
    assert {type(value) for value in limit.values()} == {int}


async def test_line_3_a_client_that_converts_the_bots_id_to_a_number(bench: Bench) -> None:
    assert int((await bench.get("/users/@me")).json()["id"]) > 0


async def test_line_3_a_client_that_asks_for_what_is_not_there(bench: Bench) -> None:
    assert (await bench.get("/v2/media-images")).status_code == 404


# --- 4-9: what the gateway sends ------------------------------------------------------------------------------------


async def test_line_4_a_client_that_raises_when_a_field_of_ready_is_missing(bench: Bench) -> None:
    client = await bench.client()
    data = data_of(await client.log_in(bench.token, shard=[2, 5]))
    user = cast("Json", data["user"])
    assert data["version"] == 1
    assert isinstance(data["session_id"], str)
    assert cast("str", user["id"]).isdecimal()
    assert isinstance(user["username"], str)
    assert user["bot"] is True
    assert data["shard"] == [2, 5]


async def test_line_5_a_client_that_compares_s_with_zero(bench: Bench) -> None:
    client, session_id = await bench.logged_in()
    await bench.gateway.emit(57, rate=float("inf"))
    frames = await client.frames(57)
    bench.gateway.drop()
    again = await bench.client()
    await again.resume(bench.token, session_id, 50)
    frames += await again.frames(9)
    assert {frame["op"] for frame in frames} == {0}
    assert all(type(frame["s"]) is int and frame["s"] > 0 for frame in frames)


async def test_line_6_a_client_that_takes_nothing_between_identify_and_ready(bench: Bench) -> None:
    bench.gateway.say("group", "alice", "early")
    client = await bench.client()
    await client.frame()
    identify = {"op": 2, "d": {"token": bench.token, "intents": 2**31 - 1}}
    await client.send({"op": 1, "d": None}, identify, {"op": 1, "d": None})
    frames = await client.frames(4)
    assert frames[0] == {"op": 11}
    assert [frame.get("t") or frame["op"] for frame in frames[1:]] == ["READY", 11, "GROUP_AT_MESSAGE_CREATE"]


async def test_line_7_a_client_that_validates_the_author_of_a_group_message(bench: Bench) -> None:
    client, _ = await bench.logged_in(intents=1 << 25)
    for _ in range(40):
        await bench.gateway.emit(1, rate=float("inf"))
        frame = await client.frame()
        data = data_of(frame)
        if frame["t"] not in {"GROUP_AT_MESSAGE_CREATE", "GROUP_MESSAGE_CREATE"}:
            continue
        author, scene = cast("Json", data["author"]), cast("Json", data["message_scene"])
        assert {"id", "bot", "member_openid", "member_role", "username"} <= set(author)
        assert isinstance(scene["source"], str)
        assert isinstance(scene["ext"], list)
        assert {"group_openid", "id", "content", "timestamp"} <= set(data)


async def test_line_7_a_client_that_validates_the_author_of_a_c2c_message(bench: Bench) -> None:
    client, _ = await bench.logged_in(intents=1 << 25)
    bench.gateway.say("c2c", "alice", "hi")
    data = data_of(await client.frame())
    author, scene = cast("Json", data["author"]), cast("Json", data["message_scene"])
    assert {"id", "user_openid", "bot", "username"} <= set(author)
    assert isinstance(scene["ext"], list)
    assert {"id", "content", "timestamp"} <= set(data)


async def test_line_8_resumed_is_an_empty_text_with_a_number(bench: Bench) -> None:
    _, session_id = await bench.logged_in()
    client = await bench.client()
    await client.resume(bench.token, session_id, 1)
    assert await client.frame() == {"op": 0, "s": 2, "t": "RESUMED", "d": ""}


async def test_line_9_a_client_that_never_leaves_after_op_9(bench: Bench) -> None:
    client = await bench.client()
    await client.resume(bench.token, "gone", 7)
    assert await client.frame() == {"op": 9, "d": False}
    assert await client.receive() == End(4006, "invalid session id")


async def test_line_9_a_client_that_never_leaves_after_op_7(
    bench: Bench, autojump_clock: trio.testing.MockClock
) -> None:
    client, _ = await bench.logged_in()
    bench.gateway.fault(FaultKind.RECONNECT)
    assert await client.frame() == {"op": 7}
    assert await client.receive() == End(4009, "Session timed out")


# --- 10: heartbeats -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "heartbeat",
    [
        {"op": 1, "d": 1},
        {"op": 1, "d": 0},
        {"op": 1, "d": None},
        {"op": 1},
        {"op": 1, "s": 1},
        {"op": 1, "d": 1, "s": None, "t": None, "id": None},
        {"op": 1, "d": "1"},
        {"op": 1, "d": {}},
    ],
    ids=json.dumps,
)
async def test_line_10_heartbeats_of_every_shape_are_acknowledged(bench: Bench, heartbeat: Json) -> None:
    client, _ = await bench.logged_in()
    await client.send(heartbeat)
    assert await client.frame() == {"op": 11}


@pytest.mark.parametrize(("first", "interval"), [(0.0, 30.0), (45.0, 45.0), (30.0, 36.0)])
async def test_line_10_a_client_with_a_pace_of_its_own_is_never_cut_off(
    bench: Bench, autojump_clock: trio.testing.MockClock, first: float, interval: float
) -> None:
    client, _ = await bench.logged_in()
    await trio.sleep(first)
    for _ in range(50):
        await client.send({"op": 1, "d": None})
        assert await client.frame() == {"op": 11}
        await trio.sleep(interval)
    assert len(bench.gateway.connections) == 1


# --- 11-13: what clients send ---------------------------------------------------------------------------------------

IDENTIFIES: dict[str, Json] = {
    "shard before token": {"op": 2, "d": {"shard": [0, 1], "token": "TOKEN", "intents": 513}},
    "shard null": {"op": 2, "d": {"token": "TOKEN", "intents": 513, "shard": None}},
    "shard missing": {"op": 2, "d": {"token": "TOKEN", "intents": 513}},
    "shard as the documents' READY has it": {"op": 2, "d": {"token": "TOKEN", "intents": 513, "shard": [0, 0]}},
    "properties missing": {"op": 2, "d": {"token": "TOKEN", "intents": 513, "shard": [0, 1]}},
    "properties empty": {"op": 2, "d": {"token": "TOKEN", "intents": 513, "properties": {}}},
    "null keys": {"op": 2, "s": None, "t": None, "id": None, "d": {"token": "TOKEN", "intents": 513}},
    "a key of its own": {"op": 2, "Session": None, "d": {"token": "TOKEN", "intents": 513}},
    "keys in another order": {"t": None, "d": {"token": "TOKEN", "intents": 513}, "s": None, "op": 2},
    "bare token": {"op": 2, "d": {"token": "ACCESS", "intents": 513}},
    "legacy token": {"op": 2, "d": {"token": "Bot APPID.ACCESS", "intents": 513}},
    "legacy secret": {"op": 2, "d": {"token": "Bot APPID.SECRET", "intents": 513}},
    **{
        f"intents {intents}": {"op": 2, "d": {"token": "TOKEN", "intents": intents, "shard": [0, 1]}}
        for intents in (1107296257, 1241515011, 1174409216, 1073741825, 1107296256)
    },
}


@pytest.mark.parametrize("name", IDENTIFIES)
async def test_line_11_identifies_of_every_shape_get_ready(bench: Bench, name: str) -> None:
    accounts = bench.platform.accounts
    text = json.dumps(IDENTIFIES[name]).replace("TOKEN", bench.token).replace("ACCESS", bench.access_token)
    text = text.replace("APPID", accounts.app_id).replace("SECRET", accounts.secret)
    client = await bench.client()
    assert (await client.frame())["op"] == 10
    await client.send(json.loads(text))
    ready = await client.frame()
    assert ready["t"] == "READY"
    assert data_of(ready)["shard"] == [0, 1]


async def test_line_11_an_identify_before_hello(bench: Bench) -> None:
    """One client identifies right after the connect, without waiting for HELLO."""
    client = RawClient(bench.open_stream())
    await client.upgrade()
    await client.send({"op": 2, "d": {"token": bench.token, "intents": 1}})
    assert [frame.get("t") or frame["op"] for frame in await client.frames(2)] == [10, "READY"]


async def test_line_11_a_resume_before_hello_with_a_bare_token(bench: Bench) -> None:
    _, session_id = await bench.logged_in()
    client = await bench.client()
    await client.send({"op": 6, "d": {"token": bench.access_token, "session_id": session_id, "seq": 1}})
    assert [frame.get("t") or frame["op"] for frame in await client.frames(2)] == [10, "RESUMED"]


async def test_line_11_a_resume_from_the_start_asks_for_everything(bench: Bench) -> None:
    _, session_id = await bench.logged_in()
    bench.gateway.say("c2c", "alice", "hi")
    client = await bench.client()
    await client.resume(bench.token, session_id, 0)
    assert [frame["t"] for frame in await client.frames(2)] == ["C2C_MESSAGE_CREATE", "RESUMED"]


async def test_line_12_an_offer_of_compression_is_declined(bench: Bench) -> None:
    client = RawClient(bench.open_stream())
    await client.upgrade(offers=[PerMessageDeflate()])
    assert client.accepted is not None
    assert client.accepted.extensions == []
    await client.log_in(bench.token)


@pytest.mark.parametrize("target", ["/", "/websocket", "/websocket/", "/any/path?with=query"])
async def test_line_12_any_path_is_accepted(bench: Bench, target: str) -> None:
    client = RawClient(bench.open_stream())
    await client.upgrade(target, headers=[(b"X-Union-Appid", b"102000001")])
    assert (await client.frame())["op"] == 10


async def test_line_12_the_path_is_what_the_url_says(bench: Bench) -> None:
    assert re.fullmatch(r"ws://[^/]+/\S*", (await bench.get("/gateway")).json()["url"])


async def test_line_13_a_client_that_comes_back_at_once_again_and_again(bench: Bench) -> None:
    for _ in range(60):
        client = await bench.client()
        await client.frame()
        await client.send({"op": 2, "d": {"token": "QQBot wrong", "intents": 1}})
        assert await client.end() == End(4004, "authentication failed")
    assert len(bench.ledger.identifies) == 60
    assert await token_answer(bench)
    await bench.logged_in()


async def test_line_13_a_client_that_opens_two_connections_at_once(bench: Bench) -> None:
    _, session_id = await bench.logged_in()
    bench.gateway.fault(Fault(FaultKind.CLOSE, code=4009))
    first, second = await bench.client(), await bench.client()
    await first.resume(bench.token, session_id, 1)
    await second.resume(bench.token, session_id, 1)
    assert (await first.frame())["t"] == "RESUMED"
    assert (await second.frame())["t"] == "RESUMED"
    bench.gateway.say("c2c", "alice", "hi")
    assert (await second.frame())["t"] == "C2C_MESSAGE_CREATE"
    assert await first.receive() == End(None)
