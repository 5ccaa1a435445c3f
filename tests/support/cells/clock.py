"""Cells of the deadlines that pass (design 3 "Time", 5, 6), and the ends of an op 9 that no close code explains."""

from __future__ import annotations

from typing import Final

import attrs

from qqgw_proto.config import ClientConfig
from support.happenings import (
    Row,
    Then,
    What,
    blocks,
    breaks,
    doubts,
    identifies_again,
    invalidates,
    is_due,
    lives,
    pauses,
    reads_again,
    resumes_asleep,
    resumes_in_vain,
    resumes_late,
    resumes_paused,
    resumes_paused_asleep,
    resumes_unread,
    rows,
    settles,
    waits,
)
from support.stages import BRISK, CONFIG, PATIENT, steep, with_last_chance

UNUSED: Final = "ReturnPermit unused; "
LATE: Final = "Retrying by back-off DeadlineExceeded"
SILENT: Final = "AbandonTransport; Disconnected DeadlineExceeded; "
LOST: Final = "SaveSession only orphans 1; Gap session 3-; "
WAITS: Final = "every waiting state has a deadline (I6)"
DOUBTING: Final = ("DOUBTING_IDENTIFY", "DOUBTING_SESSION", "DOUBTING_SESSION, d true")
FRESH: Final = "on resuming, unread bytes are read first (design 6): the wait begins anew"
UNREAD: Final = "while reading is paused what is awaited may lie unread: the wait begins anew"
UNHEARD: Final = "a RESUME whose answer may lie unread, or went unheard in a suspend, spends no budget"
BUDGET: Final = "3 RESUMEs without progress, then the session is dropped with one Gap (design 5)"

EXPIRED: Final[list[Row]] = [
    *rows("PERMITTING", is_due, "same", "RequestPermit", "the gate is silent: asked anew", due=31),
    *rows("PREPARING", is_due, "WAITING", f"{UNUSED}{LATE}", f"{WAITS}; I7"),
    *rows("PREPARING, to resume", is_due, "WAITING", LATE, WAITS),
    *rows(("DIALING", "UPGRADING"), is_due, "WAITING", f"AbandonTransport; {UNUSED}{LATE}", f"{WAITS}; I7"),
    *rows(("DIALING, to resume", "UPGRADING, to resume"), is_due, "WAITING", f"AbandonTransport; {LATE}", WAITS),
    *rows("GREETING", is_due, "WAITING", f"{SILENT}{UNUSED}{LATE}", f"{WAITS}; I7"),
    *rows(("GREETING, to resume", "IDENTIFYING", "RESUMING"), is_due, "WAITING", f"{SILENT}{LATE}", WAITS),
    *rows("UPGRADING", (pauses, is_due), "same", "", UNREAD, due=12),
    *rows("GREETING", (pauses, is_due), "same", "", UNREAD, due=13),
    *rows("IDENTIFYING", (pauses, is_due), "same", "", UNREAD, due=21),
    *rows("RESUMING", (pauses, is_due), "same", "", UNREAD, due=22),
    *rows(DOUBTING, (pauses, is_due), "same", "", UNREAD, due=4),
    *rows(("UPGRADING", "UPGRADING, to resume"), (pauses, lives(11), reads_again), "same", "(reading)", FRESH, due=12),
    *rows("GREETING", (pauses, lives(11), reads_again), "same", "(reading)", FRESH, due=13),
    *rows("IDENTIFYING", (pauses, lives(11), reads_again), "same", "(reading)", FRESH, due=21),
    *rows("RESUMING", (pauses, lives(11), reads_again), "same", "(reading)", FRESH, due=22),
    *rows(DOUBTING, (pauses, lives(3), reads_again), "same", "(reading)", FRESH, due=4),
    *rows("CLOSING", (pauses, lives(3), reads_again), "same", "(reading)", "a wanted stop is awaited 5 s", due=2),
    *rows("DIALING", (pauses, lives(3), reads_again), "same", "(reading)", "TCP and TLS are not read", due=8),
    *rows("CLOSING", is_due, "STOPPED", f"{SILENT}Stopped", "a polite close is awaited 5 s (design 3)"),
    *rows("WAITING", is_due, "PREPARING", "RequestAccess", "a RESUME needs no permit (design 3)", due=32),
    *rows("WAITING, orphan", is_due, "PERMITTING", "RequestPermit", "an IDENTIFY needs one (design 3)", due=31),
    *rows("WAITING", (resumes_in_vain, resumes_in_vain, is_due), "PREPARING", "RequestAccess", BUDGET),
    *rows(
        *("WAITING", (resumes_in_vain, resumes_in_vain, resumes_in_vain, is_due)),
        *("PERMITTING", f"{LOST}RequestPermit", BUDGET),
    ),
    *[
        row
        for unread in (resumes_unread, resumes_paused, resumes_asleep, resumes_paused_asleep)
        for row in (
            *rows("WAITING", (unread, unread, unread, unread, is_due), "PREPARING", "RequestAccess", UNHEARD),
            *rows("WAITING", (resumes_in_vain, unread, resumes_in_vain, is_due), "PREPARING", "RequestAccess", UNHEARD),
            *rows(
                *("WAITING", (unread, resumes_in_vain, resumes_in_vain, unread, resumes_in_vain, is_due)),
                *("PERMITTING", f"{LOST}RequestPermit", BUDGET),
            ),
        )
    ],
    *rows(
        *("WAITING", (resumes_late, resumes_late, resumes_late, is_due)),
        *("PERMITTING", f"{LOST}RequestPermit", "after the pause the answer was read, and none came"),
    ),
]

