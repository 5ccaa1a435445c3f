"""Why something ended, in words with a code, and the least wait that it asks for."""

from __future__ import annotations

import math

import pytest

from qqgw_proto.config import ClientConfig
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
from qqgw_proto.machine.arrivals import CLOSED_KINDS, Closed, ReconnectOrdered, UpgradeRejected, WireFailed
from qqgw_proto.machine.causes import cause_of, floor_of, suspects
from qqgw_proto.machine.close_codes import CloseAction, CloseCode, row_for
from qqgw_proto.machine.inputs import AccessDenied, DialFailed, Due, Input, Lost, Reconnect, Stop
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.life import Life
from qqgw_proto.machine.states import ConnectionState as S

# GUILDS, GUILD_MESSAGES, DIRECT_MESSAGE and the public guild messages.
INTENTS = 1 << 0 | 1 << 9 | 1 << 12 | 1 << 30


def life(state: S = S.READY, **more: object) -> Life:
    made = Life(ClientConfig(intents=INTENTS), state=state)
    for name, value in more.items():
        setattr(made, name, value)
    return made


def closed(code: int, reason: str = "") -> Closed:
    return Closed(1, code, reason, CLOSED_KINDS[row_for(code).action])


UPGRADE_REMEDY = (
    "check the app id and the secret, that this machine's address is on the IP allow-list, "
    "and that a gateway URL of your own is the gateway's, not that of the REST API"
)


def rejected(status: int, retry_after: float | None = None, body: str = "") -> UpgradeRejected:
    kind = Kind.UPGRADE_UNAUTHORIZED if status in (401, 403) else Kind.UPGRADE_REJECTED
    return UpgradeRejected(1, status, retry_after, body, kind)


# --- which intents are suspicious ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("intents", "bits"),
    [
        # "Default" (EE:357): GUILDS, GUILD_MEMBERS and PUBLIC_GUILD_MESSAGES are granted to every bot.
        (1 << 0 | 1 << 1 | 1 << 30, ()),
        (513, (9,)),
        (INTENTS, (9, 12)),
        (2**31 - 1, (*range(2, 30),)),
    ],
)
def test_what_is_not_granted_to_every_bot_is_suspicious(intents: int, bits: tuple[int, ...]) -> None:
    assert suspects(intents) == bits


# --- causes that come with the input -------------------------------------------------------------------------------


def test_a_cause_that_was_handed_in_is_handed_on() -> None:
    cause = ConnectionFailed("no route to host")
    assert cause_of(life(S.DIALING), DialFailed(1, cause)) is cause
    assert cause_of(life(S.PREPARING), AccessDenied(1, cause)) is cause
    assert cause_of(life(S.READY), Lost(1, cause)) is cause


def test_a_broken_rule_of_websocket_has_its_code() -> None:
    assert cause_of(life(), WireFailed(1, 1007, "not UTF-8")) == ProtocolViolation("not UTF-8", code=1007)


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        (Reconnect(), ReconnectRequested("a planned reconnect")),
        (ReconnectOrdered(1), ReconnectRequested("the gateway asked to reconnect", code=7)),
        (
            Due(Kind.SUSPENDED),
            ReconnectRequested("the machine was suspended or stalled for longer than a heartbeat interval"),
        ),
        (Due(Kind.BEAT_DUE), HeartbeatTimeout("too many heartbeats were not acknowledged")),
        (Due(Kind.ACK_OVERDUE), HeartbeatTimeout("a heartbeat was not acknowledged in time")),
        (Due(Kind.WRITE_STALLED), ConnectionFailed("bytes could not be sent in time")),
        (Stop(), ReconnectRequested("the shard was stopped", remedy="none needed")),
    ],
)
def test_causes_that_are_always_the_same(given: Input, cause: GatewayError) -> None:
    assert cause_of(life(), given) == cause


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (S.PREPARING, "no URL and token in time"),
        (S.DIALING, "no TCP and TLS connection in time"),
        (S.UPGRADING, "no answer to the WebSocket handshake in time"),
        (S.GREETING, "no HELLO in time"),
        (S.IDENTIFYING, "no READY after IDENTIFY in time"),
        (S.RESUMING, "no RESUMED after RESUME in time"),
        (S.CLOSING, "no answer in time"),
    ],
)
def test_a_deadline_says_what_did_not_come(state: S, words: str) -> None:
    assert cause_of(life(state), Due(Kind.STATE_DUE)) == DeadlineExceeded(words)


