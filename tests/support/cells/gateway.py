"""Cells of the gateway's frames (`protocol.md` 2 and 3; design 4 to 6)."""

from __future__ import annotations

from typing import Final

from support.happenings import (
    Row,
    Then,
    acknowledges,
    beats,
    breaks,
    doubts,
    greets,
    greets_oddly,
    invalidates,
    is_due,
    is_ready,
    is_ready_anew,
    is_resumed,
    lives,
    measures,
    orders_reconnect,
    pauses,
    rows,
    says_nonsense,
    says_op_3,
    sends,
    sends_again,
    waits,
)
from support.stages import BRISK

CONNECTED: Final = (*("GREETING", "IDENTIFYING", "RESUMING", "READY", "DOUBTING_IDENTIFY", "DOUBTING_SESSION"),)
HEARTBEATING: Final = CONNECTED[1:]
WITH_SESSION: Final = ("RESUMING", "READY", "DOUBTING_SESSION")
WITHOUT: Final = ("IDENTIFYING", "DOUBTING_IDENTIFY")
DOUBTING: Final = ("DOUBTING_IDENTIFY", "DOUBTING_SESSION", "DOUBTING_SESSION, d true")

VIOLATED: Final = "Violated ProtocolViolation"
BEATS: Final = Then(beats, "same", "Write HEARTBEAT null")
BEATS_ON: Final = Then(beats, "same", "Write HEARTBEAT 2")
AT_ONCE: Final = "IDENTIFY or RESUME is the first frame after HELLO, in the same step (I2)"

GREETED: Final[list[Row]] = [
    *rows("GREETING", greets, "IDENTIFYING", "Write IDENTIFY; ReturnPermit used", AT_ONCE, due=21, then=BEATS),
    *rows("GREETING, to resume", greets, "RESUMING", "Write RESUME S1 from 2", AT_ONCE, due=22, then=BEATS_ON),
    *rows(
        "GREETING, to resume", (pauses, greets), "RESUMING", "Write RESUME S1 from 2", AT_ONCE, due=22, then=BEATS_ON
    ),
    *rows(
        *("GREETING", greets_oddly, "IDENTIFYING", f"{VIOLATED}; Write IDENTIFY; ReturnPermit used"),
        "anything but a number of 1,000 to 600,000 ms is 45 s and a notice (design 6)",
    ),
    *rows(HEARTBEATING, greets, "same", VIOLATED, "HELLO is the first frame, once (EE:171)"),
    *rows("IDENTIFYING", is_ready, "READY", "Ready S1; SaveSession S1 1", "READY begins the session (EE:183)"),
    *rows(
        *("RESUMING", is_ready_anew, "READY"),
        "SaveSession only orphans 1; Gap session 3-; Ready S2; SaveSession S2 1 orphans 1",
        "READY for RESUMED: another session, the old one is lost (conformance 3)",
    ),
    *rows(("READY", *DOUBTING), is_ready_anew, "same", VIOLATED, "one READY a connection"),
    *rows("RESUMING", is_resumed, "READY", "Resumed 3", "RESUMED ends the replay (EE:263)"),
    *rows((*WITHOUT, "READY", "DOUBTING_SESSION"), is_resumed, "same", VIOLATED, "RESUMED answers a RESUME only"),
    *[
        row
        for frame in (is_ready, is_resumed, sends, beats)
        for row in rows("GREETING", frame, "same", VIOLATED, "nothing is believed before HELLO (conformance 3)")
    ],
    *rows(
        *("GREETING", acknowledges, "same", f"{VIOLATED}(not acknowledged)"),
        "nothing is believed before HELLO (conformance 3)",
    ),
]

DELIVERED: Final[list[Row]] = [
    *rows("READY", sends, "same", "Deliver 3", "events flow"),
    *rows("READY", sends_again, "same", "Deliver 2 rewound 1", "delivered, moves no cursor, counted (design 4)"),
    *rows("RESUMING", (lives(5), sends), "same", "Deliver 3", "re-armed by progress (design 3)", due=22),
    *rows(
        "RESUMING", (lives(5), sends_again), "same", "Deliver nothing duplicated 1", "no progress (design 5)", due=17
    ),
    *rows("DOUBTING_SESSION", sends, "same", "Deliver 3", "above received: still delivered (design 5)", due=4),
    *rows("DOUBTING_SESSION", sends_again, "same", "Deliver nothing duplicated 1", "not above received", due=4),
    *rows(WITHOUT, sends, "same", VIOLATED, "no events before READY (EE:183)"),
]

ONCE_A_SECOND: Final = "op 1 is answered at most once a second (design 6)"