ZOMBIE: Final = "AbandonTransport; Disconnected HeartbeatTimeout; Retrying by back-off HeartbeatTimeout"
ASLEEP: Final = "AbandonTransport; Disconnected ReconnectRequested; Retrying spread ReconnectRequested"
EXCUSED: Final = "on resuming, outstanding beats get one fresh period (design 6)"
ALMOST: Final = (is_due, lives(5.5))
UNMISSED: Final = "a beat outstanding at any moment of a pause cannot be missed (design 6)"
MISSED: Final = "a beat falls due with max_missed unacknowledged (design 6)"
OVERDUE: Final = "the oldest beat is older than max(timeout, interval + 5 s) (design 6)"
SUSPENDED: Final = "a tick later than one interval: abandon and RESUME, spread (design 5)"
WITHOUT: Final = ("IDENTIFYING", "DOUBTING_IDENTIFY")
WITH_SESSION: Final = ("RESUMING", "READY", "DOUBTING_SESSION", "DOUBTING_SESSION, d true")
HEARD: Final = ("IDENTIFYING", "RESUMING", "READY")
UNACKNOWLEDGED: Final = (is_due, is_due, is_due, is_due)
TOO_OLD: Final = (*ALMOST, is_due)

BEATEN: Final[list[Row]] = [
    *rows(("IDENTIFYING", "DOUBTING_IDENTIFY"), is_due, "same", "Write HEARTBEAT null", "null (EE:231)", config=BRISK),
    *rows(
        *(("RESUMING", "READY", "DOUBTING_SESSION"), is_due, "same", "Write HEARTBEAT 2"),
        "through a replay too, d is received (design 6)",
        config=BRISK,
    ),
    *rows(HEARD, UNACKNOWLEDGED, "WAITING", ZOMBIE, MISSED, config=BRISK),
    *rows("DOUBTING_IDENTIFY", UNACKNOWLEDGED, "same", "Write HEARTBEAT null", "the grace decides", config=BRISK),
    *rows("DOUBTING_SESSION", UNACKNOWLEDGED, "same", "Write HEARTBEAT 2", "the grace decides", config=BRISK),
    *rows(HEARD, TOO_OLD, "WAITING", ZOMBIE, OVERDUE, config=PATIENT),
    *rows(WITHOUT, (pauses, *TOO_OLD), "same", "Write HEARTBEAT null", UNMISSED, config=PATIENT),
    *rows(WITH_SESSION, (pauses, *TOO_OLD), "same", "Write HEARTBEAT 2", UNMISSED, config=PATIENT),
    *rows(WITHOUT, (*ALMOST, pauses, reads_again, is_due), "same", "Write HEARTBEAT null", EXCUSED, config=PATIENT),
    *rows(WITH_SESSION, (*ALMOST, pauses, reads_again, is_due), "same", "Write HEARTBEAT 2", EXCUSED, config=PATIENT),
    *rows("IDENTIFYING", (pauses, *UNACKNOWLEDGED), "same", "Write HEARTBEAT null", UNMISSED, config=BRISK),
    *rows(("RESUMING", "READY"), (pauses, *UNACKNOWLEDGED), "same", "Write HEARTBEAT 2", UNMISSED, config=BRISK),
    *rows(HEARD, waits(2.5), "WAITING", ASLEEP, SUSPENDED, config=BRISK),
    *rows("RESUMING", (pauses, waits(2.5)), "WAITING", ASLEEP, SUSPENDED, config=BRISK),
]

