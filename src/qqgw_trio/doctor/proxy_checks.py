"""The proxy: whether it is there, and whether it lets the bot through to each host that is behind it.

The gateway and every https host are reached by CONNECT, a plain http host by a request in absolute form (RFC 9112
3.2.2). The proxy is named with the place where it is set, never with its user and password.
"""

from __future__ import annotations

from typing import Final

import attrs
import trio

from qqgw_proto.errors import ConnectionFailed
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.connection.proxies import Proxy, ProxyRefused
from qqgw_trio.connection.transport import GatewayCertificateRefused, GatewayWithoutTls, dial
from qqgw_trio.doctor.chinese import chinese_of
from qqgw_trio.doctor.findings import Finding, Said, doubtful, of_error, right, skipped, wrong
from qqgw_trio.doctor.patient import Host, Patient
from qqgw_trio.rest.http import RequestFailed

__all__ = ["proxy", "through_proxy", "without_tls"]

SECONDS: Final = 10.0
"""For each step towards one host."""

_LOGIN: Final = 407
_FORBIDDEN: Final = 403
_ITS_OWN: Final = (_FORBIDDEN, 502, 503, 504)
"""What a proxy answers a plain request with when it does not hand it on; the host may answer so too."""


async def proxy(patient: Patient) -> Finding:
    """Whether each proxy is there, and lets the bot through."""
    found = [await through_proxy(patient, host, by) for host in patient.hosts() if (by := patient.proxy_for(host))]
    if not found:
        return skipped("no host is reached through a proxy", "没有经代理访问的主机")
    bad = next((one for one in found if one.remedy.en), None)
    if bad is not None:
        return bad
    return right("; ".join(one.found.en for one in found), "; ".join(one.found.zh for one in found))


async def through_proxy(patient: Patient, host: Host, by: Proxy) -> Finding:
    """One host, through the proxy that is chosen for it.

    Raises:
        ConnectionFailed: The proxy lets the bot through, but what is behind it cannot be spoken to.
    """
    way = _Way(patient, host, by)
    try:
        with trio.fail_after(SECONDS):
            found = await way.look_at_proxy()
        with trio.fail_after(SECONDS):
            found = found or await (way.tunnel() if way.is_tunnel else way.request())
    except trio.TooSlowError:
        said = f"{way.name.en} does not answer within {SECONDS:g} s on the way to {host}"
        return wrong(said, f"{way.name.zh} 在 {SECONDS:g} 秒内没有应答 (访问 {host})", way.is_it_there())
    return found or right(f"{host} is reached through {way.name.en}", f"可以经 {way.name.zh} 访问 {host}")


def without_tls(patient: Patient, host: Host, error: GatewayWithoutTls) -> Finding:
    """A plain port where the URL promises TLS: the URL is named, for it is what a person can mend."""
    urls = patient.urls_of(host)
    starts = list(dict.fromkeys(start for _, _, start in urls))
    en, zh = " and ".join(en for en, _, _ in urls), " 和 ".join(zh for _, zh, _ in urls)
    remedy = Said(
        f"write {' or '.join(starts)} or check the port of {en}",
        f"请把 {zh} 改为以 {' 或 '.join(starts)} 开头, 或检查其端口",
    )
    return wrong(error.message, chinese_of(error.message), remedy)


