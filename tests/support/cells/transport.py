"""Cells of the transport's calls and of the WebSocket's handshake, pings and failures (design 3, 6; conformance 3)."""

from __future__ import annotations

from typing import Final

from support.happenings import (
    Row,
    Then,
    accepts,
    blocks,
    breaks,
    cannot_dial,
    has_access,
    host_sees_401,
    host_sees_500,
    is_due,
    is_permitted,
    moves,
    opens,
    pings,
    pings_again,
    rejects_401,
    rejects_403,
    rejects_500,
    rows,
    says_too_much,
    settles,
    speaks_tls,
    waits,
)
from support.stages import LAST_CHANCE

CONNECTED: Final = (*("GREETING", "IDENTIFYING", "RESUMING", "READY", "DOUBTING_IDENTIFY", "DOUBTING_SESSION"),)
OPEN: Final = ("UPGRADING", *CONNECTED, "CLOSING")
STANDING: Final = ("GREETING, to resume", "IDENTIFYING", "RESUMING", "READY")

UNUSED: Final = "ReturnPermit unused; "
RETRY: Final = "Retrying by back-off ConnectionFailed"
BROKEN: Final = f"AbandonTransport; Disconnected ConnectionFailed; {RETRY}"
OUTAGE: Final = "an outage is retried with back-off, the session stays (design 5)"
STALLED: Final = Then(is_due, "WAITING", BROKEN)
ENDED: Final = "AbandonTransport; Disconnected ConnectionFailed; Stopped"

DIALED: Final[list[Row]] = [
    *rows("DIALING", opens, "UPGRADING", "Write GET /websocket/", "the URL byte for byte (1.1)", due=12, door="bytes"),
    *rows("DIALING", opens, "GREETING", "Connected", "the host's WebSocket stands", due=13, door="messages"),
    *rows(OPEN, opens, "same", "MisuseError", "a transport opens once"),
    *rows("DIALING", (cannot_dial), "WAITING", f"AbandonTransport; {UNUSED}{RETRY}", "retried for ever; I7"),
    *rows("DIALING", breaks, "WAITING", f"AbandonTransport; {UNUSED}{RETRY}", "retried for ever; I7"),
    *rows("DIALING, to resume", cannot_dial, "WAITING", f"AbandonTransport; {RETRY}", OUTAGE),
    *rows(("DIALING, to resume", "UPGRADING, to resume"), breaks, "WAITING", f"AbandonTransport; {RETRY}", OUTAGE),
    *rows(OPEN, cannot_dial, "same", "MisuseError", "the dial has succeeded"),
    *rows(("UPGRADING"), breaks, "WAITING", f"AbandonTransport; {UNUSED}{RETRY}", OUTAGE),
    *rows("GREETING", breaks, "WAITING", BROKEN.replace("Retr", f"{UNUSED}Retr"), "1006: RESUME (RFC); I7"),
    *rows(STANDING, breaks, "WAITING", BROKEN, "1006, no close frame: RESUME (RFC)"),
    *rows("CLOSING", breaks, "STOPPED", ENDED, "an end is an end"),
]

WRITTEN: Final[list[Row]] = [
    *rows("DIALING", blocks, "same", "MisuseError", "nothing is written before opened()"),
    *rows("DIALING", moves, "same", "MisuseError", "nothing is written before opened()"),
    *rows(
        *(("UPGRADING, to resume"), blocks, "same", "", "a stalled write: 10 s by default (design 3)"),
        due=3,
        then=Then(is_due, "WAITING", f"AbandonTransport; {RETRY}"),
    ),
    *rows(STANDING, blocks, "same", "", "a stalled write (design 3)", due=3, then=STALLED),
    *rows(
        *("DOUBTING_IDENTIFY", blocks, "same", "", "a stalled write; op 9 is the cause"),
        due=3,
        then=Then(
            *(is_due, "WAITING"),
            "AbandonTransport; Disconnected InvalidIntents 9; Retrying by back-off InvalidIntents 9",
        ),
    ),
    *rows(
        *("DOUBTING_SESSION, d true", blocks, "same", "", "a stalled write; op 9 is the cause"),
        due=3,
        then=Then(
            *(is_due, "WAITING"),
            "AbandonTransport; Disconnected InvalidSession 9; Retrying by back-off InvalidSession 9",
        ),
    ),
    *rows("CLOSING", blocks, "same", "", "a stalled write", due=3, then=Then(is_due, "STOPPED", ENDED)),
    *rows(OPEN, (blocks, moves), "same", "", "all bytes are gone", then=Then(waits(3), "same", "")),
]

RENEWS: Final = (Then(is_due, "PERMITTING", "RequestPermit"), Then(is_permitted, "PREPARING", "RequestAccess renew"))
AGAIN: Final = (
    Then(is_due, "PREPARING", "RequestAccess"),
    Then(has_access, "DIALING", "Dial"),
    Then(opens, "UPGRADING", "Write GET /websocket/"),
)
REFUSED: Final = "an upgrade's 401/403 after one token renewal is a refusal (design 5)"
UNAUTHORIZED: Final = "Retrying by back-off AuthenticationFailed"
GIVEN_UP: Final = "AbandonTransport; ReturnPermit unused; Failed AuthenticationFailed 401"

