"""The whole examination: all right, and each thing that can be wrong, provoked at a simulated platform."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import trio

from qqgw_proto.config import Deadlines
from qqgw_proto.events import Intents
from qqgw_trio import Bot, Credentials, GatewayConfig
from qqgw_trio.doctor.checks import CHECKS
from qqgw_trio.doctor.findings import Verdict
from qqgw_trio.doctor.patient import Patient
from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.serving import bind, serve_tcp
from qqgw_trio.simulator.settings import INTENTS_REFUSED, RefusalSettings, SimulatorConfig, StartSettings
from qqgw_trio.tls import TlsConfig
from support.examined import examined, patient_of, verdicts
from support.staging import staged
from support.tls_pair import tls_pair


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


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
    assert verdicts(results, Verdict.SKIPPED) == ["tls"]  # the simulated REST API speaks plain HTTP
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


# --- what is wrong, one after the other


async def test_a_wrong_secret() -> None:
    async with staged() as stage:
        results = await examined(patient_of(stage, secret="wrong"))
    assert verdicts(results, Verdict.WRONG) == ["token"]
    finding = results["token"].finding
    assert "wrong app id or secret" in finding.found.en
    assert finding.remedy.en == "check the app id and the secret on the platform's console"
    assert finding.remedy.zh.startswith("请核对 AppID 和 AppSecret")
    assert verdicts(results, Verdict.SKIPPED)[1:] == [
        "allow_list",
        "gateway_url",
        "gateway_network",
        "starts",
        "round_trip",
    ]
    assert results["starts"].finding.found.en == "needs gateway URL"
    assert results["starts"].finding.found.zh == '需要先通过"网关地址"'


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


async def test_no_listener() -> None:
    async with staged() as stage:
        results = await examined(patient_of(stage, token_url=f"http://{closed_port()}/token"))
    assert verdicts(results, Verdict.WRONG) == ["tcp"]
    assert "Connection refused" in results["tcp"].finding.found.en
    assert "HTTPS_PROXY" in results["tcp"].finding.remedy.en


async def test_no_gateway_listens() -> None:
    async with staged() as stage:
        results = await examined(patient_of(stage, gateway_url=f"ws://{closed_port()}/"))
    assert "tcp" in verdicts(results, Verdict.WRONG)


async def test_a_name_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody(*_: object, **__: object) -> list[object]:
        await trio.lowlevel.checkpoint()
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(trio.socket, "getaddrinfo", nobody)
    who = Credentials("1", "secret")
    results = await examined(Patient(Bot(who, settings=GatewayConfig(api_url="http://api.invalid", proxy="direct"))))
    assert verdicts(results, Verdict.WRONG) == ["dns"]
    assert results["dns"].finding.found.en.endswith("has no address: Name or service not known")
    assert "resolv.conf" in results["dns"].finding.remedy.zh


async def test_a_certificate_that_is_not_trusted() -> None:
    server, _ = tls_pair()
    async with staged(SimulatorConfig(events=0, ssl_context=server)) as stage:
        results = await examined(patient_of(stage))
    assert verdicts(results, Verdict.WRONG) == ["gateway_network"]
    finding = results["gateway_network"].finding
    assert "its certificate is not trusted" in finding.found.en
    assert "tls.ca_file" in finding.remedy.zh


async def test_a_host_that_does_not_speak_tls() -> None:
    async with staged() as stage:
        results = await examined(patient_of(stage, token_url=stage.simulator.token_url.replace("http:", "https:")))
    assert verdicts(results, Verdict.WRONG) == ["tls"]
    assert "there is no TLS at this port" in results["tls"].finding.found.en


async def serve_date(nursery: trio.Nursery, when: str) -> str:
    """A port where every request is answered with this date."""

    async def answer(stream: trio.abc.Stream) -> None:
        await stream.receive_some()
        date = f"Date: {when}\r\n" if when else ""
        await stream.send_all(f"HTTP/1.1 401 Unauthorized\r\n{date}Content-Length: 0\r\n\r\n".encode())
        await stream.aclose()

    listener = bind("127.0.0.1", 0)
    port = listener.getsockname()[1]
    nursery.start_soon(serve_tcp, answer, listener, None)
    await trio.lowlevel.checkpoint()
    return f"http://127.0.0.1:{port}"


@pytest.mark.parametrize(
    ("hours", "verdict", "words"),
    [
        (-26.0, Verdict.WRONG, ("ahead of", "快")),
        (1.0, Verdict.WRONG, ("behind", "慢")),
        (1 / 60, Verdict.DOUBTFUL, ("behind", "慢")),
        (0.0, Verdict.RIGHT, ("the platform's", "本机时钟")),
    ],
)
async def test_a_clock_that_is_wrong(
    nursery: trio.Nursery, hours: float, verdict: Verdict, words: tuple[str, str]
) -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(hours=hours), usegmt=True)
    async with staged() as stage:
        results = await examined(patient_of(stage, api_url=await serve_date(nursery, when)))
    finding = results["clock"].finding
    assert finding.verdict is verdict
    assert words[0] in finding.found.en
    assert words[1] in finding.found.zh
    if verdict is not Verdict.RIGHT:
        assert "NTP" in finding.remedy.en


@pytest.mark.parametrize("date", ["", "yesterday"])
async def test_a_platform_without_a_date_says_nothing_of_the_clock(nursery: trio.Nursery, date: str) -> None:
    async with staged() as stage:
        results = await examined(patient_of(stage, api_url=await serve_date(nursery, date)))
    assert results["clock"].finding.verdict is Verdict.SKIPPED


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


# --- settings


async def test_a_file_that_is_no_certificate(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    async with staged() as stage:
        results = await examined(patient_of(stage, tls=TlsConfig(ca_file=tmp_path / "ca.pem")))
    assert "environment" in verdicts(results, Verdict.WRONG) or "configuration" in verdicts(results, Verdict.WRONG)


async def test_certificates_that_are_not_checked_are_a_warning() -> None:
    async with staged() as stage:
        results = await examined(patient_of(stage, tls=TlsConfig(verify=False)))
    finding = results["environment"].finding
    assert finding.verdict is Verdict.DOUBTFUL
    assert "tls.verify" in finding.remedy.zh


async def test_hosts_behind_a_proxy_are_the_proxys_to_reach() -> None:
    async with staged() as stage:
        results = await examined(patient_of(stage, proxy=f"http://{closed_port()}"))
    assert results["dns"].finding.found.en == "all hosts are reached through a proxy"
    assert "a proxy for 127.0.0.1:" in results["environment"].finding.found.en
    assert verdicts(results, Verdict.WRONG) == ["clock", "token"]


async def test_intents_that_need_a_look_are_a_warning_and_impossible_ones_wrong() -> None:
    async with staged() as stage:
        some = await examined(patient_of(stage, Intents.GUILD_MESSAGES))
        declared = await examined(patient_of(stage, Intents.GUILD_MESSAGES, private=False))
    finding = some["intents"].finding
    assert finding.verdict is Verdict.DOUBTFUL
    assert "GUILD_MESSAGES is for private bots only" in finding.found.en
    assert finding.found.zh.startswith("GUILD_MESSAGES (第 9 位, 仅限私域机器人); 请检查: ")
    assert "intents" in verdicts(declared, Verdict.WRONG)
