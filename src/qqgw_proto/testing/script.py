"""What a scripted gateway does to its client, as values: faults, visits and ready-made scenarios.

A *visit* is one connection of the client, a *scenario* the visits in their order; a connection after the last visit is
served without faults. A *fault* ends a visit or spoils it. A value that cannot be played raises `ConfigurationError`
when it is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, TypeAlias

import attrs

from qqgw_proto.config_rules import COUNT, NOT_NEGATIVE, WHOLE, Rule, checked
from qqgw_proto.errors import ConfigurationError
from qqgw_proto.wire.close_frames import LONGEST_REASON, can_carry, is_reason

__all__ = [
    "SCENARIOS",
    "Close",
    "End",
    "Fault",
    "HalfFrame",
    "InvalidSession",
    "Raw",
    "Reconnect",
    "Reset",
    "Say",
    "Silence",
    "Visit",
]

_SENDABLE: Final = Rule("a code that a close frame can carry (`Raw` sends any)", can_carry)
_REASON: Final = Rule(f"printable text of at most {LONGEST_REASON} bytes", is_reason)
_STATUS: Final = Rule("an HTTP status from 300 to 599", lambda value: 300 <= value < 600)


@attrs.frozen
class Reset:
    """A TCP reset, without a close frame."""


@attrs.frozen
class End:
    """All bytes, then the end of the stream, without a close frame."""


@attrs.frozen(field_transformer=checked)
class HalfFrame:
    """The first `at` bytes of an event, 1 at least, then a reset. The event has happened: a RESUME brings it."""

    at: int = attrs.field(default=5, validator=COUNT)


@attrs.frozen(field_transformer=checked)
class Close:
    """A close frame. A code that permits no RESUME ends the session (`CLOSE_CODES`)."""

    code: int = attrs.field(validator=_SENDABLE)
    reason: str = attrs.field(default="", validator=_REASON)


@attrs.frozen(field_transformer=checked)
class Reconnect:
    """Op 7, and a close frame behind it, as the real gateway has it; `code` None: it waits for the client to leave."""

    code: int | None = attrs.field(default=4009, validator=_SENDABLE)


@attrs.frozen(field_transformer=checked)
class InvalidSession:
    """Op 9, then a close frame, or the end of the stream where `code` is None. The session ends unless `resumable`."""

    resumable: bool = False
    code: int | None = attrs.field(default=None, validator=_SENDABLE)


@attrs.frozen
class Silence:
    """From here on nothing is said and nothing heard; the stream stays open. No heartbeat is acknowledged."""


@attrs.frozen(field_transformer=checked)
class Say:
    """Any text message, right or wrong as a frame of the gateway. It is UTF-8: `Raw` sends what is not."""

    text: bytes

    def __attrs_post_init__(self) -> None:
        try:
            self.text.decode()
        except UnicodeDecodeError as error:
            raise ConfigurationError("Say.text must be UTF-8", remedy="use Raw for what is not") from error


@attrs.frozen(field_transformer=checked)
class Raw:
    r"""Bytes as they are, behind the handshake: text that is no UTF-8, a binary frame, a reserved close code.

    `Raw(b"\x81\x01\xff")` is a text frame of one wrong byte, `Raw(b"\x82\x02{}")` a binary one,
    `Raw(b"\x88\x02\x03\xed")` a close frame with 1005 (RFC 6455 5.2).
    """

    data: bytes


Fault: TypeAlias = Reset | End | HalfFrame | Close | Reconnect | InvalidSession | Silence | Say | Raw


@attrs.frozen(field_transformer=checked)
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

    refuse: int | None = attrs.field(default=None, validator=_STATUS)
    retry_after: int | None = attrs.field(default=None, validator=WHOLE)
    hello: bool = True
    instead: Fault | None = None
    missed: int = attrs.field(default=0, validator=WHOLE)
    pause: float = attrs.field(default=0.0, validator=NOT_NEGATIVE)
    events: int = attrs.field(default=0, validator=WHOLE)
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
