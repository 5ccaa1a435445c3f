"""The named guards of the client's table: each asks one question and changes nothing."""

from __future__ import annotations

from typing import Final

from qqgw_proto.machine.inputs import Input, Start
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.life import Life, Renewal

__all__ = [
    "answer_is_due",
    "can_resume",
    "closes_politely",
    "has_session",
    "is_routine",
    "op_9_left_session",
    "pong_is_due",
    "reading_is_paused",
    "refusals_are_left",
    "starts_with_loss",
    "starts_with_session",
    "token_was_renewed",
    "too_many_missed",
]

PONG_SPACING: Final = 1.0


def starts_with_session(_life: Life, given: Input) -> bool:
    """Was a saved session handed to `start`?"""
    return isinstance(given, Start) and given.session is not None and given.session.session_id is not None


def starts_with_loss(_life: Life, given: Input) -> bool:
    """Was something lost with the process before that nobody has announced?"""
    return isinstance(given, Start) and given.session is not None and given.session.is_loss


def has_session(life: Life, _given: Input) -> bool:
    """Is there a session to RESUME?"""
    return life.session is not None and life.session.session_id is not None


def can_resume(life: Life, given: Input) -> bool:
    """Is there a session to RESUME, not too old, and is its budget of RESUMEs without progress not spent?"""
    session, settings = life.session, life.config.reconnect
    if session is None or not has_session(life, given):
        return False
    if settings.max_session_age is not None and life.now - session.began >= settings.max_session_age:
        return False
    return session.resumes < settings.max_resumes and session.unfinished < settings.max_unfinished_resumes


def token_was_renewed(life: Life, given: Input) -> bool:
    """Was the token in use fetched after an earlier refusal?

    One that was given again is no renewed one: its refusal says nothing new (`protocol.md` 1.4). But a handshake
    carries no token, so there a renewal has been tried, whatever it gave.
    """
    renewal = life.recovery.renewal
    return renewal is Renewal.GRANTED or (renewal is Renewal.REPEATED and given.kind is Kind.UPGRADE_UNAUTHORIZED)


def refusals_are_left(life: Life, _given: Input) -> bool:
    """Does this refusal leave room for another attempt?"""
    most = life.config.reconnect.max_attempts
    return most is None or life.recovery.refusals + 1 < most


def is_routine(life: Life, _given: Input) -> bool:
    """Was the connection healthy, or is this the first routine reconnect in a row?"""
    settings, ready_at = life.config.reconnect, life.link().ready_at
    healthy = ready_at is not None and life.now - ready_at >= settings.healthy_after
    return healthy or not life.recovery.routine


def op_9_left_session(life: Life, _given: Input) -> bool:
    """Did op 9 carry `d` true?"""
    return life.link().resumable


def too_many_missed(life: Life, _given: Input) -> bool:
    """Are `max_missed` beats unacknowledged?"""
    heartbeat = life.heartbeat()
    return heartbeat.missed >= heartbeat.max_missed


def reading_is_paused(life: Life, _given: Input) -> bool:
    """Is reading paused, so that what is awaited may lie unread?"""
    return life.paused_since is not None


def answer_is_due(life: Life, _given: Input) -> bool:
    """Has no op 1 of the server been answered within a second?"""
    return life.heartbeat().may_answer(life.now)


def pong_is_due(life: Life, _given: Input) -> bool:
    """Has no ping been answered within a second?"""
    ponged_at = life.link().ponged_at
    return ponged_at is None or life.now - ponged_at >= PONG_SPACING


def closes_politely(life: Life, _given: Input) -> bool:
    """Is a close code set for a wanted stop?"""
    return life.config.stop_code is not None