HEARTBEATS: Final[list[Row]] = [
    *rows(WITHOUT, beats, "same", "Write HEARTBEAT null", "d is null before any s (EE:231); reply at once (EE:39)"),
    *rows(WITH_SESSION, beats, "same", "Write HEARTBEAT 2", "d is the last s (EE:231); reply at once (EE:39)"),
    *rows(HEARTBEATING, (beats, waits(0.9), beats), "same", "", ONCE_A_SECOND),
    *rows(WITH_SESSION, (beats, waits(1), beats), "same", "Write HEARTBEAT 2", ONCE_A_SECOND),
    *rows(HEARTBEATING, acknowledges, "same", "(acknowledged)", "op 11 is noted (EE:241)"),
    *rows(HEARTBEATING, (is_due, waits(0.25), measures), "same", "(0.25)", "how long it took", config=BRISK),
    *rows(HEARTBEATING, (is_due, pauses, waits(0.25), measures), "same", "(None)", "nobody knows", config=BRISK),
    *rows(HEARTBEATING, (pauses, acknowledges), "same", "(acknowledged)", "op 11 is noted in a pause too"),
]

ROUTINE: Final = "AbandonTransport; Disconnected ReconnectRequested 7; Retrying {} ReconnectRequested 7"
TWICE: Final = tuple(f"{name}, after op 7" for name in ("GREETING, to resume", "IDENTIFYING", "RESUMING", "READY"))
PROMPT: Final = "op 7 is routine: 0-1 s and no back-off once in a row (design 5)"

ORDERED: Final[list[Row]] = [
    *rows(
        *(("GREETING, to resume", "IDENTIFYING", "RESUMING", "READY"), orders_reconnect, "WAITING"),
        *(ROUTINE.format("promptly"), PROMPT),
    ),
    *rows(
        *("GREETING", orders_reconnect, "WAITING"),
        *(ROUTINE.format("promptly").replace("; Ret", "; ReturnPermit unused; Ret"), "as the first frame; I7"),
    ),
    *rows(
        *(TWICE, orders_reconnect, "WAITING"),
        *(ROUTINE.format("by back-off"), "not twice in a row without a healthy connection between"),
    ),
    *rows(
        *("GREETING, after op 7", orders_reconnect, "WAITING"),
        *(ROUTINE.format("by back-off").replace("; Ret", "; ReturnPermit unused; Ret"), "not twice in a row"),
    ),
    *rows(
        *("READY, after op 7", (lives(31), orders_reconnect), "WAITING"),
        *(ROUTINE.format("promptly"), "healthy after 30 s in READY: routine again (design 5)"),
    ),
    *[
        row
        for order in (orders_reconnect, doubts, invalidates)
        for row in rows(DOUBTING, order, "same", "", "later op 9 and op 7 are ignored (design 5)")
    ],
]

INVALID: Final = "AbandonTransport; Disconnected InvalidSession 9; "
KEPT: Final = Then(breaks, "WAITING", f"{INVALID}Retrying by back-off InvalidSession 9")
DROPPED: Final = Then(
    *(breaks, "WAITING"), f"{INVALID}SaveSession only orphans 1; Gap session 3-; Retrying by back-off InvalidSession 9"
)

DOUBTED: Final[list[Row]] = [
    *rows("GREETING", doubts, "same", VIOLATED, "op 9 answers IDENTIFY or RESUME (EE:43)"),
    *rows("GREETING", invalidates, "same", VIOLATED, "op 9 answers IDENTIFY or RESUME (EE:43)"),
    *rows("IDENTIFYING", doubts, "DOUBTING_IDENTIFY", "", "a close code follows with the cause (3.5)", due=4),
    *rows("IDENTIFYING", invalidates, "DOUBTING_IDENTIFY", "", "a close code follows with the cause (3.5)", due=4),
    *rows(("RESUMING", "READY"), doubts, "DOUBTING_SESSION", "", "d true: resumable (2.3)", due=4, then=KEPT),
    *rows(("RESUMING", "READY"), invalidates, "DOUBTING_SESSION", "", "d false: not resumable", due=4, then=DROPPED),
]

ODD: Final[list[Row]] = [
    *rows(CONNECTED, says_op_3, "same", "Violated UnknownOpcode", "unknown op: ignored (2.1), counted"),
    *rows(CONNECTED, says_nonsense, "same", VIOLATED, "a bad frame is isolated (conformance 3)"),
]

ANYTHING: Final = (
    *(greets, is_ready, is_resumed, sends, beats, orders_reconnect, doubts, invalidates, says_op_3, says_nonsense),
)

OVER: Final[list[Row]] = [
    *[row for frame in ANYTHING for row in rows("CLOSING", frame, "same", "", "a later RESUME asks for it again")],
    *rows("CLOSING", acknowledges, "same", "(not acknowledged)", "the shard is being stopped"),
]

ROWS: Final = [*GREETED, *DELIVERED, *HEARTBEATS, *ORDERED, *DOUBTED, *ODD, *OVER]
