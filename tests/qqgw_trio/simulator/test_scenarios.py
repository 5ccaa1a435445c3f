"""What the real gateway was seen to do (conformance 2, public reports): ready-made, by setting or by order."""

from __future__ import annotations

from collections.abc import Callable

import trio.testing

from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.settings import (
    INTENTS_BEHIND_OP9,
    INTENTS_EOF,
    RefusalSettings,
    SimulatorConfig,
)
from support.raw_client import End, Json
from support.simulated import Bench

Make = Callable[..., Bench]


async def refused_intents(bench: Bench) -> tuple[Json | End, Json | End]:
    client = await bench.client()
    await client.frame()
    await client.send({"op": 2, "d": {"token": bench.token, "intents": 1 << 9}})
    return await client.receive(), await client.receive()


async def test_scenario_op_9_and_4903(make_bench: Make) -> None:
    bench = make_bench(SimulatorConfig(refusal=RefusalSettings(refused_intents=1 << 9)))
    assert await refused_intents(bench) == ({"op": 9, "d": False}, End(4903, "create session error"))


async def test_scenario_op_9_and_eof(make_bench: Make) -> None:
    bench = make_bench(SimulatorConfig(refusal=RefusalSettings(refused_intents=1 << 9, intents=INTENTS_EOF)))
    assert await refused_intents(bench) == ({"op": 9, "d": False}, End(None))


async def test_scenario_op_9_and_4014(make_bench: Make, autojump_clock: trio.testing.MockClock) -> None:
    rules = RefusalSettings(refused_intents=1 << 9, intents=INTENTS_BEHIND_OP9)
    assert await refused_intents(make_bench(SimulatorConfig(refusal=rules))) == (
        {"op": 9, "d": False},
        End(4014, "disallowed intents"),
    )


async def test_scenario_4902_on_every_resume_until_the_client_identifies(bench: Bench) -> None:
    _, session_id = await bench.logged_in()
    bench.gateway.fault(Fault(FaultKind.REFUSE_RESUMES, count=1000))
    for _ in range(5):
        client = await bench.client()
        await client.resume(bench.token, session_id, 1)
        assert await client.end() == End(4902, "reset by resume")
    await bench.logged_in()
