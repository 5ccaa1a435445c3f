"""Cells of the owner's calls (design 3, "Inputs"; design 4 for what is settled and saved)."""

from __future__ import annotations

from typing import Final

from support.happenings import (
    Row,
    Then,
    closes,
    has_access,
    is_delayed,
    is_denied,
    is_due,
    is_permitted,
    is_refused,
    lives,
    pauses,
    plans_a_reconnect,
    reads_again,
    rows,
    settles,
    starts,
    starts_with_both_lost,
    starts_with_lost_session,
    starts_with_orphans,
    starts_with_orphans_only,
    starts_with_session,
    stops,
)
from support.stages import ABRUPT, EVERY

WITH_SESSION: Final = (
    *(f"{name}, to resume" for name in ("PREPARING", "DIALING", "UPGRADING", "GREETING")),
    *("RESUMING", "READY", "DOUBTING_SESSION", "WAITING"),
)
ORPHANED: Final = tuple(
    f"{name}, orphan" for name in ("PERMITTING", "DIALING", "GREETING", "IDENTIFYING", "DOUBTING_IDENTIFY", "WAITING")
)
CONNECTING: Final = (
    *("PERMITTING", "PREPARING", "DIALING", "UPGRADING", "GREETING", "IDENTIFYING", "RESUMING"),
    *("DOUBTING_IDENTIFY", "DOUBTING_SESSION", "WAITING"),
)

CRASH: Final = "open events of sessions that had ended: one Gap(crash), and only once (design 4)"

KEPT: Final = Then(is_due, "same", "SaveSession S0 7")
NO_ACCESS: Final = "Retrying by back-off ConnectionFailed"

STARTING: Final[list[Row]] = [
    *rows("IDLE", starts, "PERMITTING", "RequestPermit", "an IDENTIFY needs a permit (design 3)", due=31),
    *rows(
        *("IDLE", starts_with_session, "PREPARING", "RequestAccess", "a RESUME needs no permit (design 3)"),
        due=32,
        then=(Then(is_denied, "WAITING", NO_ACCESS), Then(is_due, "PREPARING", "RequestAccess")),
    ),
    *rows("IDLE", starts_with_orphans, "PREPARING", "Gap crash -; RequestAccess", CRASH, due=1, then=KEPT),
    *rows(
        *("IDLE", starts_with_orphans_only, "PERMITTING", "Gap crash -; RequestPermit", CRASH),
        due=1,
        then=(Then(is_due, "same", "SaveSession None"), Then(lives(29), "same", "")),
    ),
    *rows(
        *("IDLE", starts_with_lost_session, "PERMITTING", "Gap session 8-; RequestPermit"),
        "a session that is too old is lost: one Gap, never silent (design 4)",
        due=1,
        then=Then(is_due, "same", "SaveSession None"),
    ),
    *rows(
        *("IDLE", starts_with_both_lost, "PERMITTING", "Gap crash -; Gap session 8-; RequestPermit"),
        "two breaks, two Gaps",
    ),
    *rows(EVERY[1:], starts, "same", "MisuseError", "a gateway lives once"),
]

UNUSED: Final = "ReturnPermit unused; "
SAVED: Final = "SaveSession S1 2; "
CLEAN: Final = "SaveSession None; "
GONE: Final = "AbandonTransport; "
LEFT: Final = "AbandonTransport; Disconnected ReconnectRequested; "
GOODBYE: Final = "Write close 4000"
FINAL_SAVE: Final = "stop: final SaveSession, close (design 6)"
DIRTY_STOP: Final = (settles, stops)

STOPPING: Final[list[Row]] = [
    *rows(("IDLE", "PERMITTING", "WAITING"), stops, "STOPPED", "Stopped", "nothing has changed"),
    *rows("WAITING", DIRTY_STOP, "STOPPED", f"{SAVED}Stopped", FINAL_SAVE),
    *rows("PREPARING", stops, "STOPPED", f"{UNUSED}Stopped", "a permit is always returned (I7)"),
    *rows("PREPARING, to resume", DIRTY_STOP, "STOPPED", f"{SAVED}Stopped", FINAL_SAVE),
    *rows(("DIALING", "UPGRADING"), stops, "STOPPED", f"{GONE}{UNUSED}Stopped", "I5 and I7"),
    *rows(
        *(("DIALING, to resume", "UPGRADING, to resume"), DIRTY_STOP),
        *("STOPPED", f"{GONE}{SAVED}Stopped", FINAL_SAVE),
    ),
    *rows(("GREETING", "IDENTIFYING", "DOUBTING_IDENTIFY"), stops, "CLOSING", GOODBYE, "stop_code (design 5)", due=5),
    *rows(
        *(("GREETING, to resume", "RESUMING", "READY", "DOUBTING_SESSION"), DIRTY_STOP),
        *("CLOSING", f"{SAVED}{GOODBYE}", FINAL_SAVE),
        due=5,
    ),
    *rows("READY", stops, "CLOSING", f"SaveSession S1 1; {GOODBYE}", "what is settled is saved, no more (I4)", due=5),
    *rows(
        *(("GREETING, to resume", "RESUMING", "READY"), DIRTY_STOP),
        *("STOPPED", f"{SAVED}{LEFT}Stopped", "stop_code None = abandon (design 5)"),
        config=ABRUPT,
    ),
    *rows(
        *("DOUBTING_SESSION", DIRTY_STOP, "STOPPED"),
        *(f"{SAVED}{GONE}Disconnected InvalidSession 9; Stopped", "the same, after op 9"),
        config=ABRUPT,
    ),
    *rows("IDENTIFYING, orphan", DIRTY_STOP, "STOPPED", f"{CLEAN}{LEFT}Stopped", "the same", config=ABRUPT),
    *rows(
        *("IDENTIFYING, orphan", stops, "STOPPED", f"SaveSession only orphans 1; {LEFT}Stopped"),
        "without a session what is open is saved: a crash would lose it (design 4)",
        config=ABRUPT,
    ),
    *rows(
        *("DOUBTING_IDENTIFY, orphan", DIRTY_STOP, "STOPPED"),
        *(f"{CLEAN}{GONE}Disconnected InvalidIntents 9; Stopped", "the same, after op 9"),
        config=ABRUPT,
    ),
    *rows("GREETING", stops, "STOPPED", f"{LEFT}{UNUSED}Stopped", "the same, and the permit", config=ABRUPT),
    *rows(("CLOSING", "STOPPED", "FAILED"), stops, "same", "", "a second stop is harmless (design 8)"),
]

