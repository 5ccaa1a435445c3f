"""What can be set: every default, and every value that cannot work."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import attrs
import pytest

from qqgw_proto.config import (
    ClientConfig,
    Deadlines,
    HeartbeatConfig,
    ReconnectConfig,
    ServerConfig,
    ShardConfig,
    WireConfig,
)
from qqgw_proto.errors import ConfigurationError

# --- defaults ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "defaults"),
    [
        (ShardConfig(), {"shard_id": 0, "shard_count": 1}),
        (
            ReconnectConfig(),
            {
                # The specification's.
                "max_attempts": 5,
                "initial_delay": 1.0,
                "max_delay": 30.0,
                "backoff_factor": 2.0,
                # Design 5.
                "healthy_after": 30.0,
                "min_dial_interval": 1.0,
                "max_resumes": 3,
                "max_unfinished_resumes": 30,
                "max_session_age": None,
                "too_fast_delay": 10.0,
                "rate_limit_delay": 60.0,
                "max_retry_after": 3600.0,
                "prompt_jitter": 1.0,
                "suspend_jitter": 5.0,
            },
        ),
        (HeartbeatConfig(), {"interval": None, "timeout": 60.0, "max_missed": 2, "seq": "received"}),
        (
            Deadlines(),
            {
                # Design 3, "Time".
                "permit": 30.0,
                "access": 30.0,
                "dial": 10.0,
                "upgrade": 10.0,
                "hello": 10.0,
                "ready": 20.0,
                "resumed": 20.0,
                "replay": 600.0,
                "grace": 2.0,
                "close": 5.0,
                "write": 10.0,
            },
        ),
        (
            ServerConfig(),
            {
                "heartbeat_interval": 45.0,
                "heartbeat_timeout": 120.0,
                "upgrade": 10.0,
                "identify": 60.0,
                "close": 5.0,
            },
        ),
    ],
)
def test_defaults(config: attrs.AttrsInstance, defaults: dict[str, object]) -> None:
    assert {name: getattr(config, name) for name in defaults} == defaults
    assert {field.name for field in attrs.fields(type(config))} == set(defaults)


def test_defaults_of_the_wire() -> None:
    wire = WireConfig()
    assert (wire.fast_lane, wire.user_agent, wire.headers, wire.max_rejection_body) == (True, "qqgw", {}, 2048)
    assert (wire.max_handshake, wire.max_frame, wire.max_message, wire.max_fragments) == (2**16, 2**22, 2**22, 4096)


def test_defaults_of_a_client() -> None:
    config = ClientConfig(intents=1 << 30)
    # EE:205, EE:207, EE:208; 1000 and 1001 may end the session (4.1).
    assert (config.token_prefix, config.stop_code, config.save_interval) == ("QQBot ", 4000, 1.0)
    assert (config.shard, config.properties) == (ShardConfig(0, 1), {})
    assert config.reconnect == ReconnectConfig()
    assert config.heartbeat == HeartbeatConfig()
    assert config.deadlines == Deadlines()


@pytest.mark.parametrize("config", [ClientConfig(intents=1), ShardConfig(), WireConfig(), Deadlines()])
def test_settings_are_frozen(config: object) -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        config.anything = 1  # type: ignore[attr-defined]


# --- numbers -------------------------------------------------------------------------------------------------------

NO_NUMBERS: tuple[object, ...] = (math.nan, math.inf, -math.inf, True, "5", None, [], 1j)


def refuses(make: Callable[[], object], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        make()


def fields_of(config: type[object], *names: str) -> list[tuple[type[object], str]]:
    return [(config, name) for name in names]


@pytest.mark.parametrize(
    ("config", "name"),
    [
        *fields_of(ReconnectConfig, "initial_delay", "max_delay", "backoff_factor"),
        *fields_of(Deadlines, *(field.name for field in attrs.fields(Deadlines))),
        *fields_of(ServerConfig, "heartbeat_interval", "upgrade", "identify", "close"),
    ],
)
def test_what_must_be_above_0(config: type[object], name: str) -> None:
    bound = {"max_delay": 1e9} if name == "initial_delay" else {"initial_delay": 0.1} if name == "max_delay" else {}
    for value in (1, 0.5, 1e9):
        assert getattr(config(**{**bound, name: value}), name) == value
    for wrong in (0, 0.0, -1, -0.5, *NO_NUMBERS):
        refuses(partial(config, **{name: wrong}), rf"^{config.__name__}\.{name} must be a number above 0")


@pytest.mark.parametrize(
    ("config", "name"),
    [
        *fields_of(ReconnectConfig, "healthy_after", "min_dial_interval", "too_fast_delay", "rate_limit_delay"),
        *fields_of(ReconnectConfig, "max_retry_after", "prompt_jitter", "suspend_jitter"),
    ],
)
def test_what_may_be_0(config: type[object], name: str) -> None:
    for value in (0, 0.0, 0.5, 10):
        assert getattr(config(**{name: value}), name) == value
    for wrong in (-1, -0.001, *NO_NUMBERS):
        refuses(partial(config, **{name: wrong}), rf"^{config.__name__}\.{name} must be a number from 0")


@pytest.mark.parametrize(
    ("config", "name"),
    [
        *fields_of(ShardConfig, "shard_count"),
        *fields_of(ReconnectConfig, "max_resumes", "max_unfinished_resumes"),
        *fields_of(HeartbeatConfig, "max_missed"),
        *fields_of(WireConfig, "max_handshake", "max_frame", "max_message", "max_fragments", "max_rejection_body"),
    ],
)
def test_what_is_counted_from_1(config: type[object], name: str) -> None:
    for value in (1, 2, 10**9):
        assert getattr(config(**{name: value}), name) == value
    for wrong in (0, -1, 1.0, True, "1", None, math.nan):
        refuses(partial(config, **{name: wrong}), rf"^{config.__name__}\.{name} must be a whole number from 1")


@pytest.mark.parametrize(
    ("config", "name"),
    [
        *fields_of(HeartbeatConfig, "interval", "timeout"),
        (ServerConfig, "heartbeat_timeout"),
        (ReconnectConfig, "max_session_age"),
    ],
)
def test_times_that_may_be_left_out_are_else_above_0(config: type[object], name: str) -> None:
    assert getattr(config(**{name: None}), name) is None
    for wrong in (0, -1, math.nan, math.inf, True, "5"):
        refuses(partial(config, **{name: wrong}), rf"^{config.__name__}\.{name} must be None or a number above 0")


def test_the_first_back_off_is_within_the_bound_of_all() -> None:
    assert ReconnectConfig(initial_delay=40.0, max_delay=40.0).initial_delay == 40.0
    refuses(lambda: ReconnectConfig(initial_delay=40), r"initial_delay must be at most max_delay \(30\.0\), not 40: ")
    refuses(lambda: attrs.evolve(ReconnectConfig(), max_delay=0.5), r"at most max_delay \(0\.5\), not 1\.0")


def test_sessions_are_not_saved_without_a_pause() -> None:
    refuses(partial(ClientConfig, 1, save_interval=0), "^ClientConfig.save_interval must be a number above 0")


def test_a_whole_number_that_no_float_can_hold_is_refused() -> None:
    refuses(lambda: Deadlines(hello=10**400), "Deadlines.hello must be a number above 0")
    refuses(lambda: ReconnectConfig(healthy_after=10**400), "ReconnectConfig.healthy_after must be a number from 0")


def test_none_switches_off() -> None:
    assert ReconnectConfig(max_attempts=None).max_attempts is None
    assert ReconnectConfig(max_attempts=1).max_attempts == 1
    refuses(lambda: ReconnectConfig(max_attempts=0), "max_attempts must be None or a whole number from 1")
    assert HeartbeatConfig(timeout=None).timeout is None
    assert ServerConfig(heartbeat_timeout=None).heartbeat_timeout is None


def test_a_heartbeat_carries_one_of_two_cursors() -> None:
    assert HeartbeatConfig(seq="settled").seq == "settled"
    refuses(lambda: HeartbeatConfig(seq="saved"), "seq")  # type: ignore[arg-type]


# --- shards, intents, codes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("shard_id", "shard_count"), [(0, 1), (0, 4), (3, 4)])
def test_a_shard_is_below_its_count(shard_id: int, shard_count: int) -> None:
    assert ShardConfig(shard_id, shard_count).shard_id == shard_id


@pytest.mark.parametrize(("shard_id", "shard_count"), [(1, 1), (4, 4), (5, 4)])
def test_a_shard_outside_its_count_is_refused(shard_id: int, shard_count: int) -> None:
    refuses(lambda: ShardConfig(shard_id, shard_count), rf"^ShardConfig\.shard_id must be from 0 to {shard_count - 1}")


def test_a_shard_s_number_is_not_below_0() -> None:
    refuses(lambda: ShardConfig(-1, 2), r"^ShardConfig\.shard_id must be a whole number from 0, not -1$")


def test_a_count_of_0_is_refused() -> None:
    refuses(lambda: ShardConfig(0, 0), "shard_count must be a whole number from 1, not 0")


@pytest.mark.parametrize("intents", [1, 513, 1 << 30, 2**31 - 1])
def test_intents_fit_31_bits(intents: int) -> None:
    assert ClientConfig(intents).intents == intents


@pytest.mark.parametrize("intents", [0, -1, 2**31, 2**70, True, 1.0, "1", None], ids=repr)
def test_intents_that_cannot_be_sent_are_refused(intents: object) -> None:
    words = r"^ClientConfig\.intents must be a whole number from 1 to 2\*\*31 - 1, not "
    refuses(lambda: ClientConfig(intents), words)  # type: ignore[arg-type]


@pytest.mark.parametrize("code", [None, 1000, 1001, 3000, 4000, 4999])
def test_a_stop_code_is_one_that_may_be_sent(code: int | None) -> None:
    assert ClientConfig(1, stop_code=code).stop_code == code


@pytest.mark.parametrize("code", [0, 999, 5000, 65536, True, 4000.0, "4000"], ids=repr)
def test_a_stop_code_that_is_none_is_refused(code: object) -> None:
    refuses(lambda: ClientConfig(1, stop_code=code), "stop_code must be None or")  # type: ignore[arg-type]


@pytest.mark.parametrize("code", [1004, 1005, 1006, 1015, 2999])
def test_a_stop_code_that_must_not_be_sent_is_refused(code: int) -> None:
    # RFC 6455 7.4: reserved, "MUST NOT be set as a status code in a Close control frame by an endpoint".
    refuses(lambda: ClientConfig(1, stop_code=code), "stop_code must be None or")
