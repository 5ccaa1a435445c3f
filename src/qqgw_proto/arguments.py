"""What the gateways ask of the arguments of their calls, before anything is changed."""

from __future__ import annotations

import math
from typing import TypeAlias

from qqgw_proto.errors import ConfigurationError, GatewayError, MisuseError
from qqgw_proto.wire.doors import Door
from qqgw_proto.wire.url import GatewayUrl

__all__ = ["Chunk", "as_bytes", "check_access", "check_cause", "check_door", "check_finite", "message_bytes"]

Chunk: TypeAlias = bytes | bytearray | memoryview
"""Bytes as transports hand them out; they are copied unless they are `bytes`, since a buffer may be filled again."""


def check_finite(name: str, value: float) -> None:
    """Refuses a time that cannot be compared.

    Raises:
        MisuseError: It is no number, NaN or infinite.
    """
    try:
        is_finite = math.isfinite(value)
    except TypeError:
        is_finite = False
    if not is_finite:
        raise MisuseError(f"{name} must be a finite number of seconds")


def check_cause(cause: object) -> None:
    """Refuses a cause that is not of the core's tree: effects, logs and journals carry it on.

    Raises:
        MisuseError: It is something else.
    """
    if not isinstance(cause, GatewayError):
        raise MisuseError("a cause must be a GatewayError, such as ConnectionFailed(str(error))")


def check_access(url: str, token: str) -> None:
    """Refuses what no shard can dial and identify with.

    Raises:
        ConfigurationError: The URL cannot be dialed, or the token is empty or not printable ASCII.
    """
    if not _is_text(url):
        raise ConfigurationError("the gateway URL must be a text")
    GatewayUrl.parse(url)
    # "Rejected before the wire; never in repr, log or exception text" (conformance M07).
    if not _is_text(token) or not token or not token.isascii() or not token.isprintable():
        raise ConfigurationError("the access token must be non-empty printable ASCII on one line")


def check_door(door: Door) -> None:
    """Refuses a class where a door is wanted: `MessageWire` for `MessageWire()`.

    Raises:
        ConfigurationError: It is a class.
    """
    if isinstance(door, type):
        raise ConfigurationError("wire must be a door, not its class", remedy="write MessageWire() or ByteWire()")


def as_bytes(data: Chunk) -> bytes:
    """The same bytes, which nobody can change afterwards."""
    return data if type(data) is bytes else bytes(data)


def message_bytes(message: str | Chunk) -> bytes:
    """A whole message; text as UTF-8, half a surrogate pair included, which the wire then refuses."""
    return message.encode("utf-8", "surrogatepass") if isinstance(message, str) else as_bytes(message)


def _is_text(value: object) -> bool:
    return isinstance(value, str)