PLANNED: Final[list[Row]] = [
    *rows(
        *("READY", plans_a_reconnect, "WAITING"),
        *(f"{LEFT}Retrying promptly ReconnectRequested", "a planned RESUME abandons (design 5)"),
    ),
    *rows(CONNECTING, plans_a_reconnect, "same", "", "the shard is connecting already"),
    *rows("CLOSING", plans_a_reconnect, "same", "", "the shard is being stopped"),
    *rows(("IDLE", "STOPPED", "FAILED"), plans_a_reconnect, "same", "", "a shard without a connection stays as it is"),
]

RETURNED: Final = Then(is_denied, "WAITING", f"{UNUSED}{NO_ACCESS}")

ANSWERED: Final[list[Row]] = [
    *rows("PREPARING", has_access, "DIALING", "Dial", "URL and token, then TCP and TLS (design 3)", due=11),
    *rows("PREPARING", is_denied, "WAITING", f"{UNUSED}{NO_ACCESS}", "asked for again after a back-off; I7"),
    *rows("PREPARING, to resume", is_denied, "WAITING", NO_ACCESS, "asked for again after a back-off"),
    *rows("PREPARING", is_refused, "FAILED", f"{UNUSED}Failed AuthenticationFailed", "bad secret is fatal (design 5)"),
    *rows(
        *("PREPARING, to resume", (settles, is_refused), "FAILED", f"{SAVED}Failed AuthenticationFailed"),
        "what is settled is saved while it can be",
    ),
    *rows("PERMITTING", is_permitted, "PREPARING", "RequestAccess", "the permit is held", due=32, then=RETURNED),
    *rows("PERMITTING", is_delayed, "same", "Delayed 100", "re-armed by permit_delayed (design 3)", due=131),
    *[
        row
        for answer in (has_access, is_denied, is_refused)
        for row in rows("PERMITTING", answer, "same", "", "a permit was asked for, no access")
    ],
    *[
        row
        for answer, told in ((is_permitted, "MisuseError"), (is_delayed, ""))
        for row in rows("PREPARING", answer, "same", told, "access was asked for, no permit")
    ],
]

DUE_SAVE: Final = Then(is_due, "same", "SaveSession S1 2")
CLEAN_SAVE: Final = Then(is_due, "same", "SaveSession None")
AFTER_THE_END: Final = Then(settles, "same", "SaveSession None")
AT_ONCE: Final = "settled is accepted in the final states too, and saved at once (design 4)"

SETTLING: Final[list[Row]] = [
    *rows("IDLE", settles, "same", "", "settled is accepted in every state (design 4)"),
    *rows(WITH_SESSION, settles, "same", "", "saved at most once a second (design 4)", due=1, then=DUE_SAVE),
    *rows(ORPHANED, settles, "same", "", "no orphan is left: a crash loses nothing", due=1, then=CLEAN_SAVE),
    *rows("CLOSING", settles, "same", "SaveSession S1 2", AT_ONCE, due=5),
    *rows(("STOPPED", "FAILED, with a session"), settles, "same", "SaveSession S1 2", AT_ONCE),
    *rows("PERMITTING, orphan", DIRTY_STOP, "STOPPED", f"{CLEAN}Stopped", "nothing stays due after the end"),
    *rows("PERMITTING, orphan", stops, "STOPPED", "Stopped", "that one is open is saved", then=AFTER_THE_END),
    *rows(
        *(("IDENTIFYING, orphan", "DOUBTING_IDENTIFY, orphan"), DIRTY_STOP),
        *("CLOSING", f"{CLEAN}{GOODBYE}", "nothing stays due but the close"),
        due=5,
    ),
    *rows(
        *("IDENTIFYING, orphan", (settles, closes(4914)), "FAILED"),
        f"Write close 4914; CloseTransport 4914; Disconnected GatewayClosed 4914; {CLEAN}Failed GatewayClosed 4914",
        "nothing stays due after the end",
    ),
]

PAUSING: Final[list[Row]] = [
    *rows(EVERY, pauses, "same", "(paused)", "the shell stops reading at the high-water mark (design 6)"),
    *rows(EVERY, (pauses, pauses), "same", "(paused)", "it is paused already"),
    *rows(EVERY, (pauses, reads_again), "same", "(reading)", "and reads again"),
    *rows(EVERY, reads_again, "same", "(reading)", "nothing was paused: nothing is excused"),
]

ROWS: Final = [*STARTING, *STOPPING, *PLANNED, *ANSWERED, *SETTLING, *PAUSING]
