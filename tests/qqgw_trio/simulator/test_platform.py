"""Judging IDENTIFY and RESUME, and what the ledger says of it."""

from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest
import trio
import trio.testing

from qqgw_trio.simulator.settings import (
    RefusalSettings,
    SessionSettings,
    SimulatorConfig,
    StartSettings,
)
from support.raw_client import End
from support.simulated import Bench

Make = Callable[..., Bench]


async def identify(bench: Bench, **fields: object) -> object:
    """One IDENTIFY; the type of the answer, or how the connection ends."""
    client = await bench.client()
    await client.frame()
    await client.send({"op": 2, "d": {"token": bench.token, "intents": 1, **fields}})
    answer = await client.receive()
    while not isinstance(answer, End) and answer["op"] == 9:
        answer = await client.receive()
    return answer if isinstance(answer, End) else answer["t"]


async def resume(bench: Bench, session_id: str, seq: int, token: str | None = None) -> object:
    client = await bench.client()
    await client.resume(token or bench.token, session_id, seq)
    answer = await client.receive()
    while not isinstance(answer, End) and answer["op"] == 9:
        answer = await client.receive()
    return answer if isinstance(answer, End) else answer["t"]


async def test_a_granted_identify_is_noted(bench: Bench) -> None:
    assert await identify(bench, intents=513, shard=[1, 2]) == "READY"
    [seen] = bench.ledger.identifies
    assert (seen.intents, seen.shard, seen.refused) == (513, (1, 2), "")


@pytest.mark.parametrize(
    ("fields", "end", "why"),
    [
        ({"token": "QQBot wrong"}, End(4004, "authentication failed"), "token"),
        ({"shard": [4, 4]}, End(4010, "invalid shard"), "shard"),
        ({"shard": [-1, 4]}, End(4010, "invalid shard"), "shard"),
        ({"shard": [1, 0]}, End(4010, "invalid shard"), "shard"),
        ({"intents": -1}, End(4903, "create session error"), "intents"),
        ({"intents": 2**31}, End(4903, "create session error"), "intents"),
    ],
)
async def test_a_refused_identify_is_noted_with_its_reason(
    bench: Bench, fields: dict[str, object], end: End, why: str
) -> None:
    assert await identify(bench, **fields) == end
    assert [seen.refused for seen in bench.ledger.identifies] == [why]
    assert bench.platform.sessions.standing == []


async def test_intents_that_were_not_granted_get_op_9_and_4903(make_bench: Make) -> None:
    bench = make_bench(SimulatorConfig(refusal=RefusalSettings(refused_intents=1 << 9)))
    client = await bench.client()
    await client.frame()
    await client.send({"op": 2, "d": {"token": bench.token, "intents": 513}})
    assert await client.receive() == {"op": 9, "d": False}
    assert await client.receive() == End(4903, "create session error")
    assert await identify(bench, intents=1) == "READY"


async def test_an_identify_spends_a_start_and_a_resume_does_not(bench: Bench) -> None:
    _, session_id = await bench.logged_in()
    assert bench.platform.starts.remaining == 1499
    assert await resume(bench, session_id, 1) == "RESUMED"
    assert bench.platform.starts.remaining == 1499


async def test_a_resume_spends_a_start_where_that_is_set(make_bench: Make) -> None:
    bench = make_bench(SimulatorConfig(start=StartSettings(total=2), session=SessionSettings(resume_spends_start=True)))
    _, session_id = await bench.logged_in()
    assert await resume(bench, session_id, 1) == "RESUMED"
    assert await resume(bench, session_id, 1) == End(4903, "create session error")
    assert [seen.refused for seen in bench.ledger.resumes] == ["", "starts are spent"]


async def test_when_the_starts_are_spent_an_identify_is_refused(make_bench: Make) -> None:
    bench = make_bench(SimulatorConfig(start=StartSettings(total=1)))
    assert await identify(bench) == "READY"
    assert await identify(bench) == End(4903, "create session error")
    assert bench.ledger.identifies[1].refused == "starts are spent"


