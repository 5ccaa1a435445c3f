"""Every way in which the simulated platform can misbehave, as values; `qqgw_trio.simulator.injection` applies them.

Three families: what strikes the connections that live now, what waits for the next IDENTIFY, RESUME or upgrade, and
what strikes the REST API. `Fault.of` reads the JSON of `POST /simulator/fault`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, unique
from typing import Final

import attrs
import msgspec

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.wire.close_frames import CODES, LONGEST_REASON, UNSENDABLE

__all__ = ["Fault", "FaultKind", "PlannedFault"]


@unique
class FaultKind(Enum):
    """What can go wrong. The words in brackets are the fields of `Fault` that matter."""

    # The connections that live now.
    RESET = "reset"
    """TCP reset, without a close frame."""
    EOF = "eof"
    """All bytes, then FIN, without a close frame."""
    HALF_OPEN = "half_open"
    """Silence both ways while the socket stays open."""
    STALLED_FRAME = "stalled_frame"
    """The next frame stops at byte `at`, then silence both ways."""
    CUT_FRAME = "cut_frame"
    """The next frame stops at byte `at`, then EOF."""
    GARBAGE = "garbage"
    """Bytes that are no WebSocket frame."""
    GARBAGE_TEXT = "garbage_text"
    """A text message that is no JSON."""
    RECONNECT = "reconnect"
    """Op 7; close 4009 follows as `SessionSettings.close_after_reconnect` says."""
    INVALID_SESSION = "invalid_session"
    """Op 9 with `d` = `resumable`, then close `code`, or EOF where it is None."""
    CLOSE = "close"
    """A close frame with `code`."""
    ACK_SILENCE = "ack_silence"
    """No heartbeat is acknowledged any more."""
    SLOW_WRITES = "slow_writes"
    """`at` bytes every `seconds` from now on."""
    HEARTBEAT = "heartbeat"
    """The gateway sends op 1 (EE:39), `count` times."""
    # The next IDENTIFYs, RESUMEs and upgrades.
    REFUSE_IDENTIFIES = "refuse_identifies"
    """The next `count` get op 9 and close `code` (4903)."""
    REFUSE_RESUMES = "refuse_resumes"
    """The next `count` get close `code` (4902 "reset by resume"), as often as they come back."""
    SWALLOW = "swallow"
    """The next `count` IDENTIFYs or RESUMEs get no answer."""
    REFUSE_UPGRADES = "refuse_upgrades"
    """The next `count` handshakes get HTTP `code` (503), with `Retry-After: seconds` where given."""
    FORGET_SESSIONS = "forget_sessions"
    """All sessions are gone; the connections stay."""
    REPLAY_OVERLAP = "replay_overlap"
    """The next `count` events that a replay sends were sent before."""
    TRUNCATE_REPLAY = "truncate_replay"
    """The next replay lacks its first `count` events."""
    # The REST API.
    EXPIRE_TOKENS = "expire_tokens"
    """Every access token given so far is worthless."""
    REST = "rest"
    """The next `count` requests whose path contains `route` get HTTP `code` (503)."""


_KINDS = f"the kinds are {', '.join(kind.value for kind in FaultKind)}"


_HTTP: Final = (FaultKind.REFUSE_UPGRADES, FaultKind.REST)
_CLOSING: Final = (
    FaultKind.CLOSE,
    FaultKind.INVALID_SESSION,
    FaultKind.REFUSE_IDENTIFIES,
    FaultKind.REFUSE_RESUMES,
)
_MOST_HEARTBEATS: Final = 10_000


@attrs.frozen
class Fault:
    """One order.

    Raises:
        ConfigurationError: A number or text that cannot be put on the wire.

    Attributes:
        kind: What goes wrong.
        code: Close code or HTTP status.
        count: How many.
        at: Bytes.
        seconds: A pause, or `Retry-After`.
        resumable: The `d` of op 9.
        shard: Only connections of this shard; None = all.
        route: Part of a path of the REST API.
        error: QQ's error code in the body of a refused request; chosen by the status where None.
        why: Words of the close frame or of the error.
    """

    kind: FaultKind
    code: int | None = None
    count: int = 1
    at: int = 1
    seconds: float | None = None
    resumable: bool = False
    shard: int | None = None
    route: str = ""
    error: int | None = None
    why: str = ""

    def __attrs_post_init__(self) -> None:
        self._check_code()
        if min(self.count, self.at, self.seconds or 0) < 0:
            raise ConfigurationError(f"{self.kind.value} takes no negative numbers")
        if not self.why.isprintable():
            raise ConfigurationError("the words of a fault must be printable, on one line")
        if self.kind in _CLOSING and len(self.why.encode()) > LONGEST_REASON:
            raise ConfigurationError(f"the words of a close frame take at most {LONGEST_REASON} bytes")
        if self.kind is FaultKind.HEARTBEAT and self.count > _MOST_HEARTBEATS:
            raise ConfigurationError(f"at most {_MOST_HEARTBEATS} heartbeats can be ordered at once")

    def _check_code(self) -> None:
        codes = range(200, 600) if self.kind in _HTTP else CODES if self.kind in _CLOSING else range(65_536)
        if self.code is None:
            return
        if self.code not in codes:
            raise ConfigurationError(f"{self.kind.value} takes no code {self.code}", remedy=f"use one in {codes}")
        if self.kind in _CLOSING and self.code in UNSENDABLE:
            raise ConfigurationError(f"no close frame carries the code {self.code}", remedy="use reset or eof")

    @classmethod
    def of(cls, fields: Mapping[str, object]) -> Fault:
        """Reads `{"kind": …}` and whatever else it needs.

        Raises:
            ConfigurationError: An unknown kind or field, or a value of the wrong type.
        """
        unknown = sorted(set(fields) - {field.name for field in attrs.fields(cls)})
        if unknown:
            raise ConfigurationError(f"a fault has no field {unknown[0]!r}", remedy=_KINDS)
        try:
            return msgspec.convert(dict(fields), cls)
        except msgspec.ValidationError as error:
            raise ConfigurationError(f"no fault: {error}", remedy=_KINDS) from error


@attrs.frozen
class PlannedFault:
    """A fault that strikes right after the world has made so many events.

    Attributes:
        after: How many.
        fault: What.
    """

    after: int
    fault: Fault
