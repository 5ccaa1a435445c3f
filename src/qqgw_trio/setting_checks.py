"""What the values of single settings must be: validators of `GatewayConfig`."""

from __future__ import annotations

from typing import Any

import attrs

from qqgw_proto.config import ClientConfig
from qqgw_proto.errors import ConfigurationError
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.endpoints import checked_http_url
from qqgw_trio.proxies import DIRECT, Proxies

__all__ = [
    "check_flag",
    "check_gateway_url",
    "check_http_url",
    "check_one_of",
    "check_port",
    "check_proxy",
    "check_seconds",
    "check_stop_code",
]


def check_seconds(least: float, *, or_none: bool = False) -> Any:
    """A number of seconds, this many at least."""

    def check(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if or_none and value is None:
            return
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not is_number or not least <= float(str(value)) <= 1e9:
            raise ConfigurationError(f"{attribute.name} must be a number of seconds from {least:g}, not {value!r}")

    return check


def check_one_of(*choices: object) -> Any:
    """One of these."""

    def check(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if not any(value == choice and type(value) is type(choice) for choice in choices):  # 1 is not True
            raise ConfigurationError(f"{attribute.name} must be {' or '.join(map(repr, choices))}, not {value!r}")

    return check


check_flag = check_one_of(True, False)
"""True or False."""


def check_port(instance: object, attribute: attrs.Attribute[Any], value: object) -> None:
    """A port, 0, or None."""
    is_count = isinstance(value, int) and not isinstance(value, bool)
    if value is not None and not (is_count and 0 <= int(str(value)) < 1 << 16):
        raise ConfigurationError(f"{attribute.name} must be None or from 0 to 65535, not {value!r}")


def check_http_url(words: str) -> Any:
    """A URL of REST, or None."""

    def check(instance: object, attribute: attrs.Attribute[Any], value: str | None) -> None:
        if value is not None:
            checked_http_url(value, words)

    return check


def check_gateway_url(instance: object, attribute: attrs.Attribute[Any], value: str | None) -> None:
    """A URL of the gateway, or None."""
    if value is not None:
        GatewayUrl.parse(value)


def check_proxy(instance: object, attribute: attrs.Attribute[Any], value: str | None) -> None:
    """A proxy's URL, or None."""
    Proxies.of(DIRECT if value is None else value)


def check_stop_code(instance: object, attribute: attrs.Attribute[Any], value: int | None) -> None:
    """A close code of a client, or None."""
    ClientConfig(1, stop_code=value)
