"""What a raw value of a file, the environment or the command line means."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import attrs
import pytest

from qqgw_proto.config_rules import check_field
from qqgw_proto.errors import ConfigurationError
from qqgw_trio.command.command_config import CommandConfig
from qqgw_trio.connection.shard_plan import ShardPlan
from qqgw_trio.connection.tls import TlsConfig
from qqgw_trio.delivery.worker_config import WorkerConfig
from qqgw_trio.handler.replies import ReplyLimits
from qqgw_trio.settings.gateway_config import SHORT_NAMES, GatewayConfig
from qqgw_trio.settings.setting_values import NAMES, converted, key_of

FOLDER = Path("/folder")


def meant(name: str, raw: object, *, text: bool = False) -> object:
    return converted(key_of(name), raw, text=text, folder=FOLDER)


def test_every_field_of_every_section_has_a_name() -> None:
    names: set[str] = set()
    for field in attrs.fields(GatewayConfig):
        kind = cast("type[object]", type(field.default))
        if attrs.has(kind) and kind is not ShardPlan:
            names |= {f"{field.name}.{inner.name}" for inner in attrs.fields(kind)}
        elif field.init:
            names.add(field.name)
    assert set(NAMES) == names | set(SHORT_NAMES)


@pytest.mark.parametrize("settings", [CommandConfig, GatewayConfig, ReplyLimits, ShardPlan, TlsConfig, WorkerConfig])
def test_every_default_can_work(settings: type[attrs.AttrsInstance]) -> None:
    # An object with its defaults is made without a look at them.
    for field in attrs.fields(settings):
        if field.init and field.validator is not None:
            check_field(settings, field.name, field.default)


def test_two_names_of_one_value_have_one_key() -> None:
    assert key_of("reconnect_attempts") == key_of("reconnect.max_attempts") == ("reconnect", "max_attempts")


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("reconnect.max_dely", "is reconnect.max_delay meant?"), ("zzz", "")],
)
def test_an_unknown_name_is_answered_with_the_nearest(name: str, nearest: str) -> None:
    with pytest.raises(ConfigurationError, match="there is no such setting") as caught:
        key_of(name)
    assert caught.value.remedy == nearest


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("drain_seconds", 5, 5.0),
        ("drain_seconds", 0.5, 0.5),
        ("stop_code", 4500, 4500),
        ("stop_code", "none", None),
        ("reconnect.max_attempts", "None", None),
        ("sandbox", True, True),
        ("api_url", "http://api.test", "http://api.test"),
        ("api_url", "none", None),
        ("on_failure", "go on", "go on"),
        ("shards", 4, ShardPlan(4)),
        ("shards", "0-1/4", ShardPlan(4, (0, 1))),
        ("session_file", "sessions.json", FOLDER / "sessions.json"),
        ("session_file", "/elsewhere/sessions.json", Path("/elsewhere/sessions.json")),
        ("session_file", "~/sessions.json", Path.home() / "sessions.json"),
        ("tls.ca_file", "ca.pem", FOLDER / "ca.pem"),
        ("wire.headers", {"x-team": "one"}, {"x-team": "one"}),
        ("workers.overflow", "drop_oldest", "drop_oldest"),
    ],
)
def test_a_file_has_types(name: str, raw: object, value: object) -> None:
    found = meant(name, raw)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("drain_seconds", "5", 5.0),
        ("stop_code", "4500", 4500),
        ("stop_code", "none", None),
        ("sandbox", "TRUE", True),
        ("sandbox", "no", False),
        ("sandbox", "1", True),
        ("shards", "4", ShardPlan(4)),
        ("heartbeat_timeout", "1e2", 100.0),
        ("api_url", "http://api.test", "http://api.test"),
        ("profile", "production", "production"),
    ],
)
def test_text_is_read_by_the_type_of_its_setting(name: str, raw: str, value: object) -> None:
    found = meant(name, raw, text=True)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "raw", "words"),
    [
        ("drain_seconds", "5", "must be a number, not '5'"),
        ("drain_seconds", True, "must be a number, not True"),
        ("drain_seconds", -1, "drain_seconds must be a number of seconds from 0, not -1"),
        ("drain_seconds", float("inf"), "not inf"),
        ("stop_code", 4500.0, 'must be a whole number or "none", not 4500.0'),
        ("stop_code", 17, "stop_code must be None or one of"),
        ("sandbox", 1, "must be true or false, not 1"),
        ("api_url", 7, 'must be a text or "none", not 7'),
        ("api_url", "ftp://api.test", "must begin with http:// or https://"),
        ("on_failure", "stop", 'must be "end" or "go on", not \'stop\''),
        ("on_failure", ["end"], "must be"),
        ("shards", 2.0, "2.0 names none"),
        ("shards", True, "True names none"),
        ("shards", [0, 4], "[0, 4] names none"),
        ("shards", "many", "'many' names none"),
        ("session_file", 7, 'must be a path or "none", not 7'),
        ("session_file", "", 'must be a path or "none"'),
        ("session_file", "~no-such-user/x", "'~no-such-user/x' begins with a home folder that is not known"),
        ("drain_seconds", 10**400, "must be a number, not 1000"),
        ("wire.headers", {"x-team": 1}, "must be a table of texts"),
        ("wire.headers", "x-team: one", "must be a table of texts"),
        ("wire.user_agent", "two\nlines", "must be printable ASCII on one line"),
        ("workers.capacity", 0, "WorkerConfig.capacity must be a whole number from 1, not 0"),
        ("reconnect.max_delay", {"a": 1}, "must be a number"),
    ],
)
def test_what_cannot_be_meant_is_told(name: str, raw: object, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        meant(name, raw)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("name", "raw"), [("sandbox", "perhaps"), ("stop_code", "4.5"), ("drain_seconds", "soon"), ("drain_seconds", "nan")]
)
def test_text_that_is_none_of_its_type_is_told(name: str, raw: str) -> None:
    with pytest.raises(ConfigurationError, match="must be"):
        meant(name, raw, text=True)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("proxy", 7),
        ("proxy", "ftp://me:hidden@proxy.test"),
        ("wire.headers", {"hidden": 1}),
        ("wire.headers", "hidden"),
    ],
)
def test_what_may_hold_a_password_is_not_shown(name: str, raw: object) -> None:
    with pytest.raises(ConfigurationError) as caught:
        meant(name, raw)
    assert "hidden" not in str(caught.value)
