"""Which HTTP proxy a connection goes through, and the tunnel through it (CONNECT, RFC 9110 9.3.6).

A setting wins over the environment. There `HTTPS_PROXY` is for https and wss, `HTTP_PROXY` for http and ws, `ALL_PROXY`
for both, in either case of letters, and `NO_PROXY` names hosts that are reached without (`exemptions.py`); this
machine's own addresses are never looked for behind a proxy of the environment. REST, gateway and doctor all ask
`Proxies.choose`. User and password in a proxy's URL are sent to it and shown to nobody.
"""

from __future__ import annotations

import base64
import re
from typing import Final, Self
from urllib.parse import unquote, urlsplit

import attrs
import trio

from qqgw_proto.errors import ConfigurationError, ConnectionFailed
from qqgw_trio.connection.exemptions import is_exempt

__all__ = ["DIRECT", "Proxies", "Proxy", "ProxyRefused", "tunnel"]

DIRECT: Final = "direct"
"""The setting that means: no proxy, whatever the environment says."""

_MOST_ANSWER: Final = 64 * 1024
# An IPv6 address, as it stands in brackets, or a name; whose labels may be no longer than a resolver takes (RFC 1035).
_HOST: Final = re.compile(r"[0-9a-f:.]*:[0-9a-f:.]*|[\w-]{1,63}(\.[\w-]{1,63})*\.?", re.ASCII)
_LONGEST_NAME: Final = 253
_REMEDY: Final = "give a URL like http://proxy.example:3128 or http://user:password@proxy.example:3128"


class ProxyRefused(ConnectionFailed):
    """The proxy does not open the tunnel; its HTTP status is the code."""

    default_remedy = "check the proxy's URL with its user and password, and whether it lets this host through"


@attrs.frozen
class Proxy:
    """One HTTP proxy.

    Attributes:
        host: Its name or address.
        port: Its port.
        tls: Whether it is spoken to by TLS.
        credentials: The value of `Proxy-Authorization`; empty where it has no user.
        place: Where it was set, for people: a setting or a variable.
    """

    host: str
    port: int
    tls: bool = False
    credentials: str = attrs.field(default="", repr=False)
    place: str = attrs.field(default="", eq=False)

    @classmethod
    def of(cls, url: str, place: str) -> Self:
        """The proxy that a URL names.

        Args:
            url: With or without `http://`.
            place: Where it was set, for people.

        Raises:
            ConfigurationError: It is not the URL of a proxy; the error does not show it.
        """
        try:
            parts = urlsplit(url if "://" in url else f"http://{url}")
            port = parts.port
        except ValueError:  # whose text may hold the password
            raise ConfigurationError(f"the proxy that {place} names is no URL", remedy=_REMEDY) from None
        if parts.scheme not in ("http", "https"):
            what = f"the proxy that {place} names speaks {parts.scheme}: only HTTP proxies can be used"
            raise ConfigurationError(what, remedy=_REMEDY)
        host = parts.hostname or ""
        if not _is_host(host) or not url.isascii() or not url.isprintable() or " " in url or port == 0:
            raise ConfigurationError(f"the proxy that {place} names has no usable host and port", remedy=_REMEDY)
        user = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
        credentials = "" if user == ":" else f"Basic {base64.b64encode(user.encode()).decode()}"
        tls = parts.scheme == "https"
        return cls(host, port or (443 if tls else 80), tls, credentials, place)

    @property
    def authority(self) -> str:
        """Host and port, for people."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@attrs.frozen
class Proxies:
    """The proxies of a bot, and which host is reached through which.

    Attributes:
        set_one: The proxy from the settings, for every host.
        secure: For wss and https, from the environment.
        plain: For ws and http.
        exempt: Hosts that the environment exempts, as `NO_PROXY` has them.
    """

    set_one: Proxy | None = None
    secure: Proxy | None = None
    plain: Proxy | None = None
    exempt: tuple[str, ...] = ()

    @classmethod
    def of(cls, setting: str | None) -> Self:
        """Takes them from the setting, or else from the environment.

        Raises:
            ConfigurationError: A proxy's URL cannot be used.
        """
        if setting == DIRECT:
            return cls()
        if setting is not None:
            return cls(Proxy.of(setting, "the setting proxy"))
        from urllib.request import getproxies_environment  # noqa: PLC0415 - brings an HTTP client that is not needed

        found = getproxies_environment()

        def of_scheme(scheme: str) -> Proxy | None:
            name = scheme if scheme in found else "all"
            return Proxy.of(found[name], f"{name.upper()}_PROXY") if name in found else None

        return cls(None, of_scheme("https"), of_scheme("http"), tuple(found.get("no", "").split(",")))

    def choose(self, host: str, port: int, *, tls: bool) -> Proxy | None:
        """The proxy that a host is reached through; None = none."""
        if self.set_one is not None:
            return self.set_one
        chosen = self.secure if tls else self.plain
        return None if chosen is None or is_exempt(self.exempt, host, port) else chosen


def _is_host(name: str) -> bool:
    """Whether a name can be dialed: Python's resolver raises no OSError for an empty or too long label."""
    return _HOST.fullmatch(name) is not None and len(name) <= _LONGEST_NAME


async def tunnel(stream: trio.abc.Stream, proxy: Proxy, host: str, port: int) -> None:
    """Lets the proxy connect the stream to a host.

    Args:
        stream: Connected to the proxy.
        proxy: Which one it is.
        host: Where to.
        port: Its port.

    Raises:
        ProxyRefused: The proxy refuses.
        trio.BrokenResourceError: The connection to it broke.
    """
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}", "User-Agent: qqgw"]
    if proxy.credentials:
        lines.append(f"Proxy-Authorization: {proxy.credentials}")
    await stream.send_all("\r\n".join([*lines, "", ""]).encode())
    answer = bytearray()
    while b"\r\n\r\n" not in answer:
        data = await stream.receive_some(_MOST_ANSWER)
        answer += data
        if not data or len(answer) > _MOST_ANSWER:
            raise ProxyRefused(f"the proxy {proxy.authority} gave no HTTP answer to CONNECT")
    head, _, rest = bytes(answer).partition(b"\r\n\r\n")
    status = _status_of(head)
    if status is None or not 200 <= status < 300:
        words = "no HTTP answer" if status is None else f"HTTP {status}"
        raise ProxyRefused(f"the proxy {proxy.authority} answered CONNECT {authority} with {words}", code=status)
    if rest:  # In a tunnel the client speaks first, by TLS and by WebSocket alike.
        raise ProxyRefused(f"the proxy {proxy.authority} sent bytes of its own into the tunnel")


def _status_of(head: bytes) -> int | None:
    version, _, rest = head.partition(b"\r\n")[0].partition(b" ")
    code = rest[:3]
    return int(code) if version.startswith(b"HTTP/1.") and len(code) == 3 and code.isdigit() else None
