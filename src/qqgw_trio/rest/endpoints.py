"""Where the platform is: the addresses in use, and the check that an address of one's own can work.

All of them are defaults of settings, none is hard-wired elsewhere. A gateway URL is used byte for byte as it was given
(`protocol.md` 1.1: "do not add or strip the slash"); base URLs of REST lose a trailing slash, since every path begins
with one.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from qqgw_proto.errors import ConfigurationError

__all__ = [
    "API_URL",
    "GATEWAY_URL",
    "SANDBOX_API_URL",
    "SANDBOX_GATEWAY_URL",
    "TOKEN_URL",
    "checked_http_url",
]

API_URL = "https://api.sgroup.qq.com"
"""REST, production (API:84)."""

SANDBOX_API_URL = "https://sandbox.api.sgroup.qq.com"
"""REST, sandbox: sees only sandbox guilds."""

TOKEN_URL = "https://bots.qq.com/app/getAppAccessToken"  # noqa: S105 - no secret
"""Access token, the same for production and sandbox (API:20,24).

Newer documents are said to name https://api.bot.qq.com/app/getAppAccessToken (`protocol.md` 1.1); `token_url` takes it.
"""

GATEWAY_URL = "wss://api.sgroup.qq.com/websocket"
"""The gateway, where a fixed one is asked for; otherwise the URL comes from `GET /gateway/bot`."""

SANDBOX_GATEWAY_URL = "wss://sandbox.api.sgroup.qq.com/websocket"
"""The sandbox's gateway, likewise."""


def checked_http_url(url: str, setting: str) -> str:
    """Check a URL of REST before the first request.

    Args:
        url: What was set: http or https, a host, perhaps a port and a path.
        setting: What the person calls it, for the error.

    Returns:
        The URL without a trailing slash.

    Raises:
        ConfigurationError: It cannot work. A URL with user and password in it is never shown.
    """
    shown = repr(url) if "@" not in url else "(not shown: it holds a user name)"
    problem = _problem_of(url)
    if problem:
        raise ConfigurationError(
            f"{setting} {shown} {problem}", remedy="give a URL like https://api.sgroup.qq.com or http://127.0.0.1:8000"
        )
    return url.rstrip("/")


def _problem_of(url: str) -> str:
    if not url.isascii() or not url.isprintable() or " " in url:
        return "must be printable ASCII without blanks"
    try:
        parts = urlsplit(url)
        port = parts.port
        parts.netloc.encode("idna")  # as the HTTP library will
    except UnicodeError:
        return "names a host with an empty part, or with one of more than 63 letters"
    except ValueError as error:
        return f"is not a URL: {error}"
    if parts.scheme not in {"http", "https"}:
        return "must begin with http:// or https://"
    if not parts.hostname or port == 0:
        return "names no host" if port != 0 else "names port 0"
    if "@" in parts.netloc:
        return "must not hold a user name or password"
    return "must not have a query or a fragment" if parts.query or parts.fragment or "#" in url or "?" in url else ""