# --- close codes ---------------------------------------------------------------------------------------------------


def test_a_close_names_its_meaning_and_the_gateways_own_words() -> None:
    assert cause_of(life(), closed(4009, "Session timed out")) == GatewayClosed(
        "the gateway closed the connection: the connection expired (Session timed out)",
        code=4009,
        remedy="nothing to do: the shard comes back by itself",
    )
    assert str(cause_of(life(), closed(4915))) == (
        "the gateway closed the connection: the bot is banned [4915]: contact the platform"
    )


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        *((code, GatewayClosed) for code in (1000, 1001, 1002, 1005, 4000, 4001, 4002, 4003, 4005, 4009, 4010, 4012)),
        *((code, GatewayClosed) for code in (4900, 4902, 4903, 4913, 4914, 4915, 4999)),
        (4004, AuthenticationFailed),
        (4006, InvalidSession),
        (4007, InvalidSession),
        (4008, RateLimited),
        (4011, ReshardRequired),
        (4013, InvalidIntents),
        (4014, InvalidIntents),
    ],
)
def test_each_close_code_has_its_error(code: int, kind: type[GatewayError]) -> None:
    cause = cause_of(life(), closed(code))
    assert type(cause) is kind
    assert cause.code == code
    assert cause.remedy


def test_the_echo_of_a_wanted_stop_is_that_stop_and_no_error_of_the_gateways() -> None:
    cause = cause_of(life(S.CLOSING), closed(4000))
    assert str(cause) == "the shard was stopped: none needed"
    assert cause_of(life(S.CLOSING), closed(4006)).code == 4006


def test_refused_intents_name_the_suspects() -> None:
    cause = cause_of(life(S.IDENTIFYING), closed(4014))
    assert isinstance(cause, InvalidIntents)
    assert cause.suspects == (9, 12)


def test_too_fast_says_how_long_to_wait() -> None:
    cause = cause_of(life(), closed(4008))
    assert isinstance(cause, RateLimited)
    assert cause.retry_after_seconds == 10.0


def test_a_row_of_the_users_own_is_believed() -> None:
    own = CloseCode(4999, "come back slowly", CloseAction.COOL_DOWN, "own", "own")
    given = Closed(1, 4999, "", Kind.CLOSED_COOL_DOWN)
    assert cause_of(life(close_codes={4999: own}), given) == RateLimited(
        10.0, "the gateway closed the connection: come back slowly", code=4999
    )


# --- op 9 ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [Lost(1, ConnectionFailed("EOF")), Due(Kind.STATE_DUE), Due(Kind.ACK_OVERDUE), WireFailed(1, 1002, "x"), Stop()],
)
def test_op_9_without_a_close_code_names_what_it_meant(given: Input) -> None:
    # "Sent when IDENTIFY or RESUME parameters are wrong" (3.5): after an IDENTIFY "check intents".
    assert cause_of(life(S.DOUBTING_IDENTIFY), given) == InvalidIntents(
        (9, 12), "the gateway answered the IDENTIFY with op 9", code=9
    )
    assert cause_of(life(S.DOUBTING_SESSION), given) == InvalidSession(
        "the gateway says that the session is invalid", code=9
    )


