"""What can be set for one shard; every default stands here and nowhere else.

All durations are seconds as float, all sizes are bytes. A value that cannot work raises `ConfigurationError` when the
object is made, before any connection. The defaults of `ReconnectConfig` are the specification's; the reasons for the
others are in the design (sections 3, 5, 6 and 7).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

import attrs

from qqgw_proto.config_rules import COUNT, NOT_NEGATIVE, POSITIVE, WHOLE, Rule, checked
from qqgw_proto.errors import ConfigurationError

__all__ = [
    "INTENTS",
    "STOP_CODE",
    "ClientConfig",
    "Deadlines",
    "HeartbeatConfig",
    "ReconnectConfig",
    "ServerConfig",
    "ShardConfig",
    "WireConfig",
]


def _is_encodable(value: str | Mapping[str, str]) -> bool:
    texts = [value] if isinstance(value, str) else [*value, *value.values()]
    return all(text.isprintable() for text in texts)


_ENCODABLE: Final = Rule("printable text", _is_encodable)

STOP_CODE: Final = Rule(
    "one of 1000, 1001, 3000 to 4999",  # RFC 6455 7.4: the others are reserved.
    lambda value: value in (1000, 1001) or 3000 <= value < 5000,
)

# "31 unused; the value fits an i32" (protocol.md 6.1); 0 would subscribe to nothing and be refused.
INTENTS: Final = Rule("a whole number from 1 to 2**31 - 1", lambda value: 1 <= value < 2**31)


@attrs.frozen(field_transformer=checked)
class ShardConfig:
    """Which shard of how many.

    Attributes:
        shard_id: From 0 to `shard_count` - 1.
        shard_count: All shards of the bot.
    """

    shard_id: int = attrs.field(default=0, validator=WHOLE)
    shard_count: int = attrs.field(default=1, validator=COUNT)

    def __attrs_post_init__(self) -> None:
        if self.shard_id >= self.shard_count:
            raise ConfigurationError(
                f"ShardConfig.shard_id must be from 0 to {self.shard_count - 1}, not {self.shard_id!r}"
            )


@attrs.frozen(field_transformer=checked)
class ReconnectConfig:
    """How a shard comes back.

    Attributes:
        max_attempts: Consecutive *refusals* (not outages) before the shard fails; None = never give up.
        initial_delay: Upper bound of the first back-off.
        max_delay: Upper bound of every back-off, `initial_delay` at least.
        backoff_factor: Growth from one back-off to the next.
        healthy_after: Time in READY after which the back-off starts anew.
        min_dial_interval: Least time from dial to dial.
        max_resumes: RESUMEs in a row without progress before the session is given up; those whose answer may lie unread
            in a pause, or went unheard in a suspend, do not count.
        max_unfinished_resumes: RESUMEs in a row without a RESUMED before the session is given up, progress or not.
        max_session_age: Age at which a session is not resumed again but replaced, with a `Gap`; None = never. Sessions
            kept alive by RESUMEs for about three days have been seen to deliver nothing more.
        too_fast_delay: Least wait after close code 4008.
        rate_limit_delay: Least wait after a rate limit that names no time.
        max_retry_after: Longest wait that a server may ask for.
        prompt_jitter: Upper bound of the wait before a routine reconnect.
        suspend_jitter: Upper bound of the wait after a suspend, spread over the shards of a fleet.
    """

    max_attempts: int | None = attrs.field(default=5, validator=COUNT)
    initial_delay: float = attrs.field(default=1.0, validator=POSITIVE)
    max_delay: float = attrs.field(default=30.0, validator=POSITIVE)
    backoff_factor: float = attrs.field(default=2.0, validator=POSITIVE)
    healthy_after: float = attrs.field(default=30.0, validator=NOT_NEGATIVE)
    min_dial_interval: float = attrs.field(default=1.0, validator=NOT_NEGATIVE)
    max_resumes: int = attrs.field(default=3, validator=COUNT)
    max_unfinished_resumes: int = attrs.field(default=30, validator=COUNT)
    max_session_age: float | None = attrs.field(default=None, validator=POSITIVE)
    too_fast_delay: float = attrs.field(default=10.0, validator=NOT_NEGATIVE)
    rate_limit_delay: float = attrs.field(default=60.0, validator=NOT_NEGATIVE)
    max_retry_after: float = attrs.field(default=3600.0, validator=NOT_NEGATIVE)
    prompt_jitter: float = attrs.field(default=1.0, validator=NOT_NEGATIVE)
    suspend_jitter: float = attrs.field(default=5.0, validator=NOT_NEGATIVE)

    def __attrs_post_init__(self) -> None:
        if self.initial_delay > self.max_delay:
            raise ConfigurationError(
                f"ReconnectConfig.initial_delay must be at most max_delay ({self.max_delay!r}), "
                f"not {self.initial_delay!r}",
                remedy="raise max_delay or lower initial_delay",
            )


@attrs.frozen(field_transformer=checked)
class HeartbeatConfig:
    """How often a shard beats and when it takes the connection for dead.

    Attributes:
        interval: Shortens the interval that HELLO names; None = as HELLO says. It can never lengthen it.
        timeout: Age of the oldest unacknowledged beat that ends the connection, at least interval + 5 s;
            None = only `max_missed` decides.
        max_missed: Unacknowledged beats at which the next due beat ends the connection.
        seq: Which cursor `d` carries.
    """

    interval: float | None = attrs.field(default=None, validator=POSITIVE)
    timeout: float | None = attrs.field(default=60.0, validator=POSITIVE)
    max_missed: int = attrs.field(default=2, validator=COUNT)
    seq: Literal["received", "settled"] = "received"


@attrs.frozen(field_transformer=checked)
class Deadlines:
    """How long each waiting state waits (design 3, "Time").

    Attributes:
        permit: For an answer of the identify gate; re-armed by `permit_delayed`.
        access: For URL and token.
        dial: For TCP and TLS.
        upgrade: For the answer to the WebSocket handshake.
        hello: For HELLO.
        ready: For READY after IDENTIFY.
        resumed: For RESUMED after RESUME; re-armed by every replayed event.
        replay: For a whole replay, however much it progresses.
        grace: For the close code behind an op 9.
        close: For the closing handshake of a wanted stop.
        write: For unsent bytes to move.
    """

    permit: float = attrs.field(default=30.0, validator=POSITIVE)
    access: float = attrs.field(default=30.0, validator=POSITIVE)
    dial: float = attrs.field(default=10.0, validator=POSITIVE)
    upgrade: float = attrs.field(default=10.0, validator=POSITIVE)
    hello: float = attrs.field(default=10.0, validator=POSITIVE)
    ready: float = attrs.field(default=20.0, validator=POSITIVE)
    resumed: float = attrs.field(default=20.0, validator=POSITIVE)
    replay: float = attrs.field(default=600.0, validator=POSITIVE)
    grace: float = attrs.field(default=2.0, validator=POSITIVE)
    close: float = attrs.field(default=5.0, validator=POSITIVE)
    write: float = attrs.field(default=10.0, validator=POSITIVE)


# RFC 9110 5.6.2 and 5.5, without bytes above ASCII and tabs.
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"([!-~]([ -~]*[!-~])?)?")
_HANDSHAKE_HEADERS = ("host", "connection", "upgrade", "sec-websocket-", "content-length", "transfer-encoding")


def _check_headers(kind: type[object], attribute: attrs.Attribute[Any], value: Mapping[str, str]) -> None:
    for name, text in value.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(text):
            raise ConfigurationError(f"the header {name!r} must be printable ASCII on one line")
        if name.lower().startswith(_HANDSHAKE_HEADERS):
            raise ConfigurationError(f"the header {name!r} is the handshake's own")


def _check_user_agent(kind: type[object], attribute: attrs.Attribute[Any], value: str) -> None:
    _check_headers(kind, attribute, {"user-agent": value})


@attrs.frozen(field_transformer=checked)
class WireConfig:
    """Limits of the WebSocket layer, in bytes unless said; over one of them the connection ends with a clear error.

    Attributes:
        fast_lane: Whether whole text frames are cut in front of wsproto; off, wsproto cuts every frame.
        max_handshake: Fed before the upgrade is done.
        max_frame: Payload of one frame.
        max_message: Payload of one message.
        max_fragments: Frames of one message.
        max_rejection_body: Kept of the body of a refused upgrade.
        user_agent: Sent with the upgrade.
        headers: Further headers of the upgrade.
    """

    fast_lane: bool = True
    max_handshake: int = attrs.field(default=64 * 1024, validator=COUNT)
    max_frame: int = attrs.field(default=4 * 1024 * 1024, validator=COUNT)
    max_message: int = attrs.field(default=4 * 1024 * 1024, validator=COUNT)
    max_fragments: int = attrs.field(default=4096, validator=COUNT)
    max_rejection_body: int = attrs.field(default=2048, validator=COUNT)
    user_agent: str = attrs.field(default="qqgw", validator=_check_user_agent)
    headers: Mapping[str, str] = attrs.field(factory=dict[str, str], repr=False, validator=_check_headers)


@attrs.frozen(field_transformer=checked)
class ClientConfig:
    """Everything one `ClientGateway` needs to know.

    Attributes:
        intents: The intents value of the IDENTIFY.
        shard: Which shard this is.
        reconnect: How it comes back.
        heartbeat: How it beats.
        deadlines: How long it waits.
        properties: The `properties` of the IDENTIFY ("no effect, may be empty", EE:208).
        token_prefix: Put before the access token in IDENTIFY and RESUME (EE:205).
        stop_code: Close code of a wanted stop; None = no close frame. 1000 and 1001 may end the session.
        save_interval: Least time between two `SaveSession` while events are settled.
    """

    intents: int = attrs.field(validator=INTENTS)
    shard: ShardConfig = ShardConfig()
    reconnect: ReconnectConfig = ReconnectConfig()
    heartbeat: HeartbeatConfig = HeartbeatConfig()
    deadlines: Deadlines = Deadlines()
    properties: Mapping[str, str] = attrs.field(factory=dict[str, str], validator=_ENCODABLE)
    token_prefix: str = attrs.field(default="QQBot ", validator=_ENCODABLE)
    stop_code: int | None = attrs.field(default=4000, validator=STOP_CODE)
    save_interval: float = attrs.field(default=1.0, validator=POSITIVE)


@attrs.frozen(field_transformer=checked)
class ServerConfig:
    """Everything one `ServerGateway` needs to know.

    Attributes:
        heartbeat_interval: Named in HELLO; seconds, sent as milliseconds.
        heartbeat_timeout: Silence after which the client is taken for dead; None = never. Real clients beat every
            30 s or later whatever HELLO says, so less than that cuts them off.
        upgrade: How long to wait for the handshake.
        identify: How long to wait for IDENTIFY or RESUME.
        close: How long to wait for the answer to a close frame.
    """

    heartbeat_interval: float = attrs.field(default=45.0, validator=POSITIVE)
    heartbeat_timeout: float | None = attrs.field(default=120.0, validator=POSITIVE)
    upgrade: float = attrs.field(default=10.0, validator=POSITIVE)
    identify: float = attrs.field(default=60.0, validator=POSITIVE)
    close: float = attrs.field(default=5.0, validator=POSITIVE)
