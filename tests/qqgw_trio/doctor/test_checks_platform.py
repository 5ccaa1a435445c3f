"""The whole examination of a bot that a simulated platform does not let in, or not often enough."""

from __future__ import annotations

import pytest

from qqgw_trio.doctor.findings import Verdict
from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.settings import SimulatorConfig, StartSettings
from support.examined import examined, patient_of, verdicts
from support.staging import staged


async def test_a_wrong_secret() -> None:
    async with staged() as stage:
        results = await examined(patient_of(stage, secret="wrong"))
    assert verdicts(results, Verdict.WRONG) == ["token"]
    finding = results["token"].finding
    assert "wrong app id or secret" in finding.found.en
    assert finding.remedy.en == "check the app id and the secret on the platform's console"
    assert finding.remedy.zh.startswith("请在控制台核对 AppID 和 AppSecret")
    assert verdicts(results, Verdict.SKIPPED)[2:] == [
        "allow_list",
        "gateway_url",
        "gateway_network",
        "starts",
        "round_trip",
    ]
    assert results["starts"].finding.found.en == "needs gateway URL"
    assert results["starts"].finding.found.zh == '需要先通过"网关地址"'


async def test_an_address_that_is_not_on_the_allow_list() -> None:
    async with staged() as stage:
        stage.simulator.fault(Fault(FaultKind.REST, code=401, error=11298, route="/users/@me", count=9))
        results = await examined(patient_of(stage))
    assert verdicts(results, Verdict.WRONG) == ["allow_list"]
    finding = results["allow_list"].finding
    assert finding.found.en.startswith("this machine's address is not allowed")
    assert "IP 白名单" in finding.remedy.zh


async def test_another_refusal_of_rest_is_not_taken_for_the_allow_list() -> None:
    async with staged() as stage:
        stage.simulator.fault(Fault(FaultKind.REST, code=503, route="/users/@me", count=9))
        results = await examined(patient_of(stage))
    assert verdicts(results, Verdict.WRONG) == ["allow_list"]
    assert "HTTP 503" in results["allow_list"].finding.found.en


async def test_a_spent_budget_of_starts() -> None:
    async with staged(SimulatorConfig(events=0, start=StartSettings(total=0))) as stage:
        results = await examined(patient_of(stage))
    assert verdicts(results, Verdict.WRONG) == ["starts"]
    finding = results["starts"].finding
    assert finding.found.en.startswith("0 of 0 left for 24.0 h")
    assert "--session-file" in finding.remedy.zh
    assert stage.simulator.ledger.granted_identifies == 0


async def test_few_starts_and_too_few_shards_are_warnings() -> None:
    async with staged(SimulatorConfig(events=0, start=StartSettings(total=20, shards=4))) as stage:
        results = await examined(patient_of(stage))
        automatic = await examined(patient_of(stage, shards="auto"))
    assert verdicts(results, Verdict.DOUBTFUL) == ["configuration", "gateway_url", "starts"]
    assert results["gateway_url"].finding.found.en.endswith("4 shards recommended, but 1 set")
    assert automatic["gateway_url"].finding.verdict is Verdict.RIGHT


async def test_a_budget_that_is_spent_is_found_with_a_fixed_gateway_too() -> None:
    async with staged(SimulatorConfig(events=0, start=StartSettings(total=0))) as stage:
        results = await examined(patient_of(stage, gateway_url=stage.simulator.gateway_url))
    assert verdicts(results, Verdict.WRONG) == ["starts"]
    assert results["gateway_url"].finding.found.en == f"a fixed one: {stage.simulator.gateway_url}"


async def test_starts_that_do_not_cover_the_shards_of_this_process_are_wrong() -> None:
    async with staged(SimulatorConfig(events=0, start=StartSettings(total=60, shards=1))) as stage:
        results = await examined(patient_of(stage, shards=100))
    assert verdicts(results, Verdict.WRONG) == ["starts"]
    finding = results["starts"].finding
    assert finding.found.en.startswith("60 of 60 left")
    assert finding.found.en.endswith("; this process starts 100 shards")
    assert finding.found.zh.endswith("; 本进程要启动 100 个分片")
    assert "start fewer shards" in finding.remedy.en
    assert stage.simulator.ledger.granted_identifies == 0


async def test_starts_that_do_not_cover_the_recommended_shards_are_wrong() -> None:
    async with staged(SimulatorConfig(events=0, start=StartSettings(total=60, shards=80))) as stage:
        results = await examined(patient_of(stage, shards="auto"))
    assert results["starts"].finding.found.en.endswith("; this process starts 80 shards")


@pytest.mark.parametrize(("shards", "whole"), [("0-3/100", 100), (99, 99)])
async def test_starts_that_do_not_cover_the_whole_bot_and_this_look_are_a_warning(
    shards: int | str, whole: int
) -> None:
    async with staged(SimulatorConfig(events=0, start=StartSettings(total=99, shards=1))) as stage:
        results = await examined(patient_of(stage, shards=shards))
    assert results["starts"].finding.verdict is Verdict.DOUBTFUL
    assert results["starts"].finding.found.en.endswith(f"; the bot has {whole} shards, this look takes a start or two")


@pytest.mark.parametrize(
    ("shards", "at_once", "en", "zh"),
    [
        (13, 1, "1 within 5 s", "每 5 秒 1 次"),  # the last one after exactly a minute
        (14, 1, "; to IDENTIFY 14 shards takes 1.1 min", "; 14 个分片全部 IDENTIFY 需要 1.1 分钟"),
        (14, 2, "2 within 5 s", "每 5 秒 2 次"),
        ("0-15/64", 1, "; to IDENTIFY 16 shards takes 1.2 min", "; 16 个分片全部 IDENTIFY 需要 1.2 分钟"),
    ],
)
async def test_a_start_of_more_than_a_minute_is_told(shards: int | str, at_once: int, en: str, zh: str) -> None:
    async with staged(SimulatorConfig(events=0, start=StartSettings(shards=1, max_concurrency=at_once))) as stage:
        results = await examined(patient_of(stage, shards=shards))
    finding = results["starts"].finding
    assert finding.verdict is Verdict.RIGHT
    assert finding.found.en.endswith(en)
    assert finding.found.zh.endswith(zh)
