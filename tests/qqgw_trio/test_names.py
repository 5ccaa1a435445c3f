"""What `import qqgw_trio` offers: all that a bot author needs beside the events, at no cost."""

from __future__ import annotations

import subprocess
import sys
import typing

import attrs
import pytest

import qqgw_trio
from qqgw_proto import config, errors, events
from qqgw_proto.machine import effects
from qqgw_trio.connection import shard
from qqgw_trio.delivery import overflow
from qqgw_trio.rest import http, retry, token


def test_every_name_can_be_had_and_is_listed() -> None:
    assert all(hasattr(qqgw_trio, name) for name in qqgw_trio.__all__)
    assert set(qqgw_trio.__all__) <= set(dir(qqgw_trio))


@pytest.mark.parametrize(
    ("home", "names"),
    [
        (events, ["Intents"]),
        (errors, ["ConfigurationError", "GatewayError", "MisuseError"]),
        (config, ["Deadlines", "HeartbeatConfig", "ReconnectConfig", "ShardConfig", "WireConfig"]),
        (effects, ["Gap", "Notice"]),
        (overflow, ["Dropped"]),
        (shard, ["Shard"]),
        (token, ["TokenSource"]),
        (http, ["HttpClient"]),
        (retry, ["RetryPolicy"]),
    ],
)
def test_what_lives_elsewhere_is_the_same_here(home: object, names: list[str]) -> None:
    assert set(names) <= set(qqgw_trio.__all__)
    assert all(getattr(qqgw_trio, name) is getattr(home, name) for name in names)


def test_each_section_of_the_settings_can_be_imported_from_here() -> None:
    hints = typing.get_type_hints(qqgw_trio.GatewayConfig)
    named = {hints[field.name] for field in attrs.fields(qqgw_trio.GatewayConfig)}
    sections = {one.__name__ for one in named if attrs.has(one)}
    assert {"ReconnectConfig", "WorkerConfig"} < sections
    assert sections <= set(qqgw_trio.__all__)


def test_what_is_offered_is_loaded_with_the_bot_anyway() -> None:
    code = (
        "import sys, importlib.util as u; package = u.module_from_spec(u.find_spec('qqgw_trio'));"
        "sys.modules['qqgw_trio'] = package; import qqgw_trio.bot; before = set(sys.modules);"
        "package.__spec__.loader.exec_module(package); print(*sorted(set(sys.modules) - before))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert loaded == ["qqgw_trio.filters"]
