"""The table of what the doctor looks at, and the walk through it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Final

import attrs
import trio

from qqgw_proto.errors import GatewayError
from qqgw_trio.doctor.findings import Finding, Said, Verdict, of_error, skipped
from qqgw_trio.doctor.local_checks import configuration, environment, intents
from qqgw_trio.doctor.network_checks import clock, dns, gateway_network, tcp, tls
from qqgw_trio.doctor.patient import Patient
from qqgw_trio.doctor.platform_checks import allow_list, gateway_url, starts, token
from qqgw_trio.doctor.proxy_checks import proxy
from qqgw_trio.doctor.round_trip import round_trip

__all__ = ["CHECKS", "Check", "Result", "examine"]


@attrs.frozen
class Check:
    """One row.

    Attributes:
        name: In JSON, and in `needs`.
        title: What is looked at.
        look: Looks.
        needs: Checks that must not have found anything wrong.
    """

    name: str
    title: Said
    look: Callable[[Patient], Awaitable[Finding]] = attrs.field(repr=False)
    needs: tuple[str, ...] = ()


@attrs.frozen
class Result:
    """A finding and where it belongs.

    Attributes:
        check: What was looked at.
        finding: What was found.
        seconds: How long it took.
    """

    check: Check
    finding: Finding
    seconds: float


CHECKS: Final = (
    Check("configuration", Said("configuration", "配置"), configuration),
    Check("environment", Said("environment", "运行环境"), environment, ("configuration",)),
    Check("intents", Said("intents", "intents"), intents),
    Check("dns", Said("DNS", "域名解析"), dns, ("environment",)),
    Check("tcp", Said("TCP", "TCP 连接"), tcp, ("dns",)),
    Check("tls", Said("TLS", "TLS 证书"), tls, ("tcp",)),
    Check("proxy", Said("proxy", "代理"), proxy, ("environment",)),
    Check("clock", Said("clock", "时钟"), clock, ("tls", "proxy")),
    Check("token", Said("access token", "访问令牌"), token, ("tls", "proxy")),
    Check("allow_list", Said("REST and IP allow-list", "API 与 IP 白名单"), allow_list, ("token",)),
    Check("gateway_url", Said("gateway URL", "网关地址"), gateway_url, ("token",)),
    Check("gateway_network", Said("way to the gateway", "网关连通性"), gateway_network, ("gateway_url",)),
    Check("starts", Said("session starts left", "剩余会话启动次数"), starts, ("gateway_url",)),
    Check(
        "round_trip",
        Said("connect, identify, ready, resume", "连接、鉴权、就绪、恢复"),
        round_trip,
        ("gateway_network", "starts"),
    ),
)
"""In their order; what a check needs stands above it."""


_TITLES: Final = {check.name: check.title for check in CHECKS}


async def examine(patient: Patient) -> AsyncGenerator[Result]:
    """Looks at everything, one after the other; a check whose needs have failed is skipped, and what needs it too."""
    failed: set[str] = set()
    for check in CHECKS:
        began = trio.current_time()
        missing = [need for need in check.needs if need in failed]
        if missing:
            need = _TITLES[missing[0]]
            finding = skipped(f"needs {need.en}", f'需要先通过"{need.zh}"')
        else:
            try:
                finding = await check.look(patient)
            except GatewayError as error:
                finding = of_error(error)
        if missing or finding.verdict is Verdict.WRONG:
            failed.add(check.name)
        yield Result(check, finding, round(trio.current_time() - began, 3))
