"""What the values of single settings must be."""

from __future__ import annotations

from typing import Any

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_trio import GatewayConfig


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"private": 1}, "private must be None or True or False, not 1"),
        ({"private": "yes"}, "private must be None or True or False, not 'yes'"),
        ({"negotiate_intents": None}, "negotiate_intents must be True or False, not None"),
        ({"negotiate_intents": 1}, "negotiate_intents must be True or False, not 1"),
        ({"stall_seconds": 0}, "stall_seconds must be a number of seconds from 0.01, not 0"),
        ({"stall_seconds": True}, "stall_seconds must be a number of seconds from 0.01, not True"),
        ({"drain_seconds": None}, "drain_seconds must be a number of seconds from 0, not None"),
        ({"drain_seconds": float("nan")}, "drain_seconds must be a number of seconds from 0, not nan"),
        ({"on_failure": "stop"}, "on_failure must be 'end' or 'go on', not 'stop'"),
        ({"metrics_port": 65536}, "metrics_port must be None or from 0 to 65535, not 65536"),
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
