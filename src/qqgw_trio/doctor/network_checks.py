"""Names, TCP, TLS and the clock: whether the platform is reached, layer by layer, so that the broken one is named.

A host that is reached through a proxy is the proxy's to reach (`proxy_checks`): what is dialed straight is looked at
here.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from email.utils import parsedate_to_datetime
from typing import Final, TypeAlias

import trio

from qqgw_proto.errors import ConnectionFailed
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.connection.transport import GatewayWithoutTls, dial
from qqgw_trio.doctor.chinese import chinese_of
from qqgw_trio.doctor.findings import Finding, Said, doubtful, right, skipped, wrong
from qqgw_trio.doctor.patient import Host, Patient
from qqgw_trio.doctor.proxy_checks import through_proxy, without_tls

__all__ = ["clock", "dns", "gateway_network", "tcp", "tls"]

Layer: TypeAlias = Callable[[Host], Awaitable[Finding]]

SECONDS: Final = 10.0
"""For one host."""

LITTLE_SKEW: Final = 30.0
GREAT_SKEW: Final = 300.0
"""Seconds that a clock may be wrong; certificates are judged by it."""

_UNKNOWN: Final = Said(
    "check the host name, the DNS server of this machine and its network; in a container its resolv.conf",
    "请检查主机名、本机的 DNS 服务器和网络; 在容器中请检查 resolv.conf",
)
_UNREACHED: Final = Said(
    "check firewall, network and port; if the network wants a proxy, set HTTPS_PROXY or the setting proxy",
    "请检查防火墙、网络和端口; 若网络需要代理, 请设置 HTTPS_PROXY 或 proxy",
)
_CLOCK: Final = Said(
    "set this machine's clock right, best by NTP: certificates are judged by it",
    "请校准本机时钟 (最好使用 NTP): 证书是否有效由它判断",
)


async def dns(patient: Patient) -> Finding:
    """Whether each host's name has an address."""
    return await _each(patient.straight_hosts(), _look_up)


async def tcp(patient: Patient) -> Finding:
    """Whether each host takes a connection."""
    return await _each(patient.straight_hosts(), _connect)


async def tls(patient: Patient) -> Finding:
    """Whether each host that must speak TLS has a certificate that is trusted here."""
    hosts = [host for host in patient.straight_hosts() if host.tls]
    if not hosts:
        return skipped("no host is spoken to by TLS", "没有使用 TLS 的主机")
    return await _each(hosts, _secure(patient))


async def gateway_network(patient: Patient) -> Finding:
    """Whether the gateway, at the URL that the platform has named, is reached: layer by layer."""
    host = patient.known_host()
    by = patient.proxy_for(host)
    if by is not None:
        return await through_proxy(patient, host, by)
    layers: list[Layer] = [_look_up, _connect, _secure(patient)]
    for layer in layers if host.tls else layers[:2]:
        found = await layer(host)
        if found.remedy.en:
            return found
    return right(f"{host} is reached", f"可以访问 {host}")


async def clock(patient: Patient) -> Finding:
    """Whether this machine's clock tells the platform's time (the `Date` of an answer)."""
    client = await patient.client()
    answer = await client.exchange("GET", patient.bot.api_url)
    try:
        theirs = parsedate_to_datetime(answer.headers.get("date", "")).timestamp()
    except ValueError:
        return skipped("the platform's answer bears no date", "平台的应答没有日期")
    skew = patient.wall() - theirs
    en = f"this clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} the platform's"
    zh = f"本机时钟比平台{'快' if skew > 0 else '慢'} {abs(skew):.0f} 秒"
    if abs(skew) >= GREAT_SKEW:
        return wrong(en, zh, _CLOCK)
    return doubtful(en, zh, _CLOCK) if abs(skew) >= LITTLE_SKEW else right(en, zh)


async def _each(hosts: list[Host], layer: Layer) -> Finding:
    """Checks all hosts; the first finding that is not right is the result."""
    if not hosts:
        return skipped("all hosts are reached through a proxy", "所有主机都经代理访问")
    found = [await layer(host) for host in hosts]
    bad = next((one for one in found if one.remedy.en), None)
    if bad is not None:
        return bad
    return right("; ".join(one.found.en for one in found), "; ".join(one.found.zh for one in found))


async def _look_up(host: Host) -> Finding:
    try:
        with trio.fail_after(SECONDS):
            found = await trio.socket.getaddrinfo(host.name, host.port, type=socket.SOCK_STREAM)
    except (OSError, trio.TooSlowError) as error:
        why = _words(error)
        return wrong(f"{host.name} has no address: {why}", f"无法解析 {host.name}: {chinese_of(why)}", _UNKNOWN)
    addresses = ", ".join(sorted({str(entry[4][0]) for entry in found}))
    return right(f"{host.name} is {addresses}", f"{host.name} 的地址是 {addresses}")


async def _connect(host: Host) -> Finding:
    began = trio.current_time()
    try:
        with trio.fail_after(SECONDS):
            transport = await dial(GatewayUrl(host.name, host.port, tls=False, authority="", target=""))
    except (ConnectionFailed, trio.TooSlowError) as error:
        why = error.message if isinstance(error, ConnectionFailed) else f"cannot reach {host}: {_words(error)}"
        return wrong(why, chinese_of(why), _UNREACHED)
    await transport.abandon()
    milliseconds = (trio.current_time() - began) * 1000
    return right(f"{host} answers in {milliseconds:.0f} ms", f"{host} 在 {milliseconds:.0f} 毫秒内应答")


def _secure(patient: Patient) -> Layer:
    async def secure(host: Host) -> Finding:
        url = GatewayUrl(host.name, host.port, tls=True, authority="", target="")
        try:
            with trio.fail_after(SECONDS):
                transport = await dial(url, patient.network.context)
        except trio.TooSlowError:
            return wrong(f"{host} does not speak TLS in time", f"{host} 的 TLS 握手超时", _UNREACHED)
        except GatewayWithoutTls as error:
            return without_tls(patient, host, error)
        await transport.abandon()
        return right(f"the certificate of {host} is trusted", f"{host} 的证书可信")

    return secure


def _words(error: BaseException) -> str:
    if isinstance(error, trio.TooSlowError):
        return f"no answer within {SECONDS:g} s"
    return (isinstance(error, OSError) and error.strerror) or str(error)
