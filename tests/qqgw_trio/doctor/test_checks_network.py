"""The whole examination of a machine that cannot reach the platform, or whose clock is wrong."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import trio

from qqgw_trio import Bot, Credentials, GatewayConfig
from qqgw_trio.doctor.findings import Said, Verdict
from qqgw_trio.doctor.patient import Patient
from qqgw_trio.running.serving import bind, serve_tcp
from qqgw_trio.simulator.settings import SimulatorConfig
from support.examined import examined, patient_of, verdicts
from support.staging import staged
from support.tls_pair import tls_pair


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


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
    assert "set tls.ca_file" in finding.remedy.en
    assert "tls.ca_file" in finding.remedy.zh


async def test_a_certificate_for_another_host_is_told_from_one_that_is_not_trusted() -> None:
    server, client = tls_pair()
    async with staged(SimulatorConfig(events=0, ssl_context=server)) as stage:
        url = stage.simulator.gateway_url.replace("127.0.0.1", "localhost")
        results = await examined(patient_of(stage, tls=client, gateway_url=url))
    assert verdicts(results, Verdict.WRONG) == ["tls"]
    finding = results["tls"].finding
    assert "certificate is not valid for 'localhost'" in finding.found.en
    assert finding.remedy.en.startswith("the URL must name the host of the certificate")
    assert "主机名" in finding.remedy.zh


async def test_a_host_that_does_not_speak_tls() -> None:
    async with staged() as stage:
        results = await examined(patient_of(stage, token_url=stage.simulator.token_url.replace("http:", "https:")))
    assert verdicts(results, Verdict.WRONG) == ["tls"]
    finding = results["tls"].finding
    assert "there is no TLS at this port" in finding.found.en
    assert "此端口" in finding.found.zh or "TLS" in finding.found.zh
    assert finding.remedy == Said(
        "write http:// or check the port of the token URL", "请把 令牌地址 改为以 http:// 开头, 或检查其端口"
    )


async def test_a_plain_port_is_told_with_the_url_that_leads_there() -> None:
    async with staged() as stage:
        secure = stage.simulator.rest_url.replace("http:", "https:")
        rest = await examined(patient_of(stage, api_url=secure))
        gateway = await examined(patient_of(stage, gateway_url=stage.simulator.gateway_url.replace("ws:", "wss:")))
    assert rest["tls"].finding.remedy.en == "write http:// or check the port of the API URL"
    assert gateway["tls"].finding.remedy.en == "write ws:// or check the port of the gateway URL"


async def serve_date(nursery: trio.Nursery, when: str) -> str:
    """A port where every request is answered with this date."""

    async def answer(stream: trio.abc.Stream) -> None:
        await stream.receive_some()
        date = f"Date: {when}\r\n" if when else ""
        await stream.send_all(f"HTTP/1.1 404 Not Found\r\n{date}Content-Length: 0\r\n\r\n".encode())
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


async def test_hosts_behind_a_proxy_are_the_proxys_to_reach() -> None:
    async with staged() as stage:
        results = await examined(patient_of(stage, proxy=f"http://{closed_port()}"))
    assert results["dns"].finding.found.en == "all hosts are reached through a proxy"
    assert "a proxy for 127.0.0.1:" in results["environment"].finding.found.en
    assert verdicts(results, Verdict.WRONG) == ["proxy"]
    assert results["token"].finding.found.en == "needs proxy"
