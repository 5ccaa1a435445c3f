"""The gateway's URL: taken apart for dialing, kept byte for byte for the handshake.

"Use the URL byte-for-byte; do not add or strip the slash" (`protocol.md` 1.1).
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

import msgspec

from qqgw_proto.errors import ConfigurationError

__all__ = ["GatewayUrl"]

# An IPv6 address in brackets, or a name.
_AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[\w-]+(\.[\w-]+)*\.?)(:[0-9]*)?", re.ASCII)
_DEFAULT_PORTS = {"ws": 80, "wss": 443}


class GatewayUrl(msgspec.Struct, frozen=True):
    """Where to dial and what to ask for there.

    Attributes:
        host: Name or address to dial, without brackets.
        port: TCP port.
        tls: Whether TLS goes below.
        authority: The `Host` header.
        target: Path and query of the handshake.
    """

    host: str
    port: int
    tls: bool
    authority: str
    target: str

    @classmethod
    def parse(cls, text: str) -> GatewayUrl:
        """Parses a ws:// or wss:// URL; the shards of a bot share the result.

        Raises:
            ConfigurationError: It is not one, or carries user info, a fragment or characters that cannot be sent.
        """
        return _parsed(text)

    def __str__(self) -> str:
        """The URL, for a host whose WebSocket library dials by it."""
        return f"{'wss' if self.tls else 'ws'}://{self.authority}{self.target}"


@lru_cache(maxsize=8)
def _parsed(text: str) -> GatewayUrl:
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise _refused(text, "it must be printable ASCII without spaces")
    try:
        parts = urlsplit(text)
        port = parts.port
        parts.netloc.encode("idna")  # as the `Host` header will be; a label may be too long for it
    except ValueError as error:
        raise _refused(text, str(error)) from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise _refused(text, "it must begin with ws:// or wss://")
    if not parts.hostname or port == 0:
        raise _refused(text, "it names no host or port")
    if "@" in parts.netloc or "#" in text:
        raise _refused(text, "it must carry neither user info nor a fragment")
    if not _AUTHORITY.fullmatch(parts.netloc):
        raise _refused(text, "its host is not a name or an address")
    # Not put together from its parts: "byte-for-byte".
    target = text[text.index("//") + 2 + len(parts.netloc) :]
    target = target if target.startswith("/") else f"/{target}"
    return GatewayUrl(parts.hostname, port or _DEFAULT_PORTS[parts.scheme], parts.scheme == "wss", parts.netloc, target)


def _refused(text: str, why: str) -> ConfigurationError:
    # User info could be a secret: the text is shown only where it holds none.
    shown = "the gateway URL" if "@" in text else f"the gateway URL {text[:200]!r}"
    return ConfigurationError(f"{shown} cannot be used: {why}", remedy="check the gateway URL")
