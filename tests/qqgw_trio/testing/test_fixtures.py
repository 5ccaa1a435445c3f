"""The fixtures, and the example of the documentation that uses the package as a user's tests do."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from qqgw_proto.config import ServerConfig
from qqgw_proto.testing import Close, MemoryShard, Visit
from qqgw_trio.bot import Bot
from qqgw_trio.testing import ScriptedServer, Stage

ROOT = Path(__file__).parents[3]

pytest_plugins = ["qqgw_trio.testing.fixtures"]


def test_a_shard_in_memory(memory_shard: type[MemoryShard]) -> None:
    shard = memory_shard(Visit(events=1, fault=Close(4009)))
    shard.start()
    shard.run(10.0)
    assert shard.gateway.heard == ["IDENTIFY", "close 4009", "RESUME session-1 from 2"]


def test_a_gateway_on_a_port(scripted_server: Callable[..., ScriptedServer]) -> None:
    assert scripted_server(Visit(refuse=503)).url.startswith("ws://127.0.0.1:")


def test_a_gateway_on_a_port_may_be_set_and_speak_tls(scripted_server: Callable[..., ScriptedServer]) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server = scripted_server(config=ServerConfig(heartbeat_interval=1.0), ssl_context=context)
    assert server.url.startswith("wss://127.0.0.1:")


def test_a_bot_on_a_stage(play_bot: Callable[[Bot, Callable[[Stage], Awaitable[None]]], None]) -> None:
    played: list[bool] = []

    async def scenario(stage: Stage) -> None:
        played.append(stage.bot.is_connected())

    play_bot(Bot(intents=1 << 25), scenario)
    assert played == [True]


@pytest.mark.no_cover
def test_the_example_of_the_documentation_runs() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "docs/examples/testing"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "28 passed" in done.stdout


def test_the_page_shows_the_example() -> None:
    example = (ROOT / "docs" / "examples" / "testing" / "test_my_bot.py").read_text("utf-8")
    for page in ("testing.md", "testing.zh.md"):
        [_, shown, _] = (ROOT / "docs" / page).read_text("utf-8").split("```")
        assert shown.removeprefix("python\n") == example[example.index("import pytest") :]


@pytest.mark.no_cover
def test_nothing_but_the_fixtures_imports_pytest() -> None:
    code = "import sys, qqgw_proto.testing, qqgw_trio.testing; print('pytest' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
