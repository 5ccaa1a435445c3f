"""What single settings of `GatewayConfig` must be besides having the right type: rules and validators."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import attrs

from qqgw_proto.config_rules import Rule
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.connection.proxies import DIRECT, Proxies
from qqgw_trio.rest.endpoints import checked_http_url

__all__ = [
    "FILE",
    "HOST",
    "PORT",
    "as_path",
    "check_gateway_url",
    "check_http_url",
    "check_proxy",
    "seconds_from",
]

OtherT = TypeVar("OtherT")

PORT: Final = Rule("a whole number from 0 to 65535", lambda value: 0 <= value < 1 << 16)

HOST: Final = Rule("a host name or an address", lambda value: value.isprintable() and value.split() == [value])

FILE: Final = Rule("the path of a file", lambda value: bool(value.name) and "\0" not in str(value))


def seconds_from(least: float) -> Rule:
    """The rule for a number of seconds that is at least this."""
    return Rule(f"a number of seconds from {least:g}", lambda value: least <= value <= 1e9)


def as_path(value: str | OtherT) -> Path | str | OtherT:
    """A text as a path; what else there is stays as it is, and so does an empty text, which names nothing."""
    return Path(value) if isinstance(value, str) and value else value


def check_http_url(words: str) -> Callable[[object, attrs.Attribute[str | None], str | None], None]:
    """A validator that accepts a URL of REST, or None; `words` name the setting in errors."""

    def check(kind: object, attribute: attrs.Attribute[str | None], value: str | None) -> None:
        if value is not None:
            checked_http_url(value, words)

    return check


def check_gateway_url(kind: object, attribute: attrs.Attribute[str | None], value: str | None) -> None:
    """A validator that accepts a URL of the gateway, or None."""
    if value is not None:
        GatewayUrl.parse(value)


def check_proxy(kind: object, attribute: attrs.Attribute[str | None], value: str | None) -> None:
    """A validator that accepts what `proxy` may be: a URL, "direct", or None."""
    Proxies.of(DIRECT if value is None else value)
