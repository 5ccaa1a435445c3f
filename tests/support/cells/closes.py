"""Cells of the gateway's close frames, one code for each action (`protocol.md` 4.1; design 5).

What every single code does stands in `tests/qqgw_proto/machine/test_machine_close_codes.py`.
"""

from __future__ import annotations

from typing import Final

from support.happenings import (
    Row,
    Then,
    What,
    breaks,
    closes,
    doubts,
    identifies_again,
    invalidates,
    is_due,
    is_permitted,
    is_ready_anew,
    is_resumed,
    rows,
    says_too_much,
    settles,
)
from support.stages import CONFIG, LAST_CHANCE, steep

IN_SESSION: Final = ("GREETING, to resume", "RESUMING", "READY")
STANDING: Final = (*IN_SESSION, "IDENTIFYING")
LOST: Final = "SaveSession only orphans 1; Gap session 3-; "


def parted(code: int, cause: str) -> str:
    """The close frame is answered, nothing is awaited."""
    return f"Write close {code}; CloseTransport {code}; Disconnected {cause} {code}; "


def retried(code: int, cause: str, pace: str = "by back-off", between: str = "") -> str:
    return f"{parted(code, cause)}{between}Retrying {pace} {cause} {code}"


TWICE: Final = tuple(f"{name}, after op 7" for name in ("GREETING, to resume", "IDENTIFYING", "RESUMING", "READY"))

RESUMED: Final[list[Row]] = [
    *rows(STANDING, closes(4000), "WAITING", retried(4000, "GatewayClosed"), "4000: RESUME (BOTGO)"),
    *rows(STANDING, closes(4008), "WAITING", retried(4008, "RateLimited", "in 500 s"), "4008: cool down, RESUME"),
    *rows(STANDING, closes(4009), "WAITING", retried(4009, "GatewayClosed", "promptly"), "4009: RESUME at once"),
    *rows(
        *(TWICE, closes(4009), "WAITING"),
        *(retried(4009, "GatewayClosed"), "not twice in a row without a healthy connection between (design 5)"),
    ),
    *rows(
        *("GREETING, after op 7", closes(4009), "WAITING"),
        *(retried(4009, "GatewayClosed", between="ReturnPermit unused; "), "the same; I7"),
    ),
]

RENEWS: Final = (Then(is_due, "PERMITTING", "RequestPermit"), Then(is_permitted, "PREPARING", "RequestAccess renew"))
RENEWS_TO_RESUME: Final = Then(is_due, "PREPARING", "RequestAccess renew")
TOKEN: Final = retried(4004, "AuthenticationFailed")
TOKEN_REFUSED: Final = f"{parted(4004, 'AuthenticationFailed')}Failed AuthenticationFailed 4004"
SECOND: Final = "a second 4004 in a row with a token renewed after the first (design 5)"

RENEWED: Final[list[Row]] = [
    *rows(IN_SESSION, closes(4004), "WAITING", TOKEN, "4004: fetch the token anew, once", then=RENEWS_TO_RESUME),
    *rows("IDENTIFYING", closes(4004), "WAITING", TOKEN, "4004: fetch the token anew, once", then=RENEWS),
    *rows("IDENTIFYING, renewed", closes(4004), "FAILED", TOKEN_REFUSED, SECOND),
    *rows(
        *("GREETING, renewed", closes(4004), "FAILED"),
        *(TOKEN_REFUSED.replace("Failed A", "ReturnPermit unused; Failed A"), SECOND),
    ),
    *rows(
        *(("GREETING, to resume, renewed", "RESUMING, renewed"), closes(4004), "FAILED"),
        *(TOKEN_REFUSED.replace("Failed A", "SaveSession S1 1; Failed A"), f"{SECOND}; the session is kept"),
    ),
]

OVER: Final = "who says that the session is over is there again: what failed since it began is forgotten"

DROPPED: Final[list[Row]] = [
    *rows(
        *(("GREETING, to resume", "RESUMING"), closes(4006), "WAITING"),
        *(retried(4006, "InvalidSession", "promptly", LOST), OVER),
        config=steep(CONFIG),
    ),
    *rows(
        *("RESUMING", (is_resumed, closes(4006)), "WAITING"),
        *(retried(4006, "InvalidSession", "promptly", "SaveSession only orphans 1; Gap session 4-; "), OVER),
        config=steep(CONFIG),
    ),
    *rows(
        *("RESUMING", (is_ready_anew, closes(4006)), "WAITING"),
        *(retried(4006, "InvalidSession", between="SaveSession only orphans 1; Gap session 2-; "),),
        "a session that is over as soon as it began brings back no trust",
        config=steep(CONFIG),
    ),
    *rows("READY", closes(4006), "WAITING", retried(4006, "InvalidSession", between=LOST), "4006: drop, IDENTIFY"),
    *rows("IDENTIFYING", closes(4006), "WAITING", retried(4006, "InvalidSession"), "4006: IDENTIFY"),
    *rows(IN_SESSION, closes(4914), "FAILED", f"{parted(4914, 'GatewayClosed')}{LOST}Failed GatewayClosed 4914", "no"),
    *rows("IDENTIFYING", closes(4914), "FAILED", f"{parted(4914, 'GatewayClosed')}Failed GatewayClosed 4914", "fatal"),
    *rows(
        *("DOUBTING_IDENTIFY", closes(4914), "FAILED", f"{parted(4914, 'GatewayClosed')}Failed GatewayClosed 4914"),
        "a fatal code wins over all (design 5)",
    ),
    *rows(
        *(("DOUBTING_SESSION", "DOUBTING_SESSION, d true"), closes(4914), "FAILED"),
        *(f"{parted(4914, 'GatewayClosed')}{LOST}Failed GatewayClosed 4914", "a fatal code wins over all (design 5)"),
    ),
]

