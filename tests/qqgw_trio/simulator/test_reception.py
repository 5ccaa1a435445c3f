"""How a connection gets its session: IDENTIFY and READY, RESUME, replay and RESUMED."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import trio
import trio.testing

from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.settings import SessionSettings, SimulatorConfig
from support.raw_client import End, data_of
from support.simulated import Bench

Make = Callable[..., Bench]


async def test_ready_carries_what_clients_raise_without(bench: Bench) -> None:
    client = await bench.client()
    ready = await client.log_in(bench.token, shard=(0, 1))
    data = data_of(ready)
    user = cast("dict[str, object]", data["user"])
    assert (ready["s"], data["version"], data["shard"]) == (1, 1, [0, 1])
    assert str(user["id"]).isdecimal()
    assert (user["username"], user["bot"]) == ("simulated bot", True)


async def test_a_resume_gets_what_was_missed_in_order_and_then_resumed(bench: Bench) -> None:
    client, session_id = await bench.logged_in()
    bench.gateway.say("c2c", "alice", "1")
    assert (await client.frame())["s"] == 2
    bench.gateway.drop()
    missed = [bench.gateway.say("c2c", "alice", text) for text in ("2", "3")]
    again = await bench.client()
    await again.resume(bench.token, session_id, 2)
    replayed = await again.frames(2)
    assert [(frame["s"], frame["id"]) for frame in replayed] == [(3, missed[0]), (4, missed[1])]
    assert await again.frame() == {"op": 0, "s": 5, "t": "RESUMED", "d": ""}
    bench.gateway.say("c2c", "alice", "4")
    assert (await again.frame())["s"] == 6


async def test_an_event_during_a_slow_replay_comes_behind_it_and_before_resumed(
    make_bench: Make, autojump_clock: trio.testing.MockClock
) -> None:
    bench = make_bench(SimulatorConfig(session=SessionSettings(replay_pause=1.0)))
    client, session_id = await bench.logged_in()
    bench.gateway.drop()
    await client.end()
    bench.gateway.say("c2c", "alice", "1")
    bench.gateway.say("c2c", "alice", "2")
    again = await bench.client()
    await again.resume(bench.token, session_id, 1)
    assert (await again.frame())["s"] == 2
    bench.gateway.say("c2c", "alice", "3")
    frames = await again.frames(3)
    assert [(frame["s"], frame["t"]) for frame in frames] == [
        (3, "C2C_MESSAGE_CREATE"),
        (4, "C2C_MESSAGE_CREATE"),
        (5, "RESUMED"),
    ]


async def test_a_client_that_leaves_during_the_replay_can_resume_again(
    make_bench: Make, autojump_clock: trio.testing.MockClock
) -> None:
    bench = make_bench(SimulatorConfig(session=SessionSettings(replay_pause=1.0)))
    client, session_id = await bench.logged_in()
    bench.gateway.drop()
    await client.end()
    for text in "abc":
        bench.gateway.say("c2c", "alice", text)
    first = await bench.client()
    await first.resume(bench.token, session_id, 1)
    await first.frame()
    await first.close(4000)
    await first.end()
    second = await bench.client()
    await second.resume(bench.token, session_id, 2)
    assert [frame["s"] for frame in await second.frames(3)] == [3, 4, 5]


async def test_a_connection_that_is_closed_during_the_replay_gets_no_resumed(
    make_bench: Make, autojump_clock: trio.testing.MockClock
) -> None:
    bench = make_bench(SimulatorConfig(session=SessionSettings(replay_pause=1.0)))
    client, session_id = await bench.logged_in()
    bench.gateway.drop()
    await client.end()
    bench.gateway.say("c2c", "alice", "1")
    again = await bench.client()
    await again.resume(bench.token, session_id, 1)
    await again.frame()
    bench.gateway.fault(Fault(FaultKind.CLOSE, code=4009))
    assert await again.receive() == End(4009)
    await trio.sleep(3)
    session = bench.platform.sessions.find(session_id)
    assert session is not None
    assert session.seq == 2


async def test_the_answer_may_take_its_time(make_bench: Make, autojump_clock: trio.testing.MockClock) -> None:
    bench = make_bench(SimulatorConfig(session=SessionSettings(answer_delay=3.0)))
    began = trio.current_time()
    client, session_id = await bench.logged_in()
    assert trio.current_time() - began == 3.0
    bench.gateway.drop()
    await client.end()
    again = await bench.client()
    await again.resume(bench.token, session_id, 1)
    assert (await again.frame())["t"] == "RESUMED"
    assert trio.current_time() - began == 6.0


async def test_a_client_that_has_gone_before_the_answer_gets_no_session(
    make_bench: Make, autojump_clock: trio.testing.MockClock
) -> None:
    bench = make_bench(SimulatorConfig(session=SessionSettings(answer_delay=3.0)))
    client = await bench.client()
    identify = {"op": 2, "d": {"token": bench.token, "intents": 1}}
    await client.send(identify, identify)
    assert await client.end() == End(4005, "already authenticated")
    resuming = await bench.client()
    resume = {"op": 6, "d": {"token": bench.token, "session_id": "s", "seq": 1}}
    await resuming.send(resume, resume)
    assert (await resuming.end()).code == 4005
    await trio.sleep(4)
    assert bench.platform.sessions.standing == []
    assert bench.ledger.identifies == []
    assert bench.ledger.resumes == []


async def test_heartbeats_before_ready_are_acknowledged_after_it(
    make_bench: Make, autojump_clock: trio.testing.MockClock
) -> None:
    bench = make_bench(SimulatorConfig(session=SessionSettings(answer_delay=3.0)))
    client = await bench.client()
    await client.frame()
    await client.send({"op": 2, "d": {"token": bench.token, "intents": 1}}, {"op": 1, "d": None})
    assert (await client.frame())["t"] == "READY"
    assert await client.frame() == {"op": 11}


async def test_a_swallowed_identify_gets_no_answer(bench: Bench, autojump_clock: trio.testing.MockClock) -> None:
    bench.gateway.fault(FaultKind.SWALLOW)
    client = await bench.client()
    await client.frame()
    await client.send({"op": 2, "d": {"token": bench.token, "intents": 1}})
    assert await client.end() == End(4009, "session timed out")


async def test_a_resume_takes_the_session_from_a_connection_that_seems_alive(bench: Bench) -> None:
    """A half-open link looks alive to the gateway when its client comes back."""
    client, session_id = await bench.logged_in()
    bench.gateway.fault(FaultKind.HALF_OPEN)
    bench.gateway.say("c2c", "alice", "into the void")
    again = await bench.client()
    await again.resume(bench.token, session_id, 1)
    assert [frame["t"] for frame in await again.frames(2)] == ["C2C_MESSAGE_CREATE", "RESUMED"]
    bench.gateway.say("c2c", "alice", "heard")
    assert (await again.frame())["s"] == 4
    await client.stream.aclose()
    await trio.testing.wait_all_tasks_blocked()
    assert len(bench.gateway.connections) == 1


async def test_a_connection_that_really_lived_is_ended_when_another_takes_its_session(bench: Bench) -> None:
    client, session_id = await bench.logged_in()
    again = await bench.client()
    await again.resume(bench.token, session_id, 1)
    assert await client.receive() == End(None)
    assert (await again.frame())["t"] == "RESUMED"