@attrs.frozen
class _Way:
    """One host behind one proxy; each step returns None where all is well."""

    patient: Patient
    host: Host
    proxy: Proxy

    @property
    def name(self) -> Said:
        """The proxy and where it is set."""
        authority, place = self.proxy.authority, self.proxy.place
        return Said(f"the proxy {authority} (set by {place})", f"代理 {authority} (由 {chinese_of(place)} 指定)")

    @property
    def is_tunnel(self) -> bool:
        """Whether the host is reached by CONNECT."""
        return self.host.tls or self.host == self.patient.gateway_host

    async def look_at_proxy(self) -> Finding | None:
        """Whether there is one."""
        try:
            # Straight: this is the way to the proxy itself.
            transport = await dial(_url(self.proxy.host, self.proxy.port, self.proxy.tls), self.patient.network.context)
        except ConnectionFailed as error:
            why, name = error.message, self.name
            said = Said(f"{name.en} cannot be used: {why}", f"无法使用{name.zh}: {chinese_of(why)}")
            refused = isinstance(error, GatewayCertificateRefused)
            return wrong(said.en, said.zh, of_error(error).remedy if refused else self.is_it_there())
        await transport.abandon()
        return None

    async def tunnel(self) -> Finding | None:
        """Whether it opens a tunnel, and who is at its other end."""
        url = _url(self.host.name, self.host.port, self.host.tls)
        try:
            transport = await dial(url, self.patient.network.context, self.proxy)
        except ProxyRefused as error:
            said = Said(f"{error.message} (set by {self.proxy.place})", self._refused_in_chinese(error))
            return wrong(said.en, said.zh, self._remedy(error.code))
        except GatewayWithoutTls as error:
            return without_tls(self.patient, self.host, error)
        await transport.abandon()
        return None

    async def request(self) -> Finding | None:
        """Whether it hands a request on."""
        client, name = await self.patient.client(), self.name
        try:
            status = (await client.exchange("GET", f"http://{self.host}/", seconds=SECONDS)).status
        except RequestFailed as error:
            why = f"cannot reach {error.host}: {error.cause}"  # the proxy is named with its place
            said = Said(f"through {name.en}: {why}", f"经 {name.zh}: {chinese_of(why)}")
            return wrong(said.en, said.zh, self._remedy(None))
        if status == _LOGIN:
            en, zh = f"{name.en} answers requests to {self.host} with HTTP 407", f"对 {self.host} 的请求应答 HTTP 407"
            return wrong(en, f"{name.zh} {zh}", self._remedy(status))
        if status not in _ITS_OWN:
            return None
        return doubtful(
            f"{name.en}, or {self.host} behind it, answers with HTTP {status}",
            f"{name.zh} 或其后的 {self.host} 应答 HTTP {status}",
            self._remedy(status),
        )

    def is_it_there(self) -> Said:
        """What to do where no proxy answers at the address."""
        place, authority = self.proxy.place, self.proxy.authority
        return Said(
            f'check that an HTTP proxy runs at {authority}, or correct {place}; with proxy = "direct" there is none',
            f'请确认 {authority} 上有 HTTP 代理在运行, 或改正{chinese_of(place)}; 设置 proxy = "direct" 则不使用代理',
        )

    def _refused_in_chinese(self, error: ProxyRefused) -> str:
        return f"{chinese_of(error.message)} (由 {chinese_of(self.proxy.place)} 指定)"

    def _remedy(self, status: int | None) -> Said:
        place, place_zh = self.proxy.place, chinese_of(self.proxy.place)
        if status == _LOGIN and self.proxy.credentials:
            return Said(f"correct the user and password in {place}", f"请改正 {place_zh} 中的用户名和密码")
        if status == _LOGIN:
            form = f"http://USER:PASSWORD@{self.proxy.authority}"
            return Said(f"the proxy wants a user and password: write {form} in {place}", f"请把 {place_zh} 写成 {form}")
        if status == _FORBIDDEN:
            return Said(
                f"have the proxy's owner allow {self.host}, or name another proxy in {place}",
                f"请让代理的管理员放行 {self.host}, 或在 {place_zh} 中改用别的代理",
            )
        return Said(
            f"check that the proxy in {place} is an HTTP proxy that reaches {self.host}, or name another",
            f"请确认 {place_zh} 中的是能访问 {self.host} 的 HTTP 代理, 或改用别的代理",
        )


def _url(name: str, port: int, tls: bool) -> GatewayUrl:
    return GatewayUrl(name, port, tls=tls, authority="", target="")