UPGRADED: Final[list[Row]] = [
    *rows("UPGRADING", accepts, "GREETING", "Connected", "the gateway speaks first: HELLO (EE:171)", due=13),
    *rows(
        *("UPGRADING", rejects_401, "WAITING", f"AbandonTransport; {UNUSED}{UNAUTHORIZED} 401"),
        "401 refreshes the token once (conformance 3)",
        then=RENEWS,
    ),
    *rows("UPGRADING, to resume", rejects_403, "WAITING", f"AbandonTransport; {UNAUTHORIZED} 403", "and so does 403"),
    *rows(
        *("UPGRADING, to resume, renewed", rejects_401, "WAITING", f"AbandonTransport; {UNAUTHORIZED} 401", REFUSED),
        then=(*AGAIN, Then(rejects_401, "FAILED", "AbandonTransport; Failed AuthenticationFailed 401")),
    ),
    *rows("UPGRADING, renewed", rejects_401, "FAILED", GIVEN_UP, "the refusals are spent", config=LAST_CHANCE),
    *rows(
        *("UPGRADING, to resume, renewed", (settles, rejects_401), "FAILED"),
        *("AbandonTransport; SaveSession S1 2; Failed AuthenticationFailed 401", "saved while it can be"),
        config=LAST_CHANCE,
    ),
    *rows(
        *("UPGRADING", rejects_500, "WAITING", f"AbandonTransport; {UNUSED}{RETRY} 500"),
        "5xx is retried for ever (design 5)",
    ),
    *rows("UPGRADING, to resume", rejects_500, "WAITING", f"AbandonTransport; {RETRY} 500", OUTAGE),
    *rows(
        *("UPGRADING, to resume", speaks_tls, "WAITING"),
        *("AbandonTransport; Retrying by back-off ProtocolViolation 1002", "garbage for an answer: retried"),
    ),
]

# "401 refreshes the token once" (conformance 3), also where the handshake is the host's.
SEEN_BY_HOST: Final[list[Row]] = [
    *rows(
        *("DIALING", host_sees_401, "WAITING", f"AbandonTransport; {UNUSED}{UNAUTHORIZED} 401", "as in UPGRADING"),
        then=RENEWS,
        door="messages",
    ),
    *rows(
        *("DIALING, to resume, renewed", host_sees_401, "WAITING", f"AbandonTransport; {UNAUTHORIZED} 401", REFUSED),
        then=(*AGAIN[:2], Then(host_sees_401, "FAILED", "AbandonTransport; Failed AuthenticationFailed 401")),
        door="messages",
    ),
    *rows(
        *("DIALING, renewed", host_sees_401, "FAILED", GIVEN_UP, "the refusals are spent"),
        config=LAST_CHANCE,
        door="messages",
    ),
    *rows(
        *("DIALING", host_sees_500, "WAITING", f"AbandonTransport; {UNUSED}{RETRY} 500", "5xx is retried for ever"),
        door="messages",
    ),
    *rows(
        *("DIALING, to resume", host_sees_401, "WAITING", f"AbandonTransport; {UNAUTHORIZED} 401", "a session stays"),
        door="messages",
    ),
    *rows(
        *("DIALING, to resume", host_sees_500, "WAITING", f"AbandonTransport; {RETRY} 500", OUTAGE),
        door="messages",
    ),
    *rows(
        *("DIALING, to resume, renewed", (settles, host_sees_401), "FAILED"),
        *("AbandonTransport; SaveSession S1 2; Failed AuthenticationFailed 401", "saved while it can be"),
        config=LAST_CHANCE,
        door="messages",
    ),
    *rows(OPEN[1:], host_sees_401, "same", "MisuseError", "the host's handshake has succeeded", door="messages"),
]

PINGED: Final[list[Row]] = [
    *rows(CONNECTED, pings, "same", "Write pong a", "a ping is answered (RFC 6455 5.5.2)"),
    *rows(
        *(CONNECTED, (pings, pings_again), "same", "", "at most one pong a second, for the newest ping (design 6)"),
        due=1,
        then=(Then(is_due, "same", "Write pong b"), Then(waits(0.5), "same", ""), Then(pings, "same", "")),
    ),
    *rows("CLOSING", pings, "same", "", "the shard is being stopped"),
]

TOO_BIG: Final = "CloseTransport 1009; Disconnected ProtocolViolation 1009; "
LOCAL: Final = "after a local protocol error the RFC's code is written and not awaited, then RESUME (design 5)"

FAILED: Final[list[Row]] = [
    *rows(
        *(STANDING, says_too_much, "WAITING"),
        *(f"Write close 1009; {TOO_BIG}Retrying by back-off ProtocolViolation 1009", LOCAL),
    ),
    *rows(
        *("GREETING", says_too_much, "WAITING"),
        *(f"Write close 1009; {TOO_BIG}{UNUSED}Retrying by back-off ProtocolViolation 1009", "I7"),
    ),
    *rows(
        *("CLOSING", says_too_much, "STOPPED"),
        *("AbandonTransport; Disconnected ProtocolViolation 1009; Stopped", "an end is an end"),
    ),
]

ROWS: Final = [*DIALED, *WRITTEN, *UPGRADED, *SEEN_BY_HOST, *PINGED, *FAILED]
