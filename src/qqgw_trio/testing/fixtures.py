"""Fixtures for pytest: `pytest_plugins = ["qqgw_trio.testing.fixtures"]` in your `conftest.py`.

* `memory_shard(*visits, …)` makes a `MemoryShard`: the protocol alone, in virtual time;
* `scripted_server(*visits, config=…, ssl_context=…)` makes a `ScriptedServer` that listens until the test is over;
* `play_bot(bot, scenario)` runs your bot on a simulated platform.
"""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from functools import partial

import pytest

from qqgw_proto.config import ServerConfig
from qqgw_proto.testing import MemoryShard, Visit
from qqgw_trio.bot import Bot
from qqgw_trio.testing.server import ScriptedServer
from qqgw_trio.testing.stage import Stage, play

__all__ = ["memory_shard", "play_bot", "scripted_server"]


@pytest.fixture
def memory_shard() -> type[MemoryShard]:
    """Makes shards on scripted gateways, in memory."""
    return MemoryShard


@pytest.fixture
def scripted_server() -> Iterator[Callable[..., ScriptedServer]]:
    """Makes scripted gateways on real ports, of what `ScriptedServer` takes."""
    with ExitStack() as servers:

        def make(
            *visits: Visit, config: ServerConfig | None = None, ssl_context: ssl.SSLContext | None = None
        ) -> ScriptedServer:
            return servers.enter_context(ScriptedServer(*visits, config=config, ssl_context=ssl_context))

        yield make


@pytest.fixture
def play_bot() -> Callable[[Bot, Callable[[Stage], Awaitable[None]]], None]:
    """Runs a scenario with a bot on a stage (`play`), for at most 30 s."""
    return partial(play, within=30.0)
