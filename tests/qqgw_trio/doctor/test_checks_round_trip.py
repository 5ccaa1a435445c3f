"""The whole examination where identifying or resuming at a simulated gateway goes wrong."""

from __future__ import annotations

import pytest

from qqgw_proto.config import Deadlines
from qqgw_proto.events import Intents
from qqgw_trio.doctor.findings import Verdict
from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.settings import INTENTS_REFUSED, RefusalSettings, SimulatorConfig
from support.examined import examined, patient_of, verdicts
from support.staging import staged

REFUSED = RefusalSettings(refused_intents=int(Intents.GROUP_AND_C2C_EVENT))


@pytest.mark.parametrize("refusal", [REFUSED, RefusalSettings(REFUSED.refused_intents, INTENTS_REFUSED)])
async def test_an_intent_that_is_not_granted_is_named(refusal: RefusalSettings) -> None:
    asked = Intents.default() | Intents.GROUP_AND_C2C_EVENT
    async with staged(SimulatorConfig(events=0, refusal=refusal)) as stage:
        results = await examined(patient_of(stage, asked))
    assert verdicts(results, Verdict.WRONG) == ["round_trip"]
    finding = results["round_trip"].finding
    assert "with the intents of every bot it works, so one of these is not granted: GROUP_AND_C2C_EVENT" in (
        finding.found.en
    )
    assert "控制台" in finding.remedy.zh


async def test_a_bot_that_is_refused_with_any_intents_is_told_of_the_allow_list() -> None:
    asked = Intents.default() | Intents.GROUP_AND_C2C_EVENT
    async with staged() as stage:
        stage.simulator.fault(Fault(FaultKind.REFUSE_IDENTIFIES, count=9))
        results = await examined(patient_of(stage, asked))
        stage.simulator.fault(Fault(FaultKind.REFUSE_IDENTIFIES, count=9))
        plain = await examined(patient_of(stage))
    for found in (results, plain):
        assert verdicts(found, Verdict.WRONG) == ["round_trip"]
        assert "IP allow-list" in found["round_trip"].finding.remedy.en
        assert "白名单" in found["round_trip"].finding.remedy.zh


async def test_a_gateway_that_says_nothing() -> None:
    async with staged() as stage:
        stage.simulator.fault(Fault(FaultKind.SWALLOW, count=9))
        results = await examined(patient_of(stage, deadlines=Deadlines(ready=0.2)))
    assert verdicts(results, Verdict.WRONG) == ["round_trip"]
    assert results["round_trip"].finding.found.en == "no READY after IDENTIFY in time"
    assert "没有按时应答" in results["round_trip"].finding.remedy.zh


async def test_something_that_is_no_gateway() -> None:
    async with staged() as stage:
        rest = stage.simulator.rest_url.replace("http:", "ws:")
        results = await examined(patient_of(stage, gateway_url=f"{rest}/websocket"))
    assert verdicts(results, Verdict.WRONG) == ["round_trip"]
    assert "HTTP 4" in results["round_trip"].finding.found.en


async def test_a_session_that_cannot_be_resumed_is_a_warning() -> None:
    async with staged() as stage:
        stage.simulator.fault(Fault(FaultKind.REFUSE_RESUMES, code=4006, count=9))
        results = await examined(patient_of(stage))
    assert verdicts(results, Verdict.WRONG) == []
    finding = results["round_trip"].finding
    assert finding.verdict is Verdict.DOUBTFUL
    assert "identified afresh" in finding.found.en
    assert "no RESUME" in finding.found.en
    assert "未能 RESUME" in finding.found.zh


async def test_events_that_come_meanwhile_do_no_harm() -> None:
    async with staged(SimulatorConfig(events=200, rate=2000)) as stage:
        results = await examined(patient_of(stage, Intents.all(), private=True))
    assert results["round_trip"].finding.verdict is Verdict.RIGHT
