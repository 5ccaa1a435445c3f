"""Everything that can go wrong, as one tree under `GatewayError`.

Each error says what happened (`message`), which code the peer gave (`code`, a close code, HTTP status or QQ code, None
where there is none) and what a person can do (`remedy`). Errors are values: two with the same type and text are equal,
so the machine can hand them on as causes and a journal can compare them. No error ever contains a token or a secret.

Only `MisuseError` (the caller broke the calling rules) and `ConfigurationError` (a setting cannot work) are raised out
of `qqgw_proto`; all others arrive inside effects, as the cause of a `Disconnected`, `Retrying` or `Failed`.
"""

from __future__ import annotations

from typing import ClassVar

__all__ = [
    "AuthenticationFailed",
    "ConfigurationError",
    "ConnectionFailed",
    "DeadlineExceeded",
    "EventDecodeError",
    "GatewayClosed",
    "GatewayError",
    "HeartbeatTimeout",
    "InsufficientPermissions",
    "InvalidIntents",
    "InvalidSession",
    "MisuseError",
    "ProtocolViolation",
    "RateLimited",
    "ReconnectRequested",
    "ReshardRequired",
    "UnknownOpcode",
]


class GatewayError(Exception):
    """The root of the tree.

    Args:
        message: What happened, one sentence without a full stop.
        code: The code the peer gave, if any.
        remedy: What the person can do; the class's own advice where none is given.
    """

    default_remedy: ClassVar[str] = ""

    def __init__(self, message: str, *, code: int | None = None, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.remedy = remedy or self.default_remedy

    def __str__(self) -> str:
        code = "" if self.code is None else f" [{self.code}]"
        return f"{self.message}{code}: {self.remedy}" if self.remedy else f"{self.message}{code}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions are copied by calling their class with `args`, which are not the arguments of every class here.
        return _restored, (type(self), self.args, self.__dict__)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return str(self) == str(other)

    def __hash__(self) -> int:
        return hash((type(self), str(self)))


def _restored(kind: type[GatewayError], args: tuple[object, ...], state: dict[str, object]) -> GatewayError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class MisuseError(GatewayError):
    """A call that the calling rules forbid in this state; it changed nothing."""

    default_remedy = "see the calling rules in the docstring of ClientGateway or ServerGateway"


class ConfigurationError(GatewayError, ValueError):
    """A setting that cannot work, found before any connection."""


class ConnectionFailed(GatewayError):
    """The gateway could not be reached, or the connection to it broke.

    Args:
        reason: DNS, TCP, TLS, HTTP or WebSocket failure, in words.
        code: HTTP status of a refused upgrade, where there is one.
        retry_after: Seconds that the server asked to wait, where it did.
        remedy: What to do, where more is known than the default.
    """

    default_remedy = "check the network, the proxy and the gateway URL"

    def __init__(
        self, reason: str, *, code: int | None = None, retry_after: float | None = None, remedy: str = ""
    ) -> None:
        super().__init__(reason, code=code, remedy=remedy)
        self.reason = reason
        self.retry_after = retry_after


class GatewayClosed(GatewayError):
    """The gateway ended the connection with a close code (`protocol.md` section 4)."""

    default_remedy = "none needed where the code permits RESUME"


class AuthenticationFailed(GatewayError):
    """App id, secret or access token was refused (close code 4004, HTTP 401/403, token endpoint)."""

    default_remedy = "check the app id and the secret, and that this machine's address is on the IP allow-list"


class InvalidSession(GatewayError):
    """The gateway no longer knows the session (op 9, or close code 4006 or 4007)."""

    default_remedy = "none needed: the shard identifies afresh"


class HeartbeatTimeout(GatewayError):
    """Heartbeats were not acknowledged in time: the connection is dead though the socket looks open."""

    default_remedy = "none needed: the shard resumes on a new connection"


class RateLimited(GatewayError):
    """The gateway or the REST API asked to slow down (close code 4008, HTTP 429, code 100017).

    Args:
        retry_after_seconds: Seconds to wait before the next attempt.
        message: What was limited.
        code: The code given.
    """

    default_remedy = "none needed: the shard waits, then resumes"

    def __init__(self, retry_after_seconds: float, message: str = "rate limited", *, code: int | None = None) -> None:
        super().__init__(f"{message}, wait {retry_after_seconds:g} s", code=code)
        self.retry_after_seconds = retry_after_seconds


class InvalidIntents(GatewayError):
    """The gateway refused the IDENTIFY because of its intents (close codes 4013, 4014, or op 9 after IDENTIFY).

    Args:
        suspects: Bit numbers asked for that are not granted to every bot.
        message: What happened.
        code: The close code, where one came.
    """

    default_remedy = (
        "ask only for intents granted to this bot on the platform's console, "
        "and check that this machine's address is on the IP allow-list"
    )

    def __init__(
        self,
        suspects: tuple[int, ...] = (),
        message: str = "the gateway refused the IDENTIFY",
        *,
        code: int | None = None,
    ) -> None:
        bits = ", ".join(str(bit) for bit in suspects)
        super().__init__(f"{message}; suspicious intent bits: {bits}" if bits else message, code=code)
        self.suspects = suspects


class InsufficientPermissions(GatewayError):
    """Intents or an API call need a permission that this bot does not have."""

    default_remedy = "apply for the permission on the platform's console, or do without it"


class UnknownOpcode(GatewayError):
    """A frame with an op that the protocol does not define in this direction; it was counted and ignored.

    Args:
        op: The op received.
    """

    default_remedy = "none needed"

    def __init__(self, op: int) -> None:
        super().__init__(f"unknown op {op}")
        self.op = op


class ProtocolViolation(GatewayError):
    """The peer broke a rule of the gateway protocol or of WebSocket."""

    default_remedy = "none needed: the frame was ignored, or the connection is replaced"


class DeadlineExceeded(GatewayError):
    """The peer did not answer within the time configured for this state."""

    default_remedy = "none needed: the shard tries again"


class ReconnectRequested(GatewayError):
    """A reconnect that is routine: op 7, a planned one, or the machine was suspended."""

    default_remedy = "none needed: the shard resumes"


class ReshardRequired(GatewayError):
    """Close code 4011: too many guilds for one connection."""

    default_remedy = "start the bot with more shards (GET /gateway/bot recommends a count)"


class EventDecodeError(GatewayError):
    """The payload of a dispatch does not have the shape of its type.

    Args:
        type_name: The dispatch's `t`.
        path: Where in the payload, as a JSON path.
        why: What is wrong there.
    """

    default_remedy = "handle the event raw; the session is not affected"

    def __init__(self, type_name: str, path: str, why: str) -> None:
        super().__init__(f"{type_name} does not decode at {path}: {why}")
        self.type_name = type_name
        self.path = path
