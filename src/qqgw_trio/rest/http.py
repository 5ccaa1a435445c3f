"""One HTTP exchange at a time, in bounded time and memory: request out, `Answer` back, or one clear error.

`HttpClient` is the only place that knows the HTTP library. It repeats nothing, follows no redirect (a token must not
travel to another host) and judges no status: that is `api_session.py`'s and `token.py`'s business. What went wrong
below HTTP becomes `RequestFailed`, which says whether the request can have reached the server; those of its kinds that
are `NoWay` are for a person to mend. The proxy is chosen as the gateway's is (`Proxies.choose`). An error names the one
that the request went through, without user and password.
"""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Final, Self, cast
from urllib.parse import urlsplit

import msgspec
import trio

from qqgw_proto.errors import ConfigurationError, ConnectionFailed, MisuseError

if TYPE_CHECKING:
    import httpx2

from qqgw_proto.wire.veiled import Veiled
from qqgw_trio.connection.proxies import Proxies, ProxyRefused

__all__ = [
    "LATER_STATUSES",
    "MAX_BODY",
    "Answer",
    "CertificateRefused",
    "HttpClient",
    "NoTls",
    "NoWay",
    "ProxyDenied",
    "RequestFailed",
    "is_denial",
    "is_no_tls",
]

MAX_BODY = 4 * 1024 * 1024
"""Bytes of a body that are kept; what is beyond them is not read."""

_CONNECT_SECONDS = 5.0
LATER_STATUSES: Final = frozenset({408, 425, 429})
"""HTTP statuses below 500 that say "later", not "no"."""
_SERVER_TROUBLE: Final = 500


class Answer(Veiled, frozen=True):
    """What a server answered, be it success or refusal.

    Attributes:
        status: HTTP status.
        headers: Names in lower case.
        body: At most `MAX_BODY` bytes; may hold an access token, so never shown.
        complete: False when the body was longer than that.
    """

    status: int
    headers: Mapping[str, str] = msgspec.field(default_factory=dict[str, str])
    body: bytes = b""
    complete: bool = True
    veiled: ClassVar[frozenset[str]] = frozenset(("headers", "body"))


class RequestFailed(ConnectionFailed):
    """No answer: DNS, TCP, TLS, a broken connection, or the time was up.

    Args:
        host: Whom the request was for.
        cause: Why there is no answer, in words.
        sent: Whether the request can have reached the server; if not, any request may be repeated.
        remedy: What to do, where more is known than the default.
        proxy: Host and port of the proxy that it went through; "" = none.
        code: HTTP status with which the proxy refused the tunnel, where it did.
    """

    default_remedy = "check the network, the proxy and the URL"

    def __init__(
        self, host: str, cause: str, *, sent: bool, remedy: str = "", proxy: str = "", code: int | None = None
    ) -> None:
        through = f" through the proxy {proxy}" if proxy else ""
        super().__init__(f"cannot reach {host}{through}: {cause}", remedy=remedy, code=code)
        self.host = host
        self.proxy = proxy
        self.cause = cause
        self.sent = sent


class NoWay(RequestFailed):
    """A refusal, no passing trouble: the same request fails until a person has mended something."""


class CertificateRefused(NoWay):
    """The server's certificate is not trusted here."""

    default_remedy = "check this machine's clock, or trust the server's CA: give an ssl context that knows it"


class NoTls(NoWay):
    """What listens there does not speak TLS: a wrong URL."""

    default_remedy = "check the port, or write http:// instead of https://"


class ProxyDenied(NoWay):
    """The proxy does not let this machine through to the host, such as with HTTP 407."""

    default_remedy = ProxyRefused.default_remedy


