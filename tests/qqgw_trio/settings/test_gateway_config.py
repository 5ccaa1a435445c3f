"""All settings of a bot: their defaults, their names, what was given, what production refuses."""

from __future__ import annotations

import logging
import ssl
import typing
from pathlib import Path
from typing import Any, cast

import attrs
import pytest

from qqgw_proto.config import HeartbeatConfig, ReconnectConfig, ShardConfig
from qqgw_proto.errors import ConfigurationError
from qqgw_trio.connection.shard_plan import ShardPlan
from qqgw_trio.connection.tls import TlsConfig
from qqgw_trio.delivery.worker_config import WorkerConfig
from qqgw_trio.settings.gateway_config import (
    FRAME_LOGGER,
    SHORT_NAMES,
    GatewayConfig,
    ProductionGatewayConfig,
    Settings,
)

# --- the specification's names


@pytest.mark.parametrize("config", [GatewayConfig(), GatewayConfig.production(), ProductionGatewayConfig()])
def test_the_specification_s_defaults(config: GatewayConfig) -> None:
    assert (config.heartbeat_timeout, config.reconnect_attempts, config.event_buffer_size) == (60.0, 5, 1000)
    assert (config.metrics_enabled, config.debug_logging) == (True, False)


def test_the_specification_s_names_are_fields_of_sections_and_no_copies() -> None:
    config = GatewayConfig(heartbeat_timeout=30, reconnect_attempts=None, event_buffer_size=10)
    assert config.heartbeat == HeartbeatConfig(timeout=30)
    assert config.reconnect == ReconnectConfig(max_attempts=None)
    assert config.workers == WorkerConfig(capacity=10)
    assert (config.heartbeat_timeout, config.reconnect_attempts, config.event_buffer_size) == (30, None, 10)
    same = GatewayConfig(
        heartbeat=HeartbeatConfig(timeout=30),
        reconnect=ReconnectConfig(max_attempts=None),
        workers=WorkerConfig(capacity=10),
    )
    assert same == config


def test_a_short_name_and_its_section_can_be_given_together_where_they_agree() -> None:
    config = GatewayConfig(heartbeat=HeartbeatConfig(timeout=40, max_missed=3), heartbeat_timeout=40)
    assert config.heartbeat == HeartbeatConfig(timeout=40, max_missed=3)


@pytest.mark.parametrize(
    ("settings", "words", "instead"),
    [
        (
            {"heartbeat_timeout": 33, "heartbeat": HeartbeatConfig(timeout=44)},
            "heartbeat.timeout is given twice: 33 by heartbeat_timeout, 44 by heartbeat",
            "HeartbeatConfig(timeout=33)",
        ),
        (
            {"reconnect_attempts": None, "reconnect": ReconnectConfig(max_attempts=7)},
            "reconnect.max_attempts is given twice: None by reconnect_attempts, 7 by reconnect",
            "ReconnectConfig(max_attempts=None)",
        ),
        (
            {"event_buffer_size": 5, "workers": WorkerConfig(capacity=6)},
            "workers.capacity is given twice: 5 by event_buffer_size, 6 by workers",
            "WorkerConfig(capacity=5)",
        ),
        # A default that is written in a section cannot be told from one that is not: both are values of the section.
        (
            {"heartbeat_timeout": 33, "heartbeat": HeartbeatConfig(timeout=60)},
            "heartbeat.timeout is given twice: 33 by heartbeat_timeout, 60 by heartbeat",
            "HeartbeatConfig(timeout=33)",
        ),
        (
            {"reconnect_attempts": 7, "reconnect": ReconnectConfig(max_delay=60)},
            "reconnect.max_attempts is given twice: 7 by reconnect_attempts, 5 by reconnect",
            "ReconnectConfig(max_attempts=7)",
        ),
    ],
)
def test_a_short_name_and_its_section_cannot_differ(settings: dict[str, object], words: str, instead: str) -> None:
    for make in (GatewayConfig, GatewayConfig().replace):
        with pytest.raises(ConfigurationError) as caught:
            make(**cast("Any", settings))
        assert str(caught.value) == f"{words}: give it once, in the section: {instead}"


def test_a_short_name_replaces_what_was_given_before() -> None:
    config = GatewayConfig(heartbeat=HeartbeatConfig(timeout=44, max_missed=3)).replace(heartbeat_timeout=33)
    assert config.heartbeat == HeartbeatConfig(timeout=33, max_missed=3)


def test_each_field_can_be_given_under_its_name() -> None:
    fields = {field.name for field in attrs.fields(GatewayConfig) if field.init}
    assert set(typing.get_type_hints(Settings)) == fields | set(SHORT_NAMES)


# --- values


