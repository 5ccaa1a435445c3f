"""One HTTP exchange at a time, in bounded time and memory: request out, `Answer` back, or one clear error.

`HttpClient` is the only place that knows the HTTP library. It repeats nothing, follows no redirect (a token must not
travel to another host) and judges no status: that is `api_session.py`'s and `token.py`'s business. What went wrong
below HTTP becomes `RequestFailed`, which says whether the request can have reached the server, or `CertificateRefused`.
Proxies named in the environment are honoured, but never for the loopback addresses; one that is set is for all. An
error names the proxy that the request went through, without user and password.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, ClassVar, Self, cast
from urllib.parse import urlsplit

import msgspec
import trio

from qqgw_proto.errors import ConfigurationError, ConnectionFailed, MisuseError

if TYPE_CHECKING:
    import httpx2

from qqgw_proto.wire.veiled import Veiled
from qqgw_trio.proxies import ProxyRefused
from qqgw_trio.roads import Road, Roads

__all__ = ["MAX_BODY", "Answer", "CertificateRefused", "HttpClient", "NoTls", "RequestFailed", "is_no_tls"]

MAX_BODY = 4 * 1024 * 1024
"""Bytes of a body that are kept; what is beyond them is not read."""

_CONNECT_SECONDS = 5.0
_PORTS = {"http": 80, "https": 443}
_LOOPBACK = ("all://127.0.0.1", "all://localhost", "all://[::1]")


class Answer(Veiled, frozen=True):
    """What a server answered, whatever it means.

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
    """

    default_remedy = "check the network, the proxy and the URL"

    def __init__(self, host: str, cause: str, *, sent: bool, remedy: str = "", proxy: str = "") -> None:
        through = f" through the proxy {proxy}" if proxy else ""
        super().__init__(f"cannot reach {host}{through}: {cause}", remedy=remedy)
        self.host = host
        self.proxy = proxy
        self.cause = cause
        self.sent = sent


class CertificateRefused(RequestFailed):
    """The server's certificate is not trusted here: a refusal, no passing trouble."""

    default_remedy = "check this machine's clock, or trust the server's CA: give an ssl context that knows it"


class NoTls(RequestFailed):
    """Whoever listens there does not speak TLS: a wrong URL, no passing trouble."""

    default_remedy = "check the port, or write http:// instead of https://"


class HttpClient:
    """A pool of connections, used by the token source and by REST together.

    Args:
        seconds: The most that one exchange may take, from dialling to the last byte.
        verify: An ssl context, for a custom CA; True = the system's certificates.
        transport: An HTTP transport in place of the network.
        proxy: URL of a proxy for every host, in place of the environment's; it may hold a password.
        trust_env: Whether proxies are taken from the environment.

    Raises:
        ConfigurationError: A proxy cannot be used.
    """

    def __init__(
        self,
        *,
        seconds: float = 10.0,
        verify: ssl.SSLContext | bool = True,
        transport: httpx2.AsyncBaseTransport | None = None,
        proxy: str | None = None,
        trust_env: bool = True,
    ) -> None:
        import httpx2  # noqa: PLC0415 - half of the package's import time, and not everyone uses REST

        self._seconds = seconds
        self._roads = Roads()
        is_secure = proxy is not None and proxy.startswith("https:")
        trusted = verify if is_secure and isinstance(verify, ssl.SSLContext) else None
        try:
            self._client = httpx2.AsyncClient(
                verify=verify,
                transport=transport,
                trust_env=trust_env,
                proxy=None if proxy is None else httpx2.Proxy(proxy, ssl_context=trusted),
                mounts=dict.fromkeys(_LOOPBACK) if proxy is None else None,
                timeout=httpx2.Timeout(None, connect=min(_CONNECT_SECONDS, seconds)),
                # Plain bodies only: a compressed one could swell past every limit while it is unpacked.
                headers={"accept-encoding": "identity", "user-agent": "qqgw"},
            )
        except (ImportError, ValueError, httpx2.InvalidURL) as error:
            raise ConfigurationError(  # the proxy's URL may hold a password: it is not shown
                f"a proxy {'named in the environment' if proxy is None else 'that is set'} cannot be used",
                remedy="correct or unset HTTP_PROXY, HTTPS_PROXY and ALL_PROXY; SOCKS needs the package socksio",
            ) from error

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
            ConfigurationError: The URL cannot be used.
            MisuseError: The client was closed.
        """
        import httpx2  # noqa: PLC0415 - loaded already, by __init__

        if self._client.is_closed:
            raise MisuseError("a request was made after the HTTP client was closed", remedy="make it before")
        limit = self._seconds if seconds is None else seconds
        sent_headers = dict(headers or {})
        if json is not None:
            sent_headers["content-type"] = "application/json"
        try:
            target = httpx2.URL(url)
        except httpx2.InvalidURL as error:
            raise ConfigurationError("the URL of the request cannot be used", remedy=str(error)) from error
        road = self._roads.to(target.raw_host.decode(), target.port or _PORTS.get(target.scheme, 0))
        try:
            with trio.move_on_after(limit):
                return await self._read_answer(method, target, sent_headers, json, road)
        except httpx2.HTTPError as error:
            raise _failure_of(error, url, road.proxy) from error
        raise RequestFailed(_host_of(url), f"no answer within {limit:g} s", sent=True, proxy=road.proxy)

    async def _read_answer(
        self, method: str, url: httpx2.URL, headers: dict[str, str], json: bytes | None, road: Road
    ) -> Answer:
        account = {"trace": road}
        async with self._client.stream(method, url, headers=headers, content=json, extensions=account) as response:
            body = bytearray()
            # Cancelled rather than left by `break`: the HTTP library's generators, one inside the other, all end then.
            with trio.CancelScope() as reading:
                async for piece in response.aiter_raw():
                    body += piece
                    if len(body) > MAX_BODY:
                        reading.cancel()
            names = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, names, bytes(body[:MAX_BODY]), len(body) <= MAX_BODY)


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
    never_sent = isinstance(error, (httpx2.ConnectError, httpx2.ProxyError))
    remedy = ProxyRefused.default_remedy if isinstance(error, httpx2.ProxyError) else ""
    return RequestFailed(host, _words_of(error, causes), sent=not never_sent, remedy=remedy, proxy=proxy)


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
