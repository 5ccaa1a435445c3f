"""The simulator's own routes."""

from __future__ import annotations

import pytest

from support.raw_client import End, data_of
from support.simulated import Bench


async def test_whoever_reaches_it_makes_the_world_say_exactly_this(bench: Bench) -> None:
    client, _ = await bench.logged_in()
    response = await bench.http.post("/simulator/say", json={"kind": "c2c", "author": "alice", "text": "/ping 1"})
    frame = await client.frame()
    assert response.json() == {"event_id": frame["id"]}
    data = data_of(frame)
    author = data["author"]
    assert isinstance(author, dict)
    assert (data["content"], author["username"]) == ("/ping 1", "alice")


async def test_the_author_may_be_anybody(bench: Bench) -> None:
    client, _ = await bench.logged_in()
    assert (await bench.http.post("/simulator/say", json={"kind": "dm", "text": "hi"})).status_code == 200
    assert (await client.frame())["t"] == "DIRECT_MESSAGE_CREATE"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"kind": "group"}, "text"),
        ({"kind": "group", "text": 1}, "text"),
        ({"kind": "group", "author": 1, "text": "hi"}, "author"),
        ({"kind": "forum", "text": "hi"}, "group, c2c, channel, dm"),
        ([], "kind"),
    ],
)
async def test_what_cannot_be_said_is_told(bench: Bench, body: object, word: str) -> None:
    response = await bench.http.post("/simulator/say", json=body)
    assert response.status_code == 400
    assert word in response.json()["message"]


async def test_a_fault_is_ordered(bench: Bench) -> None:
    client, _ = await bench.logged_in()
    response = await bench.http.post("/simulator/fault", json={"kind": "close", "code": 4009})
    assert response.json() == {"struck": 1}
    assert await client.receive() == End(4009)


async def test_an_unknown_fault_is_told(bench: Bench) -> None:
    response = await bench.http.post("/simulator/fault", json={"kind": "explode"})
    assert response.status_code == 400
    assert "half_open" in response.json()["message"]


@pytest.mark.parametrize(
    ("order", "word"),
    [
        ({"kind": "close", "code": 0}, "code 0"),
        ({"kind": "close", "code": 1005}, "1005"),
        ({"kind": "close", "code": 1006}, "1006"),
        ({"kind": "close", "code": 65535}, "65535"),
        ({"kind": "close", "why": "x" * 124}, "123 bytes"),
        ({"kind": "heartbeat", "count": 10**9}, "10000 heartbeats"),
    ],
)
async def test_a_fault_that_cannot_be_put_on_the_wire_is_told_and_strikes_nobody(
    bench: Bench, order: dict[str, object], word: str
) -> None:
    client, _ = await bench.logged_in()
    response = await bench.http.post("/simulator/fault", json=order)
    assert response.status_code == 400
    assert word in response.json()["message"]
    assert not bench.ledger.faults
    await client.send({"op": 1, "d": 1})
    assert await client.frame() == {"op": 11}


async def test_the_ledger_is_shown(bench: Bench) -> None:
    await bench.logged_in()
    event_id = bench.gateway.say("c2c", "alice", "hi")
    told = (await bench.http.get("/simulator/ledger")).json()
    assert [event["event_id"] for event in told["events"]] == [event_id]
    assert told["events"][0]["shard"] == [0, 1]
    assert bench.access_token not in str(told)