async def test_crowded_identifies_are_noted_and_served(bench: Bench) -> None:
    assert await identify(bench) == "READY"
    assert await identify(bench) == "READY"
    assert bench.ledger.violations == ["2 IDENTIFYs within 5 s"]


async def test_crowded_identifies_are_refused_where_that_is_set(
    make_bench: Make, autojump_clock: trio.testing.MockClock
) -> None:
    bench = make_bench(SimulatorConfig(start=StartSettings(enforce_concurrency=True)))
    assert await identify(bench) == "READY"
    assert await identify(bench) == End(4903, "create session error")
    await trio.sleep(5)
    assert await identify(bench) == "READY"


async def test_a_granted_resume_is_noted_with_what_it_replayed(bench: Bench) -> None:
    _, session_id = await bench.logged_in()
    bench.gateway.say("c2c", "alice", "1")
    assert await resume(bench, session_id, 1) == "C2C_MESSAGE_CREATE"
    [seen] = bench.ledger.resumes
    assert (seen.session_id, seen.seq, seen.replayed, seen.refused) == (session_id, 1, 1, "")


async def test_a_resume_of_an_unknown_session_gets_op_9_and_4006(bench: Bench) -> None:
    assert await resume(bench, "nothing", 1) == End(4006, "invalid session id")
    assert [seen.refused for seen in bench.ledger.resumes] == ["unknown session"]


async def test_a_resume_with_a_wrong_token_keeps_the_session(bench: Bench) -> None:
    _, session_id = await bench.logged_in()
    assert await resume(bench, session_id, 1, token="QQBot wrong") == End(4004, "authentication failed")
    assert bench.platform.sessions.find(session_id) is not None


@pytest.mark.parametrize("seq", [2, -1])
async def test_a_number_that_was_never_sent_ends_the_session(bench: Bench, seq: int) -> None:
    _, session_id = await bench.logged_in()
    assert await resume(bench, session_id, seq) == End(4007, "invalid seq")
    assert await resume(bench, session_id, 1) == End(4006, "invalid session id")
    assert [entry.cause for entry in bench.ledger.breaks] == ["a number that was never sent"]


async def test_a_buffer_that_no_longer_reaches_is_a_refusal(make_bench: Make) -> None:
    bench = make_bench(SimulatorConfig(session=SessionSettings(replay_buffer=1)))
    client, session_id = await bench.logged_in()
    bench.gateway.drop()
    await client.end()
    for text in "abc":
        bench.gateway.say("c2c", "alice", text)
    assert await resume(bench, session_id, 1) == End(4007, "invalid seq")
    assert [entry.cause for entry in bench.ledger.breaks] == ["the buffer no longer reaches so far"]


async def test_a_heartbeat_may_free_the_buffer(make_bench: Make) -> None:
    bench = make_bench(SimulatorConfig(session=SessionSettings(trim_on_heartbeat=True)))
    client, session_id = await bench.logged_in()
    bench.gateway.say("c2c", "alice", "1")
    await client.send({"op": 1, "d": 2})
    await client.frames(2)
    assert await resume(bench, session_id, 1) == End(4007, "invalid seq")


async def test_an_event_goes_to_every_session_it_is_for_and_is_sent_once(bench: Bench) -> None:
    first, _ = await bench.logged_in()
    second, _ = await bench.logged_in()
    event_id = bench.gateway.say("c2c", "alice", "hello")
    assert (await first.frame())["id"] == (await second.frame())["id"] == event_id
    assert len(bench.ledger.events) == 2
    assert bench.ledger.sent_ids == [event_id]


async def test_a_message_event_is_entered_with_what_a_reply_must_name(bench: Bench) -> None:
    client, session_id = await bench.logged_in()
    bench.gateway.say("c2c", "alice", "hello")
    frame = await client.frame()
    [entry] = bench.ledger.events
    data = frame["d"]
    assert isinstance(data, dict)
    assert attrs.astuple(entry)[:5] == (frame["id"], "C2C_MESSAGE_CREATE", (0, 1), session_id, 2)
    assert entry.message_id == data["id"]
