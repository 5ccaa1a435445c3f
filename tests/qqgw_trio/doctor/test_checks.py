"""The whole examination: its order, all right, and each setting that can be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from qqgw_proto.events import Intents
from qqgw_trio import Bot, GatewayConfig
from qqgw_trio.connection.tls import TlsConfig
from qqgw_trio.doctor.checks import CHECKS
from qqgw_trio.doctor.findings import Said, Verdict
from qqgw_trio.doctor.patient import Patient
from qqgw_trio.simulator.settings import SimulatorConfig
from support.examined import examined, patient_of, verdicts
from support.staging import staged
from support.tls_pair import tls_pair

# --- the table


def test_each_check_stands_below_what_it_needs() -> None:
    seen: set[str] = set()
    for check in CHECKS:
        assert set(check.needs) <= seen
        assert check.title.en
        assert check.title.zh
        seen.add(check.name)
    assert len(seen) == len(CHECKS)


# --- all right


async def test_a_bot_that_can_run_is_told_so(tmp_path: Path) -> None:
    async with staged() as stage:
        results = await examined(patient_of(stage, session_file=tmp_path / "sessions.json"))
    assert verdicts(results, Verdict.WRONG) == []
    assert verdicts(results, Verdict.DOUBTFUL) == []
    assert verdicts(results, Verdict.SKIPPED) == ["tls", "proxy"]  # the simulated REST API speaks plain HTTP
    assert stage.simulator.ledger.granted_identifies == 1
    assert stage.simulator.ledger.granted_resumes == 1
    round_trip = results["round_trip"].finding
    assert [word for word in ("connected", "ready", "reconnected", "resumed") if word not in round_trip.found.en] == []
    assert "恢复会话" in round_trip.found.zh
    texts = " ".join(f"{one.finding.found} {one.finding.remedy}" for one in results.values())
    assert stage.simulator.secret not in texts
    token, _ = stage.simulator.platform.accounts.issue()
    assert token.text not in texts


async def test_a_gateway_with_a_trusted_certificate_is_reached(tmp_path: Path) -> None:
    server, client = tls_pair()
    async with staged(SimulatorConfig(events=0, ssl_context=server)) as stage:
        results = await examined(patient_of(stage, tls=client))
    assert verdicts(results, Verdict.WRONG) == []
    assert results["gateway_network"].finding.found.en.endswith(" is reached")


# --- settings


async def test_no_app_id_and_no_secret() -> None:
    results = await examined(Patient(Bot(settings=GatewayConfig(api_url="http://127.0.0.1:1")), environ={}))
    assert verdicts(results, Verdict.WRONG) == ["configuration"]
    assert "QQ_BOT_APP_ID and QQ_BOT_SECRET not set" in results["configuration"].finding.found.en


async def test_app_id_and_secret_from_the_environment_are_taken() -> None:
    async with staged() as stage:
        patient = patient_of(stage)
        environ = {"QQ_BOT_APP_ID": stage.simulator.app_id, "QQ_BOT_SECRET": stage.simulator.secret}
        results = await examined(Patient(Bot(settings=patient.bot.settings), environ=environ))
    assert verdicts(results, Verdict.WRONG) == []


async def test_a_file_that_is_no_certificate(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    async with staged() as stage:
        results = await examined(patient_of(stage, tls=TlsConfig(ca_file=tmp_path / "ca.pem")))
    assert verdicts(results, Verdict.WRONG) == ["environment"]
    assert results["environment"].finding.remedy == Said("mend this setting", "请改正该设置")
    assert results["dns"].finding.found.en == results["proxy"].finding.found.en == "needs environment"


async def test_a_proxy_in_the_environment_that_cannot_be_used_is_one_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:1")
    async with staged() as stage:
        results = await examined(patient_of(stage, proxy=None))
    assert verdicts(results, Verdict.WRONG) == ["environment"]
    assert results["environment"].finding.remedy.en.startswith("give a URL like ")


async def test_certificates_that_are_not_checked_are_a_warning() -> None:
    async with staged() as stage:
        results = await examined(patient_of(stage, tls=TlsConfig(verify=False)))
    finding = results["environment"].finding
    assert finding.verdict is Verdict.DOUBTFUL
    assert "tls.verify" in finding.remedy.zh


async def test_intents_that_need_a_look_are_a_warning_and_impossible_ones_wrong() -> None:
    async with staged() as stage:
        some = await examined(patient_of(stage, Intents.GUILD_MESSAGES))
        declared = await examined(patient_of(stage, Intents.GUILD_MESSAGES, private=False))
    finding = some["intents"].finding
    assert finding.verdict is Verdict.DOUBTFUL
    assert "GUILD_MESSAGES is for private bots only" in finding.found.en
    assert finding.found.zh.startswith("GUILD_MESSAGES (第 9 位, 仅限私域机器人); 请检查: ")
    assert "intents" in verdicts(declared, Verdict.WRONG)