@pytest.mark.parametrize("code", [4903, 1000, 4009, 4006, 4008, 4003])
def test_a_close_behind_a_refused_identify_still_means_the_intents(code: int) -> None:
    # "Op 9 after IDENTIFY (+4903/EOF) usually means unauthorised intents" (10).
    cause = cause_of(life(S.DOUBTING_IDENTIFY), closed(code))
    assert isinstance(cause, InvalidIntents)
    assert cause.suspects == (9, 12)
    assert cause.code == code
    assert ", after op 9 to the IDENTIFY" in cause.message


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        # "A fatal code wins over all; 4004 renews the token" (design 5).
        (4010, GatewayClosed),
        (4011, ReshardRequired),
        (4014, InvalidIntents),
        (4914, GatewayClosed),
        (4004, AuthenticationFailed),
    ],
)
def test_a_code_that_says_more_than_op_9_wins(code: int, kind: type[GatewayError]) -> None:
    cause = cause_of(life(S.DOUBTING_IDENTIFY), closed(code))
    assert type(cause) is kind
    assert cause.code == code
    assert "op 9" not in cause.message


def test_a_close_behind_a_doubted_session_names_itself() -> None:
    assert type(cause_of(life(S.DOUBTING_SESSION), closed(4903))) is GatewayClosed
    assert type(cause_of(life(S.DOUBTING_SESSION), closed(4007))) is InvalidSession


# --- a refused handshake -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        (
            rejected(401, body='{"code":11243}'),
            AuthenticationFailed(
                'the gateway answered the WebSocket handshake with HTTP 401: {"code":11243}',
                code=401,
                remedy=UPGRADE_REMEDY,
            ),
        ),
        (
            rejected(403),
            AuthenticationFailed(
                "the gateway answered the WebSocket handshake with HTTP 403", code=403, remedy=UPGRADE_REMEDY
            ),
        ),
        (
            rejected(429, 7.0),
            RateLimited(7.0, "the gateway answered the WebSocket handshake with HTTP 429", code=429),
        ),
        (
            rejected(429),
            RateLimited(60.0, "the gateway answered the WebSocket handshake with HTTP 429", code=429),
        ),
        (
            rejected(503, 5.0, "busy"),
            ConnectionFailed(
                "the gateway answered the WebSocket handshake with HTTP 503: busy", code=503, retry_after=5.0
            ),
        ),
    ],
)
def test_a_refused_handshake_is_named_with_status_and_body(given: UpgradeRejected, cause: GatewayError) -> None:
    found = cause_of(life(S.UPGRADING), given)
    assert found == cause
    assert getattr(found, "retry_after", None) == getattr(cause, "retry_after", None)


# --- the least wait ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        # Design 5: "Retry-After up to 1 h, 10 s after 4008, and 60 s where a rate limit names no time".
        (closed(4008), 10.0),
        (closed(4009), 0.0),
        (closed(4000), 0.0),
        (rejected(503), 0.0),
        (rejected(503, 5.0), 5.0),
        (rejected(401, 5.0), 5.0),
        (rejected(503, 7200.0), 3600.0),
        (rejected(503, math.inf), 3600.0),
        (rejected(429), 60.0),
        (rejected(429, 7.0), 7.0),
        (rejected(429, 0.0), 0.0),
        (AccessDenied(1, ConnectionFailed("no DNS")), 0.0),
        (AccessDenied(1, ConnectionFailed("no DNS"), 30.0), 30.0),
        (AccessDenied(1, ConnectionFailed("no DNS"), -1.0), 0.0),
        (AccessDenied(1, RateLimited(20.0)), 20.0),
        (AccessDenied(1, RateLimited(0.0)), 60.0),
        (AccessDenied(1, RateLimited(20.0), 5.0), 5.0),
        (AccessDenied(1, RateLimited(99999.0)), 3600.0),
        (Lost(1, ConnectionFailed("reset")), 0.0),
        (Due(Kind.STATE_DUE), 0.0),
    ],
    ids=repr,
)
def test_the_least_wait(given: Input, seconds: float) -> None:
    assert floor_of(life(S.READY), given) == seconds