AGAIN: Final = (
    Then(identifies_again, "IDENTIFYING", "Write IDENTIFY; ReturnPermit used"),
    Then(invalidates, "DOUBTING_IDENTIFY", ""),
    Then(breaks, "FAILED", "AbandonTransport; Disconnected InvalidIntents 9; Failed InvalidIntents 9"),
)
COUNTED: Final = "4003, 4005: a refusal, IDENTIFY on a new connection (4.1; design 5)"

REFUSED: Final[list[Row]] = [
    *rows(
        *((*IN_SESSION, "DOUBTING_SESSION", "DOUBTING_SESSION, d true"), closes(4003), "WAITING"),
        *(retried(4003, "GatewayClosed", between=LOST), COUNTED),
        then=AGAIN,
    ),
    *rows("IDENTIFYING", closes(4003), "WAITING", retried(4003, "GatewayClosed"), COUNTED, then=AGAIN),
    *rows(
        *((*IN_SESSION, "DOUBTING_SESSION"), closes(4003), "FAILED"),
        *(f"{parted(4003, 'GatewayClosed')}{LOST}Failed GatewayClosed 4003", "the refusals are spent"),
        config=LAST_CHANCE,
    ),
    *rows(
        *("IDENTIFYING", closes(4003), "FAILED"),
        *(f"{parted(4003, 'GatewayClosed')}Failed GatewayClosed 4003", "the refusals are spent"),
        config=LAST_CHANCE,
    ),
]

TOO_BIG: Final = "Write close 1009; CloseTransport 1009; Disconnected InvalidIntents 9; "
KEPT: Final = "what was settled of earlier sessions is saved while it can be"
ONE_REFUSAL: Final = "op 9 after IDENTIFY is one refusal, whatever non-fatal close follows (design 5; 3.5)"
PACES: Final = (*((code, "by back-off") for code in (4000, 4009, 4006, 4003)), (4008, "in 500 s"))


def doubted_identify(code: int, pace: str) -> list[Row]:
    retry = retried(code, "InvalidIntents", pace)
    end = f"{parted(code, 'InvalidIntents')}Failed InvalidIntents {code}"
    return [
        *rows("DOUBTING_IDENTIFY", closes(code), "WAITING", retry, ONE_REFUSAL, then=AGAIN),
        *rows("DOUBTING_IDENTIFY", closes(code), "FAILED", end, "the refusals are spent", config=LAST_CHANCE),
        *rows(
            *("DOUBTING_IDENTIFY, orphan", (settles, closes(code)), "FAILED"),
            *(end.replace("Failed I", "SaveSession None; Failed I"), KEPT),
            config=LAST_CHANCE,
        ),
    ]


ENDS_WITHOUT_SESSION: Final = (
    *((code, "ReturnPermit unused; ", "GREETING, orphan") for code in (4003, 4914)),
    (4003, "", "IDENTIFYING, orphan"),
    (4914, "", "DOUBTING_IDENTIFY, orphan"),
)

IDENTIFY_DOUBTED: Final[list[Row]] = [
    *(row for code, pace in PACES for row in doubted_identify(code, pace)),
    *rows(
        *("DOUBTING_IDENTIFY", says_too_much, "WAITING"),
        *(f"{TOO_BIG}Retrying by back-off InvalidIntents 9",),
        *(ONE_REFUSAL,),
        then=AGAIN,
    ),
    *rows(
        *("DOUBTING_IDENTIFY", says_too_much, "FAILED"),
        *(f"{TOO_BIG}Failed InvalidIntents 9",),
        *("the refusals are spent",),
        config=LAST_CHANCE,
    ),
    *rows(
        *("DOUBTING_IDENTIFY, orphan", (settles, says_too_much), "FAILED"),
        *(f"{TOO_BIG}SaveSession None; Failed InvalidIntents 9", KEPT),
        config=LAST_CHANCE,
    ),
    *rows("DOUBTING_IDENTIFY", closes(4004), "WAITING", TOKEN, "4004 renews the token (design 5)", then=RENEWS),
    *rows("DOUBTING_IDENTIFY, renewed", closes(4004), "FAILED", TOKEN_REFUSED, SECOND),
    *[
        row
        for code, unused, stage in ENDS_WITHOUT_SESSION
        for row in rows(
            *(stage, (settles, closes(code)), "FAILED"),
            f"{parted(code, 'GatewayClosed')}{unused}SaveSession None; Failed GatewayClosed {code}",
            KEPT,
            config=LAST_CHANCE,
        )
    ],
    # Nothing stays due after the end.
    *rows(
        *(("IDENTIFYING, orphan, renewed", "DOUBTING_IDENTIFY, orphan, renewed"), (settles, closes(4004))),
        *("FAILED", TOKEN_REFUSED.replace("Failed A", "SaveSession None; Failed A"), SECOND),
    ),
]

