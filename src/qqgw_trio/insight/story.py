"""The story of each shard in the log: ready, resumed, lost, retried, gap, failed; logger `qqgw_trio.connection.shard`.

At INFO stands what a person wants to read in the evening, at WARNING and above what somebody must look at. Every record
has what can be known as fields of its own (`shard`, `session`, `seq`, `code`), for logs that are read by programs.

A change of connections that is no failure (a planned one, or one that the gateway asks for by op 7) is not logged as
one.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import Final

from qqgw_proto.errors import EventDecodeError, GatewayError, HeartbeatTimeout, ReconnectRequested
from qqgw_proto.events import Ready, decode
from qqgw_proto.machine import effects as do
from qqgw_trio.connection.shard import Shard

__all__ = ["Story"]

logger = logging.getLogger("qqgw_trio.connection.shard")

QUIET: Final = 60.0
"""Seconds in which a peer that breaks rule after rule gets one line."""


class Story:
    """Tells what happens to the shards of one bot."""

    def __init__(self) -> None:
        self._violations: defaultdict[int, int] = defaultdict(int)
        self._complained: dict[int, float] = {}
        self._sessions: dict[int, str] = {}

    def tell(self, shard: Shard, notice: do.Notice) -> None:
        """Logs a notice."""
        session = self._session_of(shard, notice)
        match notice:
            case do.Retrying():
                seconds = max(0.0, notice.at - shard.clock())
                _log(logging.INFO, shard, _next_attempt(shard, notice.why, seconds), code=notice.why.code)
            case do.Delayed():
                seconds = notice.until - shard.clock()
                _log(logging.INFO, shard, f"waits up to {seconds:.1f} s for its turn to identify")
            case do.Gap():
                _log(logging.WARNING, shard, _gap(notice), session=session, seq=notice.first)
            case do.Violated():
                self._violate(shard, notice.error)
            case do.Stopped():
                _log(logging.INFO, shard, "stopped as wanted")
            case do.Failed():
                _log(logging.ERROR, shard, f"failed: {notice.error}", session=session, code=notice.error.code)
            case _:
                _tell_of_connection(shard, notice, session)

    def _session_of(self, shard: Shard, notice: do.Notice) -> str | None:
        """The session that a notice is about: one that is lost is gone from the shard before its end is told."""
        session = shard.gateway.session
        if session is not None:
            self._sessions[shard.shard_id] = session.session_id
        elif isinstance(notice, do.Connected):  # what is told from here on is not about the session before
            self._sessions.pop(shard.shard_id, None)
        return self._sessions.get(shard.shard_id)

    def _violate(self, shard: Shard, error: GatewayError) -> None:
        """One line at once, then one a minute with the number of those between."""
        number, now = shard.shard_id, shard.clock()
        self._violations[number] += 1
        if now - self._complained.get(number, float("-inf")) < QUIET:
            _log(logging.DEBUG, shard, f"ignored a frame: {error}", code=error.code)
            return
        count, self._violations[number] = self._violations[number], 0
        self._complained[number] = now
        more = f" (and {count - 1} more in the last minute)" if count > 1 else ""
        _log(logging.WARNING, shard, f"ignored a frame{more}: {error}", code=error.code)


def _tell_of_connection(
    shard: Shard, notice: do.Connected | do.Disconnected | do.Ready | do.Resumed, session: str | None
) -> None:
    match notice:
        case do.Connected():
            _log(logging.DEBUG, shard, f"connection {notice.connection} stands, waits for HELLO")
        case do.Disconnected():
            level = logging.WARNING if isinstance(notice.cause, HeartbeatTimeout) else logging.INFO
            _log(level, shard, _end(notice), session=session, code=notice.cause.code)
        case do.Ready():
            _log(logging.INFO, shard, _ready(notice), op=0, seq=notice.event.s)
        case do.Resumed():
            _log(logging.INFO, shard, f"resumed session {_session(shard)}", op=0, seq=notice.event.s)


def _end(notice: do.Disconnected) -> str:
    if isinstance(notice.cause, ReconnectRequested):
        return f"leaves connection {notice.connection}: {notice.cause.message}"
    return f"connection {notice.connection} ended: {notice.cause}"


def _next_attempt(shard: Shard, why: GatewayError, seconds: float) -> str:
    if isinstance(why, ReconnectRequested):
        begins = "begins anew" if shard.gateway.session is None else "resumes"
        return f"{begins} on another connection in {seconds:.1f} s: {why.message}"
    return f"tries again in {seconds:.1f} s, because {why}"


def _log(level: int, shard: Shard, message: str, **fields: int | str | None) -> None:
    if not logger.isEnabledFor(level):
        return
    session, numbers = shard.gateway.session, shard.gateway.config.shard
    known: dict[str, int | str | None] = {
        "shard": f"{numbers.shard_id}/{numbers.shard_count}",
        "session": None if session is None else session.session_id,
        **fields,
    }
    extra = {name: value for name, value in known.items() if value is not None}
    logger.log(level, "shard %s %s", extra["shard"], message, extra=extra)


def _ready(notice: do.Ready) -> str:
    """User, session id, API version, shard i/n, as READY gives them."""
    try:
        event = decode(notice.event)
    except EventDecodeError as error:
        return f"ready: session {notice.session_id}; {error}"
    if not isinstance(event, Ready):
        return f"ready: session {notice.session_id}"
    # The documented sample says [0, 0]: told as it is, never divided by.
    shard = "none" if event.shard is None else f"{event.shard[0]}/{event.shard[1]}"
    user = f"{event.user.username or 'without a name'} ({event.user.id or 'no id'})"
    return f"ready: user {user}, session {notice.session_id}, API version {event.version}, shard {shard}"


def _session(shard: Shard) -> str:
    session = shard.gateway.session
    return "unknown" if session is None else f"{session.session_id} at s={session.sequence_number}"


def _gap(notice: do.Gap) -> str:
    first = "?" if notice.first is None else notice.first
    last = "the end" if notice.last is None else notice.last
    return f"lost events that the platform cannot bring back ({notice.cause}): s from {first} to {last}"
