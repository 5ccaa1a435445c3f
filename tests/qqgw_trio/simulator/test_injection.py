"""Every fault, as a client sees it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio
import trio.testing

from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.injection import inject
from qqgw_trio.simulator.settings import SessionSettings, SimulatorConfig
from support.raw_client import End, RawClient
from support.simulated import Bench

Make = Callable[..., Bench]


async def events_again(bench: Bench, session_id: str, seq: int) -> list[object]:
    """RESUMEs on a new connection; the types that come, RESUMED included."""
    client = await bench.client()
    await client.resume(bench.token, session_id, seq)
    types: list[object] = []
    while "RESUMED" not in types:
        types.append((await client.frame()).get("t"))
    return types


async def test_a_reset_ends_the_connection_and_keeps_the_session(bench: Bench) -> None:
    client, session_id = await bench.logged_in()
    assert bench.gateway.fault(FaultKind.RESET) == 1
    assert await client.receive() == End(None)
    assert await events_again(bench, session_id, 1) == ["RESUMED"]
    assert bench.ledger.faults == {"reset": 1}


async def test_an_eof_lets_all_bytes_out_first(bench: Bench) -> None:
    client, _ = await bench.logged_in()
    bench.gateway.say("c2c", "alice", "last")
    bench.gateway.fault(FaultKind.EOF)
    assert (await client.frame())["t"] == "C2C_MESSAGE_CREATE"
    assert await client.receive() == End(None)


async def test_a_half_open_link_says_nothing_for_ever(bench: Bench, autojump_clock: trio.testing.MockClock) -> None:
    client, _ = await bench.logged_in()
    bench.gateway.fault(FaultKind.HALF_OPEN)
    bench.gateway.say("c2c", "alice", "unheard")
    await client.send({"op": 1, "d": 1})
    with trio.move_on_after(10_000):
        await client.receive()
        pytest.fail("a half-open link spoke")
    await client.stream.aclose()
    await trio.testing.wait_all_tasks_blocked()
    assert bench.gateway.connections == []


async def test_a_stalled_frame_stops_in_the_middle_and_stays_open(
    bench: Bench, autojump_clock: trio.testing.MockClock
) -> None:
    client, session_id = await bench.logged_in()
    bench.gateway.fault(Fault(FaultKind.STALLED_FRAME, at=7))
    bench.gateway.say("c2c", "alice", "cut")
    assert len(await client.stream.receive_some()) == 7
    with trio.move_on_after(30):
        await client.receive()
        pytest.fail("the stalled connection went on")
    assert await events_again(bench, session_id, 1) == ["C2C_MESSAGE_CREATE", "RESUMED"]


async def test_a_cut_frame_ends_in_the_middle(bench: Bench) -> None:
    client, session_id = await bench.logged_in()
    bench.gateway.fault(Fault(FaultKind.CUT_FRAME, at=3))
    bench.gateway.say("c2c", "alice", "cut")
    assert len(await client.stream.receive_some()) == 3
    assert await client.stream.receive_some() == b""
    assert await events_again(bench, session_id, 1) == ["C2C_MESSAGE_CREATE", "RESUMED"]


async def test_garbage_is_no_websocket_frame(bench: Bench) -> None:
    client, session_id = await bench.logged_in()
    bench.gateway.fault(FaultKind.GARBAGE)
    assert (await client.end()).code == 1002
    await client.stream.aclose()
    assert await events_again(bench, session_id, 1) == ["RESUMED"]


async def test_garbage_text_is_no_json_and_the_connection_goes_on(bench: Bench) -> None:
    client, _ = await bench.logged_in()
    bench.gateway.fault(FaultKind.GARBAGE_TEXT)
    bench.gateway.say("c2c", "alice", "good")
    assert await client.frame() == {"garbage": "{not JSON"}
    assert (await client.frame())["t"] == "C2C_MESSAGE_CREATE"


async def test_op_7_is_followed_by_4009(bench: Bench, autojump_clock: trio.testing.MockClock) -> None:
    client, session_id = await bench.logged_in()
    bench.gateway.fault(FaultKind.RECONNECT)
    assert await client.frame() == {"op": 7}
    assert await client.end() == End(4009, "Session timed out")
    assert await events_again(bench, session_id, 1) == ["RESUMED"]


async def test_op_7_may_stand_alone(make_bench: Make, autojump_clock: trio.testing.MockClock) -> None:
    bench = make_bench(SimulatorConfig(session=SessionSettings(close_after_reconnect=None)))
    client, _ = await bench.logged_in()
    bench.gateway.fault(FaultKind.RECONNECT)
    assert await client.frame() == {"op": 7}
    await trio.sleep(60)
    await client.send({"op": 1, "d": 1})
    assert await client.frame() == {"op": 11}


@pytest.mark.parametrize(("code", "end"), [(4903, End(4903)), (4014, End(4014)), (None, End(None))])
async def test_op_9_ends_the_session_and_the_connection(bench: Bench, code: int | None, end: End) -> None:
    client, session_id = await bench.logged_in()
    bench.gateway.fault(Fault(FaultKind.INVALID_SESSION, code=code))
    assert await client.frame() == {"op": 9, "d": False}
    assert await client.receive() == end
    assert bench.platform.sessions.find(session_id) is None
    assert [entry.cause for entry in bench.ledger.breaks] == ["op 9"]


async def test_op_9_with_true_keeps_the_session(bench: Bench, autojump_clock: trio.testing.MockClock) -> None:
    client, session_id = await bench.logged_in()
    bench.gateway.fault(Fault(FaultKind.INVALID_SESSION, resumable=True, code=4009, seconds=1.5))
    began = trio.current_time()
    assert await client.frame() == {"op": 9, "d": True}
    assert await client.receive() == End(4009)
    assert trio.current_time() - began == 1.5
    assert await events_again(bench, session_id, 1) == ["RESUMED"]


@pytest.mark.parametrize(
    ("code", "survives"),
    [(1000, True), (4000, True), (4008, True), (4009, True), (4006, False), (4902, False), (4915, False), (4444, True)],
)
async def test_a_close_code_ends_the_session_where_its_row_says_so(bench: Bench, code: int, survives: bool) -> None:
    client, session_id = await bench.logged_in()
    bench.gateway.fault(Fault(FaultKind.CLOSE, code=code, why="so"))
    assert await client.receive() == End(code, "so")
    assert (bench.platform.sessions.find(session_id) is not None) is survives


async def test_a_close_without_a_code_is_1000(bench: Bench) -> None:
    client, _ = await bench.logged_in()
    bench.gateway.fault(FaultKind.CLOSE)
    assert await client.receive() == End(1000)


async def test_silenced_acks_are_the_only_thing_missing(bench: Bench) -> None:
    client, _ = await bench.logged_in()
    bench.gateway.fault(FaultKind.ACK_SILENCE)
    await client.send({"op": 1, "d": 1})
    bench.gateway.say("c2c", "alice", "still here")
    assert (await client.frame())["t"] == "C2C_MESSAGE_CREATE"


async def test_slow_writes_let_a_frame_come_in_pieces(bench: Bench, autojump_clock: trio.testing.MockClock) -> None:
    client, _ = await bench.logged_in()
    bench.gateway.fault(Fault(FaultKind.SLOW_WRITES, at=100, seconds=2.0))
    bench.gateway.say("c2c", "alice", "x" * 500)
    began = trio.current_time()
    assert (await client.frame())["t"] == "C2C_MESSAGE_CREATE"
    assert trio.current_time() - began > 10.0


async def test_the_gateway_may_ask_for_heartbeats(bench: Bench) -> None:
    client, _ = await bench.logged_in()
    bench.gateway.fault(Fault(FaultKind.HEARTBEAT, count=3))
    assert await client.frames(3) == [{"op": 1, "d": None}] * 3


async def test_resumes_are_refused_as_often_as_ordered(bench: Bench) -> None:
    client, session_id = await bench.logged_in()
    bench.gateway.drop()
    await client.end()
    bench.gateway.fault(Fault(FaultKind.REFUSE_RESUMES, count=2))
    for _ in range(2):
        again = await bench.client()
        await again.resume(bench.token, session_id, 1)
        assert await again.end() == End(4902, "reset by resume")
    assert await events_again(bench, session_id, 1) == ["RESUMED"]
    assert [seen.refused for seen in bench.ledger.resumes] == ["by order", "by order", ""]


async def test_identifies_are_refused_with_op_9_and_4903(bench: Bench) -> None:
    bench.gateway.fault(FaultKind.REFUSE_IDENTIFIES)
    client = await bench.client()
    await client.frame()
    await client.send({"op": 2, "d": {"token": bench.token, "intents": 1}})
    assert await client.frame() == {"op": 9, "d": False}
    assert await client.receive() == End(4903, "create session error")


async def test_the_codes_of_refusals_can_be_chosen(bench: Bench) -> None:
    bench.gateway.fault(Fault(FaultKind.REFUSE_IDENTIFIES, code=4008, why="slow down"))
    client = await bench.client()
    await client.frame()
    await client.send({"op": 2, "d": {"token": bench.token, "intents": 1}})
    assert await client.end() == End(4008, "slow down")
    bench.gateway.fault(Fault(FaultKind.REFUSE_RESUMES, code=4913, why="try later"))
    again = await bench.client()
    await again.resume(bench.token, "s", 1)
    assert await again.end() == End(4913, "try later")


@pytest.mark.parametrize(
    ("fault", "status", "retry_after"),
    [
        (Fault(FaultKind.REFUSE_UPGRADES), 503, None),
        (Fault(FaultKind.REFUSE_UPGRADES, code=429, seconds=7.0), 429, b"7"),
        (Fault(FaultKind.REFUSE_UPGRADES, code=599), 599, None),
    ],
)
async def test_upgrades_are_refused_by_http(bench: Bench, fault: Fault, status: int, retry_after: bytes | None) -> None:
    bench.gateway.fault(fault)
    client = await RawClient(bench.open_stream()).upgrade()
    assert client.rejected is not None
    assert client.rejected.status_code == status
    assert dict(client.rejected.headers).get(b"retry-after") == retry_after
    assert (await bench.client()).accepted is not None


async def test_forgotten_sessions_cannot_be_resumed(bench: Bench) -> None:
    _, session_id = await bench.logged_in()
    assert bench.gateway.fault(FaultKind.FORGET_SESSIONS) == 1
    again = await bench.client()
    await again.resume(bench.token, session_id, 1)
    assert await again.frame() == {"op": 9, "d": False}
    assert await again.receive() == End(4006, "invalid session id")


async def test_a_replay_overlaps_by_order_once(bench: Bench) -> None:
    client, session_id = await bench.logged_in()
    for text in "abc":
        bench.gateway.say("c2c", "alice", text)
    await client.frames(3)
    bench.gateway.fault(Fault(FaultKind.REPLAY_OVERLAP, count=2))
    assert await events_again(bench, session_id, 4) == ["C2C_MESSAGE_CREATE", "C2C_MESSAGE_CREATE", "RESUMED"]
    assert await events_again(bench, session_id, 5) == ["RESUMED"]


async def test_a_truncated_replay_is_noted_as_a_hole(make_bench: Make) -> None:
    bench = make_bench(SimulatorConfig(session=SessionSettings(truncated="replay")))
    client, session_id = await bench.logged_in()
    bench.gateway.drop()
    await client.end()
    for text in "abc":
        bench.gateway.say("c2c", "alice", text)
    bench.gateway.fault(Fault(FaultKind.TRUNCATE_REPLAY, count=2))
    assert await events_again(bench, session_id, 1) == ["C2C_MESSAGE_CREATE", "RESUMED"]
    [hole] = bench.ledger.breaks
    assert (hole.cause, hole.first, hole.last) == ("truncated replay", 2, 3)


async def test_expired_tokens_are_worth_nothing(bench: Bench) -> None:
    old = bench.token
    bench.gateway.fault(FaultKind.EXPIRE_TOKENS)
    client = await bench.client()
    await client.frame()
    await client.send({"op": 2, "d": {"token": old, "intents": 1}})
    assert await client.end() == End(4004, "authentication failed")
    assert (await bench.http.get("/gateway", headers={"Authorization": old})).json()["code"] == 11244


async def test_only_the_shard_that_is_named_is_struck(bench: Bench) -> None:
    first, _ = await bench.logged_in(shard=(0, 2))
    second, _ = await bench.logged_in(shard=(1, 2))
    assert bench.gateway.fault(Fault(FaultKind.CLOSE, code=4009, shard=1)) == 1
    assert await second.receive() == End(4009)
    await first.send({"op": 1, "d": 1})
    assert await first.frame() == {"op": 11}


@pytest.mark.parametrize("kind", list(FaultKind))
async def test_every_kind_can_be_ordered_with_nobody_there(bench: Bench, kind: FaultKind) -> None:
    inject(bench.platform, [], Fault(kind))
    assert bench.ledger.faults[kind.value] == 1


async def test_every_kind_survives_a_connection_that_has_not_identified(
    bench: Bench, autojump_clock: trio.testing.MockClock
) -> None:
    for kind in FaultKind:
        await bench.client()
        bench.gateway.fault(kind)
    await trio.sleep(200)