SURVIVES: Final = "the session survives only if d is true and the close permits RESUME (design 5)"


def doubted_session(code: int, cause: str, pace: str) -> list[Row]:
    lost = retried(code, cause, pace, between=LOST)
    return [
        *rows("DOUBTING_SESSION", closes(code), "WAITING", lost, SURVIVES),
        *rows("DOUBTING_SESSION, d true", closes(code), "WAITING", retried(code, cause, pace), SURVIVES),
    ]


def over(what: tuple[What, ...], code: int, cause: str) -> list[Row]:
    """The same from a RESUME after an outage, with waits that tell whether it is forgotten."""
    lost, kept = retried(code, cause, "promptly", LOST), retried(code, cause)
    dropped = rows("RESUMING", (invalidates, *what), "WAITING", lost, OVER, config=steep(CONFIG))
    return [*dropped, *rows("RESUMING", (doubts, *what), "WAITING", kept, SURVIVES, config=steep(CONFIG))]


NINTH: Final = "Write close 1009; CloseTransport 1009; Disconnected InvalidSession 9; "

SESSION_DOUBTED: Final[list[Row]] = [
    *doubted_session(4000, "GatewayClosed", "by back-off"),
    *doubted_session(4008, "RateLimited", "in 500 s"),
    *doubted_session(4009, "GatewayClosed", "by back-off"),
    *over((closes(4000),), 4000, "GatewayClosed"),
    *over((closes(4008),), 4008, "RateLimited"),
    *over((closes(4009),), 4009, "GatewayClosed"),
    *rows(
        *("RESUMING", (invalidates, says_too_much), "WAITING"),
        *(f"{NINTH}{LOST}Retrying promptly InvalidSession 9", OVER),
        config=steep(CONFIG),
    ),
    *rows(
        *("RESUMING", (invalidates, closes(4006)), "WAITING"),
        *(retried(4006, "InvalidSession", "promptly", LOST), OVER),
        config=steep(CONFIG),
    ),
    *rows(
        *(("DOUBTING_SESSION", "DOUBTING_SESSION, d true"), closes(4006), "WAITING"),
        *(retried(4006, "InvalidSession", between=LOST), "4006 permits no RESUME (WSERR:8)"),
    ),
    *rows(
        *("DOUBTING_SESSION", says_too_much, "WAITING"),
        *(f"{NINTH}{LOST}Retrying by back-off InvalidSession 9", SURVIVES),
    ),
    *rows(
        *("DOUBTING_SESSION, d true", says_too_much, "WAITING"),
        *(f"{NINTH}Retrying by back-off InvalidSession 9", SURVIVES),
    ),
    *rows("DOUBTING_SESSION, d true", closes(4004), "WAITING", TOKEN, SURVIVES, then=RENEWS_TO_RESUME),
    *rows(
        *("DOUBTING_SESSION", closes(4004), "WAITING"),
        *(retried(4004, "AuthenticationFailed", between=LOST), "d false: dropped; 4004 renews the token (design 5)"),
        then=RENEWS,
    ),
    *rows(
        *("DOUBTING_SESSION, d true, renewed", closes(4004), "FAILED"),
        *(TOKEN_REFUSED.replace("Failed A", "SaveSession S1 1; Failed A"), SECOND),
    ),
    *rows(
        *("DOUBTING_SESSION, renewed", closes(4004), "FAILED"),
        *(TOKEN_REFUSED.replace("Failed A", f"{LOST}Failed A"), f"{SECOND}; d false: dropped"),
    ),
]

STOPPED: Final[list[Row]] = [
    rows(
        *("CLOSING", closes(code), "STOPPED"),
        *(f"AbandonTransport; Disconnected {cause}; Stopped", "the peer's close ends a wanted stop"),
    )[0]
    for code, cause in (
        *((4000, "ReconnectRequested"), (4008, "RateLimited 4008"), (4009, "GatewayClosed 4009")),
        *((4006, "InvalidSession 4006"), (4003, "GatewayClosed 4003"), (4004, "AuthenticationFailed 4004")),
        (4914, "GatewayClosed 4914"),
    )
]

ROWS: Final = [*RESUMED, *RENEWED, *DROPPED, *REFUSED, *IDENTIFY_DOUBTED, *SESSION_DOUBTED, *STOPPED]