class HttpClient:
    """A pool of connections, used by the token source and by REST together.

    Args:
        seconds: The most that one exchange may take, from dialling to the last byte.
        verify: An ssl context, for a custom CA; True = the system's certificates.
        transport: An HTTP transport in place of the network.
        proxies: Which request goes through which proxy; None = as the environment says.

    Raises:
        ConfigurationError: A proxy of the environment cannot be used.
    """

    def __init__(
        self,
        *,
        seconds: float = 10.0,
        verify: ssl.SSLContext | bool = True,
        transport: httpx2.AsyncBaseTransport | None = None,
        proxies: Proxies | None = None,
    ) -> None:
        import httpx2  # noqa: PLC0415 - half of the package's import time, and not everyone uses REST

        from qqgw_trio.rest.proxied_transport import ProxiedTransport  # noqa: PLC0415 - imports that too

        self._seconds = seconds
        self._proxies = Proxies()
        if transport is None:
            self._proxies = Proxies.of(None) if proxies is None else proxies
            transport = ProxiedTransport(self._proxies, verify)
        self._client = httpx2.AsyncClient(
            transport=transport,
            trust_env=False,  # its own choice of a proxy is another than the gateway's
            timeout=httpx2.Timeout(None, connect=min(_CONNECT_SECONDS, seconds)),
            # Plain bodies only: a compressed one could swell past every limit while it is unpacked.
            headers={"accept-encoding": "identity", "user-agent": "qqgw"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections; a second time does nothing."""
        await self._client.aclose()

    async def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: bytes | None = None,
        seconds: float | None = None,
    ) -> Answer:
        """Make one request and read its answer.

        Args:
            method: GET, POST, …
            url: The whole URL.
            headers: Beyond those of every request.
            json: The body, JSON already encoded.
            seconds: Instead of the client's limit.

        Raises:
            RequestFailed: There is no answer.
            CertificateRefused: The server's certificate is not trusted.
            NoTls: There is no TLS at this port.
            ProxyDenied: The proxy refuses to connect to this host.
            ConfigurationError: The URL cannot be used.
            MisuseError: The client was closed.
        """
        import httpx2  # noqa: PLC0415 - loaded already, by __init__

        if self._client.is_closed:
            raise MisuseError("a request was made after the HTTP client was closed", remedy="make it before")
        limit = self._seconds if seconds is None else seconds
        target = _parsed(url)
        try:
            with trio.move_on_after(limit):
                return await self._read_answer(method, target, headers or {}, json)
        except httpx2.HTTPError as error:
            raise _failure_of(error, url, self._proxy_of(target)) from error
        raise RequestFailed(_host_of(url), f"no answer within {limit:g} s", sent=True, proxy=self._proxy_of(target))

    def _proxy_of(self, url: httpx2.URL) -> str:
        """The proxy that a failed request went through, for its error; "" = none."""
        from qqgw_trio.rest.proxied_transport import proxy_for  # noqa: PLC0415 - loaded already, by __init__

        proxy = proxy_for(url, self._proxies)
        return "" if proxy is None else proxy.authority

    async def _read_answer(
        self, method: str, url: httpx2.URL, headers: Mapping[str, str], json: bytes | None
    ) -> Answer:
        sent_headers = headers if json is None else {**headers, "content-type": "application/json"}
        async with self._client.stream(method, url, headers=sent_headers, content=json) as response:
            body = bytearray()
            # Cancelled rather than left by `break`: the HTTP library's generators, one inside the other, all end then.
            with trio.CancelScope() as reading:
                async for piece in response.aiter_raw():
                    body += piece
                    if len(body) > MAX_BODY:
                        reading.cancel()
            names = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, names, bytes(body[:MAX_BODY]), len(body) <= MAX_BODY)


def _parsed(url: str) -> httpx2.URL:
    import httpx2  # noqa: PLC0415 - loaded already

    try:
        return httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise ConfigurationError("the URL of the request cannot be used", remedy=str(error)) from error


def is_denial(status: int) -> bool:
    """Whether an HTTP status means "no", rather than trouble or "later"."""
    return status < _SERVER_TROUBLE and status not in LATER_STATUSES


def is_no_tls(error: ssl.SSLError) -> bool:
    """Whether what came back is no TLS at all; the words depend on the version of OpenSSL."""
    return error.reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG"}


def _failure_of(error: httpx2.HTTPError, url: str, proxy: str) -> RequestFailed:
    import httpx2  # noqa: PLC0415 - loaded already, by HttpClient

    host = _host_of(url)
    causes = list(_chain(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            words = f"certificate check failed: {cause.verify_message}"
            return CertificateRefused(host, words, sent=False, proxy=proxy)
        if isinstance(cause, ssl.SSLError) and is_no_tls(cause):
            return NoTls(host, "there is no TLS at this port", sent=False, proxy=proxy)
    if isinstance(error, httpx2.ConnectTimeout):
        return RequestFailed(host, "no connection in time", sent=False, proxy=proxy)
    words = _words_of(error, causes)
    if isinstance(error, httpx2.ProxyError):
        status = int(words[:3]) if re.match("[1-9][0-9]{2}", words) else None
        kind = ProxyDenied if status is not None and is_denial(status) else RequestFailed
        return kind(host, words, sent=False, remedy=ProxyRefused.default_remedy, proxy=proxy, code=status)
    return RequestFailed(host, words, sent=not isinstance(error, httpx2.ConnectError), proxy=proxy)


def _words_of(error: httpx2.HTTPError, causes: list[BaseException]) -> str:
    words = [_words_of_system(cause) for cause in causes if isinstance(cause, OSError)]
    told = [text for text in (" ".join(str(error).split()), *words) if text]
    return told[-1] if told else type(error).__name__


def _words_of_system(error: OSError) -> str:
    # trio puts the address in front of the system's words, which the error names already. The number of an SSLError is
    # none of the system's, that of a failed look-up is below 0.
    number = error.errno or 0
    return os.strerror(number) if number > 0 and not isinstance(error, ssl.SSLError) else error.strerror or ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    # Only causes: a context can be an error that the caller was handling, which has nothing to do with this request.
    # The HTTP library drops causes on the way, but hands the original on as its error's argument.
    current: BaseException | None = error
    while current is not None:
        yield current
        if isinstance(current, BaseExceptionGroup):
            current = cast("BaseExceptionGroup[BaseException]", current).exceptions[0]
        else:
            given = current.args[0] if current.args else None
            current = current.__cause__ or (given if isinstance(given, BaseException) else None)


def _host_of(url: str) -> str:
    return urlsplit(url).netloc