AGAIN: Final = (
    Then(identifies_again, "IDENTIFYING", "Write IDENTIFY; ReturnPermit used"),
    Then(invalidates, "DOUBTING_IDENTIFY", ""),
    Then(breaks, "FAILED", "AbandonTransport; Disconnected InvalidIntents 9; Failed InvalidIntents 9"),
)
OVER: Final = "who says that the session is over is there again: what failed since it began is forgotten"
ONE_REFUSAL: Final = "op 9 after IDENTIFY: EOF or the end of the grace is one refusal (design 5)"
ENDS: Final[tuple[tuple[tuple[What, ...], ClientConfig], ...]] = (
    ((is_due,), CONFIG),
    ((breaks,), CONFIG),
    ((blocks, is_due), CONFIG),
    (TOO_OLD, PATIENT),
    ((waits(2.5),), BRISK),
)


def doubted(what: tuple[What, ...], config: ClientConfig) -> list[Row]:
    """Op 9 came, and then no close frame."""
    refused = "AbandonTransport; Disconnected InvalidIntents 9; "
    invalid = "AbandonTransport; Disconnected InvalidSession 9; "
    retry, end = "Retrying by back-off InvalidIntents 9", "Failed InvalidIntents 9"
    kept, last = "Retrying by back-off InvalidSession 9", with_last_chance(config)
    soon, again = "Retrying promptly InvalidSession 9", steep(config)
    return [
        *rows("RESUMING", (invalidates, *what), "WAITING", f"{invalid}{LOST}{soon}", OVER, config=again),
        *rows("RESUMING", (doubts, *what), "WAITING", f"{invalid}{kept}", "d true: kept", config=again),
        *rows("DOUBTING_IDENTIFY", what, "WAITING", f"{refused}{retry}", ONE_REFUSAL, config=config, then=AGAIN),
        *rows("DOUBTING_IDENTIFY", what, "FAILED", f"{refused}{end}", "the refusals are spent", config=last),
        *rows(
            *("DOUBTING_IDENTIFY, orphan", (settles, *what), "FAILED", f"{refused}SaveSession None; {end}"),
            "what was settled of earlier sessions is saved while it can be",
            config=attrs.evolve(last, save_interval=100.0),
        ),
        *rows("DOUBTING_SESSION", what, "WAITING", f"{invalid}{LOST}{kept}", "d false: dropped", config=config),
        *rows("DOUBTING_SESSION, d true", what, "WAITING", f"{invalid}{kept}", "d true: kept", config=config),
    ]


ROWS: Final = [*EXPIRED, *BEATEN, *(row for what, config in ENDS for row in doubted(what, config))]
