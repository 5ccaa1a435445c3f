"""What a scripted gateway does to its client, as values: faults, visits and ready-made scenarios.

A *visit* is one connection of the client, a *scenario* the visits in their order; a connection after the last visit is
served without faults. A *fault* ends a visit or spoils it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

import attrs

__all__ = [
    "SCENARIOS",
    "Close",
    "End",
    "Fault",
    "HalfFrame",
    "InvalidSession",
    "Reconnect",
    "Reset",
    "Say",
    "Silence",
    "Visit",
]


@attrs.frozen
class Reset:
    """A TCP reset, without a close frame."""


@attrs.frozen
class End:
    """All bytes, then the end of the stream, without a close frame."""


@attrs.frozen
class HalfFrame:
    """The first `at` bytes of an event, then a reset. The event has happened: a RESUME brings it."""

    at: int = 5


@attrs.frozen
class Close:
    """A close frame. A code that permits no RESUME ends the session (`CLOSE_CODES`)."""

    code: int
    reason: str = ""


@attrs.frozen
class Reconnect:
    """Op 7, and a close frame behind it, as the real gateway has it; `code` None: it waits for the client to leave."""

    code: int | None = 4009


@attrs.frozen
class InvalidSession:
    """Op 9, then a close frame, or the end of the stream where `code` is None. The session ends unless `resumable`."""

    resumable: bool = False
    code: int | None = None


@attrs.frozen
class Silence:
    """From here on nothing is said and nothing heard; the stream stays open. No heartbeat is acknowledged."""


@attrs.frozen
class Say:
    """Any text message, right or wrong."""

    text: bytes


Fault: TypeAlias = Reset | End | HalfFrame | Close | Reconnect | InvalidSession | Silence | Say


@attrs.frozen
class Visit:
    """One connection.

    Attributes:
        refuse: HTTP status in the place of the 101.
        retry_after: `Retry-After` of that answer, in seconds.
        hello: Whether HELLO is said; without it nothing else is.
        instead: Strikes in the place of READY or RESUMED.
        missed: Events that happen before the client has come back; a RESUME brings them.
        pause: Seconds between two events of a replay.
        events: Events that follow READY or RESUMED at once.
        fault: Strikes behind these events.
    """

    refuse: int | None = None
    retry_after: int | None = None
    hello: bool = True
    instead: Fault | None = None
    missed: int = 0
    pause: float = 0.0
    events: int = 0
    fault: Fault | None = None


SCENARIOS: Final[Mapping[str, tuple[Visit, ...]]] = MappingProxyType(
    {
        "well-behaved": (),
        "dropped": (Visit(events=2, fault=Reset()), Visit(missed=2)),
        "ended without a close frame": (Visit(events=2, fault=End()), Visit(missed=2)),
        "half a frame, then dropped": (Visit(events=2, fault=HalfFrame()), Visit(missed=1)),
        "session timed out, 4009": (Visit(events=2, fault=Close(4009, "Session timed out")), Visit(missed=2)),
        "invalid session id, 4006": (Visit(events=2, fault=Close(4006, "invalid session id")),),
        "asked to reconnect, op 7": (Visit(events=2, fault=Reconnect()), Visit(missed=2)),
        "invalid session, op 9": (Visit(events=2, fault=InvalidSession(code=4903)),),
        "doubtful session, op 9 d true": (Visit(events=2, fault=InvalidSession(resumable=True, code=4009)), Visit()),
        "no HELLO": (Visit(hello=False),),
        "slow replay": (Visit(events=1, fault=Reset()), Visit(missed=5, pause=0.01)),
        "RESUME refused": (Visit(events=1, fault=Reset()), Visit(instead=InvalidSession(code=4006))),
        "upgrade refused, 503": (Visit(refuse=503), Visit(refuse=503, retry_after=1)),
        "nonsense in between": (Visit(events=1, fault=Say(b"no frame")),),
    }
)
"""Gateways that misbehave, by what they do."""
