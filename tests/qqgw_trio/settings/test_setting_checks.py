"""What the values of single settings must be."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

import attrs
import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_trio import GatewayConfig
from qqgw_trio.connection.shard_plan import ShardPlan
from qqgw_trio.connection.tls import TlsConfig
from qqgw_trio.settings.gateway_config import SHORT_NAMES


class Odd:
    """No value of any setting."""

    def __repr__(self) -> str:
        return "Odd"


def fields_of(kind: type[attrs.AttrsInstance]) -> list[tuple[type[attrs.AttrsInstance], str]]:
    """Every field of a class of settings, and of the classes inside it."""
    own = [field for field in attrs.fields(kind) if field.init]
    found = [(kind, field.name) for field in own]
    for field in own:
        inner = cast("type[object]", type(field.default))
        found += fields_of(inner) if attrs.has(inner) else []
    return found


SECRET = {"proxy", "headers"}


def test_the_fields_are_those_of_all_sections() -> None:
    assert {kind.__name__ for kind, _ in fields_of(GatewayConfig)} == {
        *("GatewayConfig", "ShardPlan", "TlsConfig", "ReconnectConfig", "HeartbeatConfig", "Deadlines", "WireConfig"),
        *("WorkerConfig", "ReplyLimits", "CommandConfig"),
    }


@pytest.mark.parametrize(("kind", "name"), fields_of(GatewayConfig))
@pytest.mark.parametrize("value", [Odd(), [], b"", 5j], ids=repr)
def test_every_setting_refuses_another_type(kind: type[attrs.AttrsInstance], name: str, value: object) -> None:
    with pytest.raises(ConfigurationError) as caught:
        kind(**{name: value})
    title = name if kind is GatewayConfig else f"{kind.__name__}.{name}"
    if (kind, name) == (GatewayConfig, "shards"):
        assert str(caught.value).startswith(f"shards: {value!r} names none: write ")
    elif name in SECRET:
        assert re.fullmatch(rf"{title} must be [^,]*", str(caught.value))
    else:
        assert re.fullmatch(rf"{re.escape(title)} must be .*, not {re.escape(repr(value))}", str(caught.value))


@pytest.mark.parametrize("name", SHORT_NAMES)
def test_so_do_the_specification_s_names(name: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"^\w+\.{SHORT_NAMES[name][1]} must be .*, not Odd$"):
        GatewayConfig(**cast("Any", {name: Odd()}))
    with pytest.raises(ConfigurationError, match=rf"^{SHORT_NAMES[name][0]} must be \w+Config, not Odd$"):
        GatewayConfig(**cast("Any", {SHORT_NAMES[name][0]: Odd(), name: 5}))


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"private": 1}, "private must be None or True or False, not 1"),
        ({"private": "yes"}, "private must be None or True or False, not 'yes'"),
        ({"negotiate_intents": None}, "negotiate_intents must be True or False, not None"),
        ({"negotiate_intents": 1}, "negotiate_intents must be True or False, not 1"),
        ({"stall_seconds": 0}, "stall_seconds must be None or a number of seconds from 0.01, not 0"),
        ({"stall_seconds": True}, "stall_seconds must be None or a number of seconds from 0.01, not True"),
        ({"drain_seconds": None}, "drain_seconds must be a number of seconds from 0, not None"),
        ({"drain_seconds": float("nan")}, "drain_seconds must be a number of seconds from 0, not nan"),
        ({"on_failure": "stop"}, "on_failure must be 'end' or 'go on', not 'stop'"),
        ({"metrics_port": 65536}, "metrics_port must be None or a whole number from 0 to 65535, not 65536"),
        ({"metrics_host": ""}, "metrics_host must be a host name or an address, not ''"),
        ({"metrics_host": "my host"}, "metrics_host must be a host name or an address, not 'my host'"),
        ({"metrics_host": "a\0"}, "metrics_host must be a host name or an address, not 'a"),
        ({"session_file": ""}, "session_file must be None or the path of a file, not ''"),
        ({"session_file": "/"}, "session_file must be None or the path of a file, not PosixPath('/')"),
        ({"journal": "a\0b"}, "journal must be None or the path of a file, not PosixPath('a"),
        ({"tls": 5}, "tls must be TlsConfig or SSLContext, not 5"),
        ({"reconnect": 5}, "reconnect must be ReconnectConfig, not 5"),
        ({"api_url": "ftp://a"}, "the API URL 'ftp://a' must begin with http:// or https://"),
        ({"gateway_url": "http://a"}, "it must begin with ws:// or wss://"),
        ({"stop_code": 99}, "99"),
        ({"proxy": "gopher://a"}, "gopher"),
    ],
)
def test_a_value_that_cannot_work_is_refused_by_name(setting: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        GatewayConfig(**setting)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "setting",
    [
        {"private": True},
        {"private": None},
        {"negotiate_intents": True},
        {"stall_seconds": None},
        {"stall_seconds": 0.01},
        {"metrics_port": 0},
        {"api_url": None},
        {"gateway_url": "wss://a"},
        {"stop_code": None},
        {"proxy": "http://a:1"},
    ],
)
def test_a_value_that_can_work_is_kept(setting: dict[str, Any]) -> None:
    settings = GatewayConfig(**setting)
    [(name, value)] = setting.items()
    assert getattr(settings, name) == value


def test_files_of_certificates_are_written_as_text_or_as_paths() -> None:
    assert TlsConfig(ca_file=Path("a")) == TlsConfig(ca_file="a")
    with pytest.raises(ConfigurationError, match=r"^TlsConfig\.ca_file must be None or the path of a file, not ''$"):
        TlsConfig(ca_file="")


def test_a_plan_of_shards_is_held_to_its_types_by_whoever_makes_it() -> None:
    with pytest.raises(ConfigurationError, match=r"^ShardPlan\.count must be None or a whole number, not '5'$"):
        ShardPlan(cast("int", "5"))
