"""What a wire reports: whole messages as bytes, and everything else that can come over a WebSocket, as values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

import attrs

__all__ = ["Closed", "Failed", "Ping", "Rejected", "Requested", "Unreadable", "Upgraded", "WireEvent"]


@attrs.frozen
class Requested:
    """A client asks for a WebSocket (server side). Header names are lower case."""

    target: str
    headers: Mapping[str, str] = attrs.field(repr=False)


@attrs.frozen
class Upgraded:
    """The handshake is done (client side)."""


@attrs.frozen
class Rejected:
    """The server refused the handshake.

    Attributes:
        status: Final HTTP status; 1xx are skipped.
        retry_after: Seconds named by `Retry-After`, None where it is absent or a date.
        body: The beginning of the body, undecodable bytes replaced.
    """

    status: int
    retry_after: float | None
    body: str


@attrs.frozen
class Ping:
    """A ping that wants its payload back."""

    payload: bytes


@attrs.frozen
class Closed:
    """A close frame really received; 1005 where it had no code."""

    code: int
    reason: str


@attrs.frozen
class Failed:
    """The peer broke the WebSocket protocol or a limit; `code` is what RFC 6455 tells us to close with."""

    code: int
    why: str


@attrs.frozen
class Unreadable:
    """A binary message that is not UTF-8: no frame of the gateway, but no error of the WebSocket either."""

    why: str


WireEvent: TypeAlias = bytes | Requested | Upgraded | Rejected | Ping | Closed | Failed | Unreadable
"""A message is plain `bytes`, checked to be UTF-8; no object is made around it."""
