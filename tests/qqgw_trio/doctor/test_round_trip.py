"""One whole round; what can go wrong on the way is in `test_checks`."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from qqgw_proto.config import Deadlines
from qqgw_proto.events import Intents
from qqgw_trio import Bot, Credentials, GatewayConfig
from qqgw_trio.doctor.patient import Patient
from qqgw_trio.doctor.round_trip import SECONDS, go_round
from support.examined import patient_of
from support.staging import staged


async def test_the_steps_are_told_with_their_times() -> None:
    async with staged() as stage, patient_of(stage) as patient:
        token = await (await patient.tokens()).get()
        outcome = await go_round(patient, Intents.default(), stage.simulator.gateway_url, token)
    assert outcome.error is None
    assert list(outcome.steps) == ["connected", "ready", "reconnected", "resumed"]
    assert list(outcome.steps.values()) == sorted(outcome.steps.values())
    assert [connection.code for connection in stage.simulator.ledger.connections] == [None, 4000]


async def test_a_round_without_end_is_ended(monkeypatch: pytest.MonkeyPatch, autojump_clock: MockClock) -> None:
    async def never(*_: object, **__: object) -> None:
        await trio.sleep_forever()

    monkeypatch.setattr(trio, "open_tcp_stream", never)
    settings = GatewayConfig(proxy="direct", deadlines=Deadlines(dial=1000.0))
    patient = Patient(Bot(Credentials("1", "secret"), settings=settings))
    began = trio.current_time()
    outcome = await go_round(patient, Intents.default(), "ws://gateway.test/", "token")
    assert str(outcome.error) == "the round was not over within 60 s: none needed: the shard tries again"
    assert trio.current_time() - began == SECONDS
