"""What can be set on the simulated platform: above all, everything that is unknown about the real one.

"Whether client close 1000/1001 invalidates the session, whether RESUME consumes `remaining`, the resume window, replay
buffer size … are unknown; a test server must make them configurable" (`protocol.md` 10.36). The defaults are what was
observed, or else the kindest possibility. All durations are seconds.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Final, Literal, TypeAlias

import attrs

from qqgw_proto.config import ServerConfig
from qqgw_proto.config_rules import COUNT, NOT_NEGATIVE, WHOLE, Rule, checked_as_settings
from qqgw_proto.wire.close_frames import can_carry
from qqgw_trio.settings.setting_checks import PORT
from qqgw_trio.simulator.faults import PlannedFault

__all__ = [
    "BAD_SEQ",
    "BAD_SHARD",
    "BAD_TOKEN",
    "CREATE_SESSION_ERROR",
    "INTENTS_BEHIND_OP9",
    "INTENTS_EOF",
    "INTENTS_REFUSED",
    "RESET_BY_RESUME",
    "UNKNOWN_SESSION",
    "Refusal",
    "RefusalSettings",
    "ReplyCallback",
    "RestSettings",
    "SayCallback",
    "SessionSettings",
    "SimulatorConfig",
    "StartSettings",
]

ReplyCallback: TypeAlias = Callable[[str, str, str], None]
"""Called with kind (group, c2c, channel, dm), target and text of every message that the bot sends."""

SayCallback: TypeAlias = Callable[[str, str, str], None]
"""Called with kind, author and text of everything that is said by order."""

BEIJING: Final = timezone(timedelta(hours=8))


_FROM_ONE: Final = Rule("a number from 1", lambda value: value >= 1)
_RATE: Final = Rule("a number from 0.001", lambda value: value >= 0.001)
_PLAN: Final = Rule("a tuple of planned faults", lambda _faults: True)
_CLOSE_CODE: Final = Rule("a code that a close frame can carry", can_carry)


@attrs.frozen(field_transformer=checked_as_settings)
class Refusal:
    """How an IDENTIFY or a RESUME is refused.

    Attributes:
        op9: The `d` of an op 9 sent first; None = no op 9.
        close: The close code behind it; None = plain EOF without a close frame.
        reason: The close frame's words.
        delay: Between op 9 and the end of the connection.
    """

    op9: bool | None
    close: int | None = attrs.field(validator=_CLOSE_CODE)
    reason: str = ""
    delay: float = attrs.field(default=0.0, validator=NOT_NEGATIVE)


# The gateway always ends a connection after op 9: five real clients never leave it by themselves (conformance 2.9).
CREATE_SESSION_ERROR: Final = Refusal(op9=False, close=4903, reason="create session error")
INTENTS_EOF: Final = Refusal(op9=False, close=None)
INTENTS_BEHIND_OP9: Final = Refusal(op9=False, close=4014, reason="disallowed intents", delay=0.2)
INTENTS_REFUSED: Final = Refusal(op9=None, close=4014, reason="disallowed intents")
RESET_BY_RESUME: Final = Refusal(op9=None, close=4902, reason="reset by resume")
UNKNOWN_SESSION: Final = Refusal(op9=False, close=4006, reason="invalid session id")
BAD_SEQ: Final = Refusal(op9=False, close=4007, reason="invalid seq")
BAD_TOKEN: Final = Refusal(op9=None, close=4004, reason="authentication failed")
BAD_SHARD: Final = Refusal(op9=None, close=4010, reason="invalid shard")


@attrs.frozen(field_transformer=checked_as_settings)
class RefusalSettings:
    """What is refused, and how.

    Attributes:
        refused_intents: Bits that this bot has not been granted.
        intents: Answer to an IDENTIFY that asks for one of them ("op 9 d:false followed by close 4903", §3.5).
        unknown_session: Answer to a RESUME of a session that is not kept.
        bad_seq: Answer to a RESUME from a number that was never sent, or that the buffer no longer reaches.
        token: Answer to a token that is not valid.
        shard: Answer to a shard out of bounds.
        starts: Answer to an IDENTIFY when the starts of the day are spent.
    """

    refused_intents: int = attrs.field(default=0, validator=WHOLE)
    intents: Refusal = CREATE_SESSION_ERROR
    unknown_session: Refusal = UNKNOWN_SESSION
    bad_seq: Refusal = BAD_SEQ
    token: Refusal = BAD_TOKEN
    shard: Refusal = BAD_SHARD
    starts: Refusal = CREATE_SESSION_ERROR


@attrs.frozen(field_transformer=checked_as_settings)
class SessionSettings:
    """How sessions are kept.

    Attributes:
        replay_buffer: Events kept for a RESUME.
        resume_window: How long a session outlives its connection ("a short time", EE:249).
        trim_on_heartbeat: Whether a heartbeat's `d` frees the buffer up to it.
        overlap: Events below the client's `seq` that a replay sends once more.
        truncated: What a RESUME gets that the buffer no longer reaches: a refusal, or what is left.
        resumed_seq: Whether RESUMED takes a number of its own or repeats the last one (unknown; 2.1 knows only that
            it has one).
        ending_codes: Close codes of a client that end its session.
        resume_spends_start: Whether a RESUME counts against `session_start_limit`.
        answer_delay: Between IDENTIFY or RESUME and the answer.
        replay_pause: Between two replayed events.
        lifetime: Of a connection, from READY or RESUMED to op 7; None = unlimited.
        close_after_reconnect: Between an op 7 and the close 4009 that follows it; None = it never comes.
        max_unsent: Bytes that may wait for a client that does not read, before its connection is dropped.
    """

    replay_buffer: int = attrs.field(default=10_000, validator=WHOLE)
    resume_window: float = attrs.field(default=300.0, validator=NOT_NEGATIVE)
    trim_on_heartbeat: bool = False
    overlap: int = attrs.field(default=0, validator=WHOLE)
    truncated: Literal["refuse", "replay"] = "refuse"
    resumed_seq: Literal["own", "last"] = "own"
    ending_codes: frozenset[int] = frozenset()
    resume_spends_start: bool = False
    answer_delay: float = attrs.field(default=0.0, validator=NOT_NEGATIVE)
    replay_pause: float = attrs.field(default=0.0, validator=NOT_NEGATIVE)
    lifetime: float | None = attrs.field(default=None, validator=NOT_NEGATIVE)
    close_after_reconnect: float | None = attrs.field(default=1.0, validator=NOT_NEGATIVE)
    max_unsent: int = attrs.field(default=16 * 1024 * 1024, validator=COUNT)


@attrs.frozen(field_transformer=checked_as_settings)
class StartSettings:
    """`GET /gateway/bot` (GWB:26-37).

    Attributes:
        shards: Recommended count.
        total: Starts in one period.
        reset_after: Length of the period.
        max_concurrency: IDENTIFYs per 5 s.
        enforce_concurrency: Whether IDENTIFYs above it are refused; they are noted in the ledger either way.
    """

    shards: int = attrs.field(default=1, validator=COUNT)
    total: int = attrs.field(default=1500, validator=WHOLE)
    reset_after: float = attrs.field(default=86_400.0, validator=_FROM_ONE)
    max_concurrency: int = attrs.field(default=1, validator=COUNT)
    enforce_concurrency: bool = False


@attrs.frozen(field_transformer=checked_as_settings)
class RestSettings:
    """The HTTP side.

    Attributes:
        expires_in: Type of `expires_in`: "live value is a string", the documents' table says number (§1.4).
        token_lifetime: Of an access token (API:44).
        token_overlap: Before its end a new one is given, and both are valid (API:73-75).
        accept_legacy: Whether `Bot appid.token` is accepted, with the secret or an access token for token.
        group_window: How long a group message, or an event, can be replied to.
        c2c_window: The same for C2C.
        channel_window: The same for channels and direct messages.
        max_replies: Replies to one group or C2C message; None = unlimited.
    """

    expires_in: Literal["text", "number"] = "text"
    token_lifetime: float = attrs.field(default=7200.0, validator=_FROM_ONE)
    token_overlap: float = attrs.field(default=60.0, validator=NOT_NEGATIVE)
    accept_legacy: bool = True
    group_window: float = attrs.field(default=300.0, validator=NOT_NEGATIVE)
    c2c_window: float = attrs.field(default=3600.0, validator=NOT_NEGATIVE)
    channel_window: float = attrs.field(default=300.0, validator=NOT_NEGATIVE)
    max_replies: int | None = attrs.field(default=5, validator=WHOLE)


@attrs.frozen(field_transformer=checked_as_settings)
class SimulatorConfig:
    """Everything about one simulated platform.

    Attributes:
        host: Address of both servers.
        port: The gateway's; 0 = any free one.
        rest_port: The REST API's; 0 = any free one.
        rate: Events per second that the world makes by itself.
        events: How many it makes by itself; None = it never stops.
        seed: The same seed makes the same world, secret and ids.
        app_id: The one app id that is known.
        secret: Its secret; None = made from the seed.
        group_mention_space: Whether a group message begins with "a space left by the stripped mention" (EVT:140).
        epoch: What a calendar shows at the start; the world's times go on from there.
        plan: Faults that strike by themselves.
        ssl_context: Makes the gateway speak TLS (`wss`).
        server: Settings of every `ServerGateway`.
        session: How sessions are kept.
        refusal: What is refused.
        start: Starts and their limits.
        rest: The HTTP side.
    """

    host: str = "127.0.0.1"
    port: int = attrs.field(default=0, validator=PORT)
    rest_port: int = attrs.field(default=0, validator=PORT)
    rate: float = attrs.field(default=1.0, validator=_RATE)
    events: int | None = attrs.field(default=None, validator=WHOLE)
    seed: int = 0
    app_id: str = "102000001"
    secret: str | None = attrs.field(default=None, repr=False)
    group_mention_space: bool = True
    epoch: datetime = datetime(2026, 1, 1, tzinfo=BEIJING)
    plan: tuple[PlannedFault, ...] = attrs.field(default=(), validator=_PLAN)
    ssl_context: ssl.SSLContext | None = None
    server: ServerConfig = ServerConfig()
    session: SessionSettings = SessionSettings()
    refusal: RefusalSettings = RefusalSettings()
    start: StartSettings = StartSettings()
    rest: RestSettings = RestSettings()
