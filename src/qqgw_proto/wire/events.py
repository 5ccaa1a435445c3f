"""What a wire reports: whole messages as bytes, and everything else that can come over a WebSocket, as values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar, Final, TypeAlias

import attrs
import msgspec

from qqgw_proto.wire.veiled import Veiled

__all__ = ["Closed", "Failed", "Ping", "Rejected", "Requested", "Unreadable", "Upgraded", "WireEvent"]

_LONGEST: Final = 1e300


class Requested(Veiled, frozen=True):
    """A client asks for a WebSocket (server side). Header names are lower case."""

    target: str
    headers: Mapping[str, str]
    veiled: ClassVar[frozenset[str]] = frozenset(("headers",))


class Upgraded(msgspec.Struct, frozen=True):
    """The handshake is done (client side)."""


def _named(seconds: float | None) -> float | None:
    """Seconds from a header's value: capped, since a journal cannot hold infinity; None where it is not a number."""
    return None if seconds is None or math.isnan(seconds) else min(max(seconds, 0.0), _LONGEST)


@attrs.frozen
class Rejected:
    """The server refused the handshake.

    Attributes:
        status: Final HTTP status; 1xx are skipped.
        retry_after: Seconds named by `Retry-After`, None where it is absent or a date.
        body: The beginning of the body, undecodable bytes replaced.
    """

    status: int
    retry_after: float | None = attrs.field(converter=_named)
    body: str


class Ping(msgspec.Struct, frozen=True):
    """A ping that wants its payload back."""

    payload: bytes


class Closed(msgspec.Struct, frozen=True):
    """A close frame really received; 1005 where it had no code."""

    code: int
    reason: str


class Failed(msgspec.Struct, frozen=True):
    """The peer broke the WebSocket protocol or a limit; `code` is what RFC 6455 tells us to close with."""

    code: int
    why: str


class Unreadable(msgspec.Struct, frozen=True):
    """A binary message that is not UTF-8: no frame of the gateway, but no error of the WebSocket either."""

    why: str


WireEvent: TypeAlias = bytes | Requested | Upgraded | Rejected | Ping | Closed | Failed | Unreadable
"""A message is plain `bytes`, checked to be UTF-8; no object is made around it."""
