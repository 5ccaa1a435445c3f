"""A bot that tells its metrics at a port, over a real socket."""

from __future__ import annotations

import socket

import httpx2
import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.settings.gateway_config import GatewayConfig
from support.staging import Stage


async def test_a_running_bot_tells_its_metrics_on_loopback(stage: Stage) -> None:
    bot = stage.bot(metrics_port=0)
    async with stage.running(bot), httpx2.AsyncClient() as client:
        assert bot.watch.url is not None
        assert bot.watch.url.startswith("http://127.0.0.1:")
        assert (await client.get(f"{bot.watch.url}/readyz")).status_code == 200
        text = (await client.get(f"{bot.watch.url}/metrics")).text
        assert 'qqgw_connections_total{shard="0"} 1.0' in text
        diagnostics = (await client.get(f"{bot.watch.url}/diagnostics")).json()
        assert diagnostics["shards"][0]["state"] == "READY"
        assert stage.simulator.secret not in f"{text}{diagnostics}"


async def test_a_bot_without_a_port_tells_nobody(stage: Stage) -> None:
    bot = stage.bot()
    async with stage.running(bot):
        assert bot.watch.url is None


async def test_a_port_that_is_taken_is_told_before_anything_is_connected(stage: Stage) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bot = stage.bot(metrics_port=taken.getsockname()[1])
        with pytest.raises(ConfigurationError, match=r"cannot listen on 127\.0\.0\.1:"):
            await bot.serve()
    assert stage.simulator.ledger.connections == []


@pytest.mark.parametrize("port", [-1, 65536, True, "80"])
def test_a_port_that_is_none_is_refused(port: int) -> None:
    with pytest.raises(ConfigurationError, match="metrics_port must be None or a whole number from 0 to 65535"):
        GatewayConfig(metrics_port=port)
