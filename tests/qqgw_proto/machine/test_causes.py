"""Why something ended, in words with a code, and the least wait that it asks for."""

from __future__ import annotations

import math

import pytest

from qqgw_proto.errors import (
    AuthenticationFailed,
    ConnectionFailed,
    DeadlineExceeded,
    GatewayError,
    HeartbeatTimeout,
    ProtocolViolation,
    RateLimited,
    ReconnectRequested,
)
from qqgw_proto.events import Intents
from qqgw_proto.machine.arrivals import ReconnectOrdered, UpgradeRejected, WireFailed
from qqgw_proto.machine.causes import cause_of, floor_of, suspects
from qqgw_proto.machine.inputs import AccessDenied, DialFailed, Due, Input, Lost, Reconnect, Stop
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.states import ConnectionState as S
from support.endings import INTENTS, closed, life, rejected

UPGRADE_REMEDY = (
    "check the app id and the secret, that this machine's address is on the IP allow-list, "
    "and that a gateway URL of your own is the gateway's, not that of the REST API"
)


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


def test_the_suspects_are_the_intents_that_are_called_privileged() -> None:
    assert suspects(Intents.all()) == Intents.all().privileged.bits


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
    ],
)
def test_a_deadline_says_what_did_not_come(state: S, words: str) -> None:
    assert cause_of(life(state), Due(Kind.STATE_DUE)) == DeadlineExceeded(words)


def test_a_stop_that_the_gateway_does_not_answer_is_a_stop() -> None:
    remedy = "none needed: the shard has stopped"
    cause = cause_of(life(S.CLOSING), Due(Kind.STATE_DUE))
    assert cause == DeadlineExceeded("no close frame of the gateway in time", remedy=remedy)


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
        (DialFailed(1, ConnectionFailed("answered 503", retry_after=30.0)), 30.0),
        (Lost(1, ConnectionFailed("reset")), 0.0),
        (Due(Kind.STATE_DUE), 0.0),
    ],
    ids=repr,
)
def test_the_least_wait(given: Input, seconds: float) -> None:
    assert floor_of(life(S.READY), given) == seconds
