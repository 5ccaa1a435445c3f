"""Whom a bot must reach, as far as that is known before it runs."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from qqgw_proto.config import ShardConfig
from qqgw_proto.errors import ConfigurationError
from qqgw_proto.events import Intents
from qqgw_trio import Bot, Credentials, GatewayConfig
from qqgw_trio.doctor.patient import Host, Patient
from qqgw_trio.rest.api_types import GatewayBot, SessionStartLimit

WHO = Credentials("1", "secret")
LIMIT = SessionStartLimit(total=1, remaining=1, reset_after=1.0, max_concurrency=1)


def patient(**settings: str) -> Patient:
    values: dict[str, Any] = {"api_url": "http://127.0.0.1:8000", "proxy": "direct"}
    values.update(settings)
    config = GatewayConfig(**values)
    return Patient(Bot(WHO, settings=config))


def test_hosts_of_urls() -> None:
    assert str(Host.of_http("https://api.test/path")) == "api.test:443"
    assert Host.of_http("http://127.0.0.1:8000") == Host("127.0.0.1", 8000, tls=False)
    assert Host.of_gateway("wss://gateway.test/websocket") == Host("gateway.test", 443, tls=True)


def test_hosts_are_token_endpoint_rest_and_gateway() -> None:
    one = patient()
    assert [str(host) for host in one.hosts()] == ["bots.qq.com:443", "127.0.0.1:8000"]
    with pytest.raises(ConfigurationError, match="the gateway's URL is not known"):
        one.known_host()
    one.gateway = GatewayBot("wss://gateway.test/websocket", 4, LIMIT)
    assert one.hosts()[-1] == one.known_host() == Host("gateway.test", 443, tls=True)
    fixed = patient(gateway_url="ws://127.0.0.1:9/")
    assert fixed.known_host() == Host("127.0.0.1", 9, tls=False)


def test_the_first_shard_of_the_process_is_tried() -> None:
    assert patient().shard == ShardConfig(0, 1)
    assert patient(shards="2-3/16").shard == ShardConfig(2, 16)
    automatic = patient(shards="auto")
    assert automatic.shard == ShardConfig(0, 1)
    automatic.gateway = GatewayBot("wss://gateway.test", 4, LIMIT)
    assert automatic.shard == ShardConfig(0, 4)


def test_intents_may_be_tried_that_are_not_the_bots() -> None:
    assert Patient(Bot(WHO)).intents == Intents.default()
    assert Patient(Bot(WHO), intents=Intents.GUILDS).intents == Intents.GUILDS


async def test_what_was_opened_is_closed() -> None:
    one = patient()
    async with one:
        tokens = await one.tokens()
        assert await one.tokens() is tokens
        assert (await one.api()).base_url == "http://127.0.0.1:8000"
    await trio.lowlevel.checkpoint()
