"""Why a connection ended, an attempt failed or a shard failed: one `GatewayError` for each input that says so."""

from __future__ import annotations

from qqgw_proto.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    DeadlineExceeded,
    GatewayClosed,
    GatewayError,
    HeartbeatTimeout,
    InvalidIntents,
    InvalidSession,
    ProtocolViolation,
    RateLimited,
    ReconnectRequested,
    ReshardRequired,
)
from qqgw_proto.machine.arrivals import Closed, UpgradeRejected, WireFailed
from qqgw_proto.machine.close_codes import CloseAction, row_for
from qqgw_proto.machine.inputs import AccessDenied, DialFailed, Input, Lost
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.life import Life
from qqgw_proto.machine.states import ConnectionState

__all__ = ["cause_of", "floor_of", "suspects"]

# "Default" = granted without application: GUILDS 0, GUILD_MEMBERS 1, PUBLIC_GUILD_MESSAGES 30 (EE:357).
# These are the bits of `Intents.default()`; the machine imports nothing of `events`, so a test compares the two.
_GRANTED_TO_ALL = 1 << 0 | 1 << 1 | 1 << 30

_TOO_MANY_REQUESTS = 429
_AUTHENTICATION_FAILED = 4004
_RESHARD = 4011
_BAD_INTENTS = (4013, 4014)
_DEAD_SESSION = (4006, 4007)

# The real handshake carries no token (`protocol.md` 1.5): who refuses it may be something else than the gateway.
_UPGRADE_REMEDY = (
    "check the app id and the secret, that this machine's address is on the IP allow-list, "
    "and that a gateway URL of your own is the gateway's, not that of the REST API"
)

_DEADLINES = {
    ConnectionState.PREPARING: "no URL and token",
    ConnectionState.DIALING: "no TCP and TLS connection",
    ConnectionState.UPGRADING: "no answer to the WebSocket handshake",
    ConnectionState.GREETING: "no HELLO",
    ConnectionState.IDENTIFYING: "no READY after IDENTIFY",
    ConnectionState.RESUMING: "no RESUMED after RESUME",
}

_FIXED: dict[Kind, GatewayError] = {
    Kind.RECONNECT: ReconnectRequested("a planned reconnect"),
    Kind.RECONNECT_ORDERED: ReconnectRequested("the gateway asked to reconnect", code=7),
    Kind.SUSPENDED: ReconnectRequested("the machine was suspended or stalled for longer than a heartbeat interval"),
    Kind.BEAT_DUE: HeartbeatTimeout("too many heartbeats were not acknowledged"),
    Kind.ACK_OVERDUE: HeartbeatTimeout("a heartbeat was not acknowledged in time"),
    Kind.WRITE_STALLED: ConnectionFailed("bytes could not be sent in time"),
    Kind.STOP: ReconnectRequested("the shard was stopped", remedy="none needed"),
}


def suspects(intents: int) -> tuple[int, ...]:
    """The bits asked for that are not granted to every bot."""
    return tuple(bit for bit in range(32) if intents >> bit & 1 and not _GRANTED_TO_ALL >> bit & 1)


def cause_of(life: Life, given: Input) -> GatewayError:
    """Names what this input says went wrong; asked before the step leaves the state."""
    doubt = _doubt(life)
    match given:
        case AccessDenied() | DialFailed():
            return given.cause
        case Closed():
            return _closed(life, given)
        case UpgradeRejected():
            return _rejected(life, given)
        case Lost():
            return doubt or given.cause
        case WireFailed():
            return doubt or ProtocolViolation(given.why, code=given.code)
        case _:
            return doubt or _FIXED.get(given.kind) or _late(life)


def _doubt(life: Life) -> GatewayError | None:
    """What an op 9 meant where no close code told more.

    "Sent when IDENTIFY or RESUME parameters are wrong" (EE:43); after an IDENTIFY it is intents or the allow-list.
    """
    if life.state is ConnectionState.DOUBTING_IDENTIFY:
        return InvalidIntents(suspects(life.config.intents), "the gateway answered the IDENTIFY with op 9", code=9)
    if life.state is ConnectionState.DOUBTING_SESSION:
        return InvalidSession("the gateway says that the session is invalid", code=9)
    return None


def _late(life: Life) -> GatewayError:
    if life.state is ConnectionState.CLOSING:
        return DeadlineExceeded("no close frame of the gateway in time", remedy="none needed: the shard has stopped")
    return DeadlineExceeded(f"{_DEADLINES.get(life.state, 'no answer')} in time")


def _closed(life: Life, given: Closed) -> GatewayError:
    if life.state is ConnectionState.CLOSING and given.code == life.config.stop_code:
        return _FIXED[Kind.STOP]  # "An endpoint SHOULD echo the status code" (RFC 6455 5.5.1): it was our own wish.
    row = row_for(given.code, life.close_codes)
    text = f"the gateway closed the connection: {row.meaning}" + (f" ({given.reason})" if given.reason else "")
    if given.code in _BAD_INTENTS:
        return InvalidIntents(suspects(life.config.intents), text, code=given.code)
    if given.code == _AUTHENTICATION_FAILED:
        return AuthenticationFailed(text, code=given.code)
    if life.state is ConnectionState.DOUBTING_IDENTIFY and row.action is not CloseAction.FATAL:
        return InvalidIntents(suspects(life.config.intents), f"{text}, after op 9 to the IDENTIFY", code=given.code)
    if given.code == _RESHARD:
        return ReshardRequired(text, code=given.code)
    if given.code in _DEAD_SESSION:
        return InvalidSession(text, code=given.code)
    if row.action is CloseAction.COOL_DOWN:
        return RateLimited(life.config.reconnect.too_fast_delay, text, code=given.code)
    return GatewayClosed(text, code=given.code, remedy=row.remedy)


def _rejected(life: Life, given: UpgradeRejected) -> GatewayError:
    body = f": {given.body}" if given.body else ""
    text = f"the gateway answered the WebSocket handshake with HTTP {given.status}{body}"
    if given.kind is Kind.UPGRADE_UNAUTHORIZED:
        return AuthenticationFailed(text, code=given.status, remedy=_UPGRADE_REMEDY)
    if given.status == _TOO_MANY_REQUESTS:
        wait = life.config.reconnect.rate_limit_delay if given.retry_after is None else given.retry_after
        return RateLimited(wait, text, code=given.status)
    return ConnectionFailed(text, code=given.status, retry_after=given.retry_after)


def floor_of(life: Life, given: Input) -> float:
    """The least wait in seconds that this input asks for."""
    settings = life.config.reconnect
    if given.kind is Kind.CLOSED_COOL_DOWN:
        return settings.too_fast_delay
    asked: float | None = None
    if isinstance(given, (AccessDenied, UpgradeRejected, DialFailed)):
        cause = cause_of(life, given)
        asked = getattr(cause, "retry_after", None) if isinstance(given, DialFailed) else given.retry_after
        if asked is None and isinstance(cause, RateLimited):
            # "60 s where a rate limit names no time" (design 5); a RateLimited always carries a wait of its own.
            asked = cause.retry_after_seconds or settings.rate_limit_delay
    return min(max(asked or 0.0, 0.0), settings.max_retry_after)
