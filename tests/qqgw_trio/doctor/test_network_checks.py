"""Layers of the network that time out; what else can be wrong with them is in `test_checks`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
import trio
from trio.testing import MockClock

from qqgw_trio import Bot, Credentials, GatewayConfig
from qqgw_trio.doctor.findings import Finding, Verdict
from qqgw_trio.doctor.network_checks import dns, gateway_network, tcp, tls
from qqgw_trio.doctor.patient import Patient

SETTINGS = GatewayConfig(
    api_url="https://api.test", token_url="https://api.test/token", gateway_url="wss://api.test/", proxy="direct"
)


async def never(*_: object, **__: object) -> object:
    await trio.sleep_forever()


@pytest.mark.parametrize("check", [dns, tcp, tls, gateway_network])
async def test_what_does_not_answer_is_not_waited_for_longer_than_ten_seconds(
    check: Callable[[Patient], Awaitable[Finding]], monkeypatch: pytest.MonkeyPatch, autojump_clock: MockClock
) -> None:
    monkeypatch.setattr(trio.socket, "getaddrinfo", never)
    monkeypatch.setattr(trio, "open_tcp_stream", never)
    finding = await check(Patient(Bot(Credentials("1", "secret"), settings=SETTINGS)))
    assert finding.verdict is Verdict.WRONG
    assert finding.remedy.zh
    assert trio.current_time() == 10.0