def test_shards_and_paths_are_written_as_is_convenient() -> None:
    config = GatewayConfig(shards="0-1/4", session_file="sessions.json", journal="journal")
    assert config.shards == ShardPlan(4, (0, 1))
    assert (config.session_file, config.journal) == (Path("sessions.json"), Path("journal"))
    assert GatewayConfig(shards=ShardConfig(1, 2), session_file=Path("a")).session_file == Path("a")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"profile": "fast"}, "profile must be 'default' or 'production', not 'fast'"),
        ({"sandbox": 1}, "sandbox must be True or False, not 1"),
        ({"metrics_enabled": "yes"}, "metrics_enabled must be True or False"),
        ({"debug_logging": None}, "debug_logging must be True or False"),
        ({"shards": 0}, "shards: the count must be from 1"),
        ({"api_url": "ftp://api.test"}, "the API URL 'ftp://api.test' must begin with http"),
        ({"token_url": "api.test"}, "the token URL 'api.test' must begin with http"),
        ({"gateway_url": "https://gateway.test"}, "it must begin with ws:// or wss://"),
        ({"proxy": "socks5://me:hidden@proxy.test"}, "the setting proxy names speaks socks5"),
        ({"session_max_age": 0}, "session_max_age must be a number of seconds from 1, not 0"),
        ({"drain_seconds": -1}, "drain_seconds must be a number of seconds from 0, not -1"),
        ({"drain_seconds": True}, "drain_seconds must be a number of seconds from 0, not True"),
        ({"drain_seconds": float("nan")}, "drain_seconds must be a number of seconds from 0, not nan"),
        ({"shutdown_seconds": 0}, "shutdown_seconds must be a number of seconds from 0.01, not 0"),
        ({"drain_seconds": "10"}, "drain_seconds must be a number of seconds from 0, not '10'"),
        ({"stop_code": 1005}, "stop_code must be None or one of 1000, 1001, 3000 to 4999, not 1005"),
        ({"on_failure": "stop"}, "on_failure must be 'end' or 'go on', not 'stop'"),
        ({"heartbeat_timeout": 0}, "HeartbeatConfig.timeout must be None or a number above 0, not 0"),
        ({"timeout": 5}, "there is no setting timeout"),
    ],
)
def test_what_cannot_work_is_refused_when_it_is_written(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        GatewayConfig(**cast("Any", settings))
    assert words in str(caught.value)


def test_a_proxy_s_password_is_never_shown() -> None:
    assert "hidden" not in repr(GatewayConfig(proxy="http://me:hidden@proxy.test"))


def test_the_context_is_one_s_own_or_made_from_the_settings() -> None:
    own = ssl.create_default_context()
    assert GatewayConfig(tls=own).ssl_context is own
    assert GatewayConfig(tls=TlsConfig(verify=False)).ssl_context.verify_mode is ssl.CERT_NONE


# --- what was given


def test_a_config_remembers_what_was_given_but_is_equal_without() -> None:
    config = GatewayConfig(drain_seconds=10.0, heartbeat_timeout=60.0, workers=WorkerConfig())
    assert config.given == {("drain_seconds",), ("heartbeat", "timeout"), ("workers",)}
    assert config == GatewayConfig()


def test_replaced_values_are_given_and_the_others_are_as_before() -> None:
    config = GatewayConfig(drain_seconds=5, heartbeat=HeartbeatConfig(max_missed=3))
    replaced = config.replace(heartbeat_timeout=30, sandbox=True)
    assert replaced.drain_seconds == 5
    assert replaced.heartbeat == HeartbeatConfig(timeout=30, max_missed=3)
    assert replaced.sandbox is True
    assert replaced.given == {("drain_seconds",), ("heartbeat",), ("heartbeat", "timeout"), ("sandbox",)}
    assert config.sandbox is False


def test_a_value_cannot_be_set_afterwards() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        GatewayConfig().drain_seconds = 1.0  # type: ignore[misc]


# --- production


def test_by_default_nothing_is_required() -> None:
    GatewayConfig(debug_logging=True).check()


def test_production_needs_a_session_file() -> None:
    with pytest.raises(ConfigurationError, match=r"production needs a session file.*--session-file"):
        GatewayConfig.production().check()
    GatewayConfig.production(session_file="sessions.json").check()
    GatewayConfig(profile="production", session_file="sessions.json").check()


def test_production_refuses_frames_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    config = GatewayConfig.production(session_file="sessions.json")
    with pytest.raises(ConfigurationError, match="production refuses to log frames"):
        config.replace(debug_logging=True).check()
    with caplog.at_level(logging.DEBUG), pytest.raises(ConfigurationError, match="production refuses to log frames"):
        config.check()
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.INFO, FRAME_LOGGER):
        config.check()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"debug_logging": True}, "production refuses to log frames: they hold what people write"),
        ({"profile": "default"}, 'production has the profile "production", not "default": leave profile out, or write'),
    ],
)
def test_production_is_not_made_of_what_contradicts_it(settings: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        GatewayConfig.production(**cast("Any", settings))
    assert str(caught.value).startswith(words)


def test_the_specification_s_name_makes_the_same() -> None:
    assert ProductionGatewayConfig(drain_seconds=1) == GatewayConfig.production(drain_seconds=1)


def test_the_specification_s_name_is_a_type() -> None:
    def made() -> ProductionGatewayConfig:
        return GatewayConfig.production(drain_seconds=1)

    config = made()
    assert isinstance(config, GatewayConfig)
    assert repr(config).startswith("ProductionGatewayConfig(profile='production', ")
    assert config.replace(drain_seconds=2) == ProductionGatewayConfig(drain_seconds=2)
    assert config.replace(profile="default") == GatewayConfig(drain_seconds=1)
    refused = config.replace(debug_logging=True, session_file="sessions.json")
    with pytest.raises(ConfigurationError, match="production refuses to log frames"):
        refused.check()
