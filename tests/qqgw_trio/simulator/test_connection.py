"""One connection of the gateway: its tasks, and every way in which it ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio
import trio.testing

from qqgw_proto.config import ServerConfig
from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.settings import SessionSettings, SimulatorConfig
from support.raw_client import End, RawClient
from support.simulated import Bench

Make = Callable[..., Bench]


async def test_hello_is_the_first_frame(bench: Bench) -> None:
    assert await (await bench.client()).frame() == {"op": 10, "d": {"heartbeat_interval": 45000}}


async def test_a_heartbeat_is_acknowledged(bench: Bench) -> None:
    client, _ = await bench.logged_in()
    await client.send({"op": 1, "d": 1})
    assert await client.frame() == {"op": 11}


async def test_a_websocket_ping_is_answered(bench: Bench) -> None:
    client, _ = await bench.logged_in()
    await client.ping(b"are you there?")
    assert await client.frame() == {"pong": b"are you there?"}


async def test_an_event_arrives_while_nothing_is_read_or_due(bench: Bench) -> None:
    client, _ = await bench.logged_in()
    event_id = bench.gateway.say("c2c", "alice", "hi")
    frame = await client.frame()
    assert (frame["op"], frame["s"], frame["t"], frame["id"]) == (0, 2, "C2C_MESSAGE_CREATE", event_id)


async def test_a_client_that_closes_is_answered_and_its_session_stays(bench: Bench) -> None:
    client, session_id = await bench.logged_in()
    await client.close(4000)
    assert await client.receive() == End(4000)
    await client.stream.aclose()
    await trio.testing.wait_all_tasks_blocked()
    assert bench.platform.sessions.find(session_id) is not None
    assert bench.gateway.connections == []
    [entry] = bench.ledger.connections
    assert (entry.code, entry.why) == (4000, "the client closed")


async def test_a_close_code_of_the_client_may_end_the_session_by_setting(make_bench: Make) -> None:
    bench = make_bench(SimulatorConfig(session=SessionSettings(ending_codes=frozenset({1000}))))
    client, session_id = await bench.logged_in()
    await client.close(1000)
    await client.end()
    assert bench.platform.sessions.find(session_id) is None
    assert [entry.cause for entry in bench.ledger.breaks] == ["the client closed with 1000"]


async def test_the_same_code_in_answer_to_our_own_close_ends_nothing(make_bench: Make) -> None:
    bench = make_bench(SimulatorConfig(session=SessionSettings(ending_codes=frozenset({1000}))))
    client, session_id = await bench.logged_in()
    bench.gateway.fault(Fault(FaultKind.CLOSE, code=1000))
    await client.end()
    await client.close(1000)
    await trio.testing.wait_all_tasks_blocked()
    assert bench.platform.sessions.find(session_id) is not None


async def test_a_client_that_vanishes_keeps_its_session(bench: Bench) -> None:
    client, session_id = await bench.logged_in()
    await client.stream.aclose()
    await trio.testing.wait_all_tasks_blocked()
    assert bench.gateway.connections == []
    session = bench.platform.sessions.find(session_id)
    assert session is not None
    assert session.link is None


async def test_a_client_that_never_asks_for_a_websocket_is_dropped(
    bench: Bench, autojump_clock: trio.testing.MockClock
) -> None:
    stream = bench.open_stream()
    assert (await stream.receive_some()).startswith(b"HTTP/1.1 426 Upgrade Required\r\n")
    assert await stream.receive_some() == b""
    assert trio.current_time() - bench.ledger.connections[0].at == 10.0


async def test_plain_http_is_told_what_is_wanted(bench: Bench) -> None:
    stream = bench.open_stream()
    await stream.send_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await stream.receive_some()).startswith(b"HTTP/1.1 426 ")


async def test_a_silent_client_is_closed_with_4009(make_bench: Make, autojump_clock: trio.testing.MockClock) -> None:
    bench = make_bench(SimulatorConfig(server=ServerConfig(heartbeat_timeout=90.0)))
    client, session_id = await bench.logged_in()
    assert await client.end() == End(4009, "session timed out")
    assert bench.platform.sessions.find(session_id) is not None


async def test_a_client_that_never_identifies_is_closed_with_4003(
    bench: Bench, autojump_clock: trio.testing.MockClock
) -> None:
    assert await (await bench.client()).end() == End(4003, "not authenticated in time")


async def test_a_close_that_is_never_answered_ends_all_the_same(
    bench: Bench, autojump_clock: trio.testing.MockClock
) -> None:
    client, _ = await bench.logged_in()
    bench.gateway.fault(Fault(FaultKind.CLOSE, code=4009))
    assert (await client.end()).code == 4009
    assert await client.receive() == End(None)


async def test_an_end_without_close_frame_waits_no_longer_than_a_close(
    bench: Bench, autojump_clock: trio.testing.MockClock
) -> None:
    client, _ = await bench.logged_in()
    bench.gateway.fault(FaultKind.EOF)
    assert await client.receive() == End(None)
    await trio.sleep(4.9)
    await client.send({"op": 1, "d": 1})
    await trio.sleep(0.2)
    with pytest.raises(trio.BrokenResourceError):
        await client.send({"op": 1, "d": 1})


async def test_what_an_unknown_opcode_costs_is_noted(bench: Bench) -> None:
    client, _ = await bench.logged_in()
    await client.send({"op": 8, "d": {}})
    assert await client.end() == End(4001, "unknown opcode")
    assert bench.ledger.violations == ["op 8"]


async def test_a_client_that_does_not_read_is_dropped_at_the_limit(nursery: trio.Nursery, make_bench: Make) -> None:
    bench = make_bench(SimulatorConfig(session=SessionSettings(max_unsent=5000)))
    ours, theirs = trio.testing.lockstep_stream_pair()
    nursery.start_soon(bench.gateway.serve_stream, theirs)
    client = await RawClient(ours).upgrade()
    await client.log_in(bench.token)
    for number in range(100):
        bench.gateway.say("group", "alice", f"line {number}")
    await trio.testing.wait_all_tasks_blocked()
    assert bench.gateway.connections == []


async def test_a_connection_has_a_lifetime_where_one_is_set(
    make_bench: Make, autojump_clock: trio.testing.MockClock
) -> None:
    """Op 7, then 4009 "Session timed out": the real gateway does this about every 30 minutes."""
    server = ServerConfig(heartbeat_timeout=None)
    session = SessionSettings(lifetime=1800.0, close_after_reconnect=2.0)
    bench = make_bench(SimulatorConfig(server=server, session=session))
    client, session_id = await bench.logged_in()
    began = trio.current_time()
    assert await client.frame() == {"op": 7}
    assert trio.current_time() - began == 1800.0
    assert await client.end() == End(4009, "Session timed out")
    assert trio.current_time() - began == 1802.0
    assert bench.platform.sessions.find(session_id) is not None


async def test_reading_goes_on_while_writing_is_stuck(nursery: trio.Nursery, make_bench: Make) -> None:
    bench = make_bench()
    ours, theirs = trio.testing.lockstep_stream_pair()
    nursery.start_soon(bench.gateway.serve_stream, theirs)
    client = await RawClient(ours).upgrade()
    ready = await client.log_in(bench.token)
    session = bench.platform.sessions.standing[0]
    bench.gateway.say("group", "alice", "unread")
    await client.send({"op": 1, "d": ready["s"]})
    await client.send({"op": 1, "d": 2})
    assert session.seq == 2


async def test_shards_are_told_apart(bench: Bench) -> None:
    await bench.client()
    await bench.logged_in(shard=(1, 2))
    assert [connection.shard_id for connection in bench.gateway.connections] == [None, 1]
