"""A proxy that is not there, that refuses, that lets through: it is named with its place, and never its password."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import trio
from trio.testing import MockClock

from qqgw_trio import Bot, Credentials, GatewayConfig
from qqgw_trio.doctor.findings import Finding, Said, Verdict
from qqgw_trio.doctor.network_checks import gateway_network
from qqgw_trio.doctor.patient import Patient
from qqgw_trio.doctor.proxy_checks import proxy
from qqgw_trio.simulator.settings import SimulatorConfig
from support.examined import examined, patient_of, verdicts
from support.http_proxy import HttpProxy
from support.staging import staged
from support.tls_pair import tls_pair

Look = Callable[[Patient], Awaitable[Finding]]

SECURE = GatewayConfig(
    api_url="https://api.test", token_url="https://api.test/token", gateway_url="wss://api.test/", proxy="direct"
)
PLAIN = SECURE.replace(api_url="http://api.test", token_url="http://api.test/token", gateway_url=None)


def behind(setting: str | None, settings: GatewayConfig = SECURE) -> Patient:
    return Patient(Bot(Credentials("1", "secret"), settings=settings.replace(proxy=setting)))


def refusing(status: int) -> HttpProxy:
    return HttpProxy(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())


def with_password(url: str) -> str:
    return url.replace("://", "://me:hidden@")


async def found_by(look: Look, patient: Patient) -> Finding:
    async with patient:
        return await look(patient)


# --- tunnels


@pytest.mark.parametrize("look", [proxy, gateway_network])
async def test_a_proxy_that_wants_a_password_is_named_with_its_place(look: Look) -> None:
    async with refusing(407).listening() as there:
        finding = await found_by(look, behind(there.url))
    name = there.url.removeprefix("http://")
    assert finding.verdict is Verdict.WRONG
    assert finding.found == Said(
        f"the proxy {name} answered CONNECT api.test:443 with HTTP 407 (set by the setting proxy)",
        f"代理 {name} 对 CONNECT api.test:443 的应答是 HTTP 407 (由 设置项 proxy 指定)",
    )
    assert finding.remedy == Said(
        f"the proxy wants a user and password: write http://USER:PASSWORD@{name} in the setting proxy",
        f"请把 设置项 proxy 写成 http://USER:PASSWORD@{name}",
    )


async def test_a_wrong_password_is_told_and_not_shown() -> None:
    async with refusing(407).listening() as there:
        finding = await found_by(proxy, behind(with_password(there.url)))
    assert finding.remedy.en == "correct the user and password in the setting proxy"
    assert finding.remedy.zh == "请改正 设置项 proxy 中的用户名和密码"
    assert "hidden" not in str(finding)


async def test_a_proxy_that_forbids_the_host_is_named_with_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    async with refusing(403).listening() as there:
        monkeypatch.setenv("HTTPS_PROXY", with_password(there.url))
        results = await examined(behind(None))
    assert verdicts(results, Verdict.WRONG) == ["proxy"]
    finding = results["proxy"].finding
    assert finding.found.en.endswith("answered CONNECT api.test:443 with HTTP 403 (set by HTTPS_PROXY)")
    assert finding.remedy.en == "have the proxy's owner allow api.test:443, or name another proxy in HTTPS_PROXY"
    assert finding.remedy.zh == "请让代理的管理员放行 api.test:443, 或在 HTTPS_PROXY 中改用别的代理"
    assert "hidden" not in str(list(results.values()))


async def test_what_does_not_answer_as_a_proxy_is_told() -> None:
    async with HttpProxy(b"220 mail.test\r\n\r\n").listening() as there:
        finding = await found_by(proxy, behind(there.url))
    assert "answered CONNECT api.test:443 with no HTTP answer" in finding.found.en
    assert finding.remedy.en.startswith("check that the proxy in the setting proxy is an HTTP proxy that reaches")


async def test_a_proxy_that_is_not_there_is_named() -> None:
    async with HttpProxy().listening() as gone:
        pass
    finding = await found_by(proxy, behind(with_password(gone.url)))
    name = gone.url.removeprefix("http://")
    assert finding.found == Said(
        f"the proxy {name} (set by the setting proxy) cannot be used: cannot reach {name}: Connection refused",
        f"无法使用代理 {name} (由 设置项 proxy 指定): 无法连接 {name}: 连接被拒绝",
    )
    assert finding.remedy.en.startswith(f"check that an HTTP proxy runs at {name}, or correct the setting proxy")
    assert "hidden" not in str(finding)


async def test_a_proxy_that_does_not_answer_is_not_waited_for_longer_than_ten_seconds(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: MockClock
) -> None:
    async def never(*_: object, **__: object) -> object:
        await trio.sleep_forever()

    monkeypatch.setattr(trio, "open_tcp_stream", never)
    finding = await found_by(proxy, behind("http://proxy.test:3128"))
    assert finding.verdict is Verdict.WRONG
    assert finding.found.en == (
        "the proxy proxy.test:3128 (set by the setting proxy) does not answer within 10 s on the way to api.test:443"
    )
    assert trio.current_time() == 10.0


# --- plain requests


@pytest.mark.parametrize(
    ("status", "verdict", "words"),
    [
        (407, Verdict.WRONG, "answers requests to api.test:80 with HTTP 407"),
        (403, Verdict.DOUBTFUL, "(set by the setting proxy), or api.test:80 behind it, answers with HTTP 403"),
        (502, Verdict.DOUBTFUL, "(set by the setting proxy), or api.test:80 behind it, answers with HTTP 502"),
        (404, Verdict.RIGHT, "api.test:80 is reached through the proxy 127.0.0.1:"),
    ],
)
async def test_a_plain_request_is_handed_on_or_not(status: int, verdict: Verdict, words: str) -> None:
    async with refusing(status).listening() as there:
        finding = await found_by(proxy, behind(there.url, PLAIN))
    assert finding.verdict is verdict
    assert words in finding.found.en
    assert there.asked == ["GET http://api.test/"]


async def test_a_plain_request_that_gets_no_answer_is_told_with_the_proxy() -> None:
    async with HttpProxy(b"220 mail.test\r\n\r\n").listening() as there:
        finding = await found_by(proxy, behind(there.url, PLAIN))
    assert finding.verdict is Verdict.WRONG
    assert finding.found.en.startswith(f"through the proxy {there.url.removeprefix('http://')} (set by the setting pro")


# --- through


async def test_a_bot_that_can_run_through_a_proxy_is_told_so() -> None:
    async with HttpProxy().listening() as there, staged() as stage:
        results = await examined(patient_of(stage, proxy=there.url))
    assert verdicts(results, Verdict.WRONG) == []
    for name in ("proxy", "gateway_network"):
        assert results[name].finding.verdict is Verdict.RIGHT
        assert "is reached through the proxy" in results[name].finding.found.en
        assert "可以经 代理 127.0.0.1:" in results[name].finding.found.zh
    assert stage.simulator.ledger.granted_resumes == 1


async def test_a_certificate_behind_a_proxy_is_looked_at() -> None:
    server, _ = tls_pair()
    async with HttpProxy().listening() as there, staged(SimulatorConfig(events=0, ssl_context=server)) as stage:
        results = await examined(patient_of(stage, proxy=there.url))
    assert verdicts(results, Verdict.WRONG) == ["gateway_network"], results["token"].finding
    assert "its certificate is not trusted" in results["gateway_network"].finding.found.en
    assert "其证书不受信任" in results["gateway_network"].finding.found.zh


async def test_a_plain_port_behind_a_proxy_is_told_with_its_url() -> None:
    async with HttpProxy().listening() as there, staged() as stage:
        url = stage.simulator.rest_url.replace("http:", "https:")
        results = await examined(patient_of(stage, proxy=there.url, api_url=url))
    assert verdicts(results, Verdict.WRONG) == ["proxy"]
    assert results["proxy"].finding.remedy.en == "write http:// or check the port of the API URL"


async def test_a_proxy_whose_certificate_is_not_trusted() -> None:
    server, _ = tls_pair()
    async with staged(SimulatorConfig(events=0, ssl_context=server)) as stage:
        there = stage.simulator.gateway_url.removeprefix("wss://").partition("/")[0]
        finding = await found_by(proxy, behind(f"https://{there}"))
    assert "its certificate is not trusted" in finding.found.en
    assert "set tls.ca_file" in finding.remedy.en
