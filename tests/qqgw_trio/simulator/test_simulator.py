"""The whole simulator on real sockets of this machine."""

from __future__ import annotations

import logging
import ssl
import warnings
from typing import cast
from urllib.parse import urlsplit

import httpx2
import pytest
import trio
from typing_extensions import override

from qqgw_proto.config import ClientConfig, ReconnectConfig
from qqgw_proto.errors import MisuseError
from qqgw_proto.machine import effects as do
from qqgw_trio.rest.credentials import Credentials
from qqgw_trio.rest.http import HttpClient
from qqgw_trio.rest.token import TokenSource
from qqgw_trio.simulator import (
    Fault,
    FaultKind,
    GatewayServer,
    PlannedFault,
    PortTaken,
    Simulator,
    SimulatorConfig,
    judge,
)
from support.raw_client import RawClient, data_of
from support.simulated_bot import SimulatedBot
from support.tls_pair import tls_pair

PROMPT = ClientConfig(
    intents=2**31 - 1, reconnect=ReconnectConfig(initial_delay=0.01, min_dial_interval=0.01, prompt_jitter=0.01)
)
"""No test waits by the clock on the wall."""


def author_of(frame: dict[str, object]) -> object:
    return cast("dict[str, object]", data_of(frame)["author"])["username"]


async def open_socket(simulator: Simulator) -> trio.SocketStream:
    parts = urlsplit(simulator.gateway_url)
    return await trio.open_tcp_stream(str(parts.hostname), int(parts.port or 0))


async def test_it_describes_where_it_is() -> None:
    async with Simulator(SimulatorConfig(events=0, seed=3)) as simulator:
        description = simulator.describe()
        assert list(description) == ["rest", "token_url", "gateway", "app_id", "secret"]
        assert description["token_url"] == description["rest"] + "/app/getAppAccessToken"
        assert description["rest"].startswith("http://127.0.0.1:")
        assert description["gateway"].startswith("ws://127.0.0.1:")
        assert description["app_id"] == "102000001"
        assert len(description["secret"]) == 32


async def test_the_rest_api_answers_on_its_port_without_charset() -> None:
    async with Simulator(SimulatorConfig(events=0)) as simulator, httpx2.AsyncClient() as http:
        body = {"appId": simulator.app_id, "clientSecret": simulator.secret}
        response = await http.post(simulator.token_url, json=body)
        assert response.headers["content-type"] == "application/json"
        headers = {"Authorization": f"QQBot {response.json()['access_token']}"}
        gateway = await http.get(f"{simulator.rest_url}/gateway", headers=headers)
        assert gateway.json() == {"url": simulator.gateway_url}


@pytest.mark.parametrize(
    "fault",
    [
        Fault(FaultKind.RESET),
        Fault(FaultKind.EOF),
        Fault(FaultKind.CUT_FRAME, at=9),
        Fault(FaultKind.GARBAGE),
        Fault(FaultKind.CLOSE, code=4009),
    ],
    ids=lambda fault: fault.kind.value,
)
async def test_a_shard_on_real_sockets_loses_nothing(fault: Fault) -> None:
    config = SimulatorConfig(rate=200.0, events=60, seed=5, plan=(PlannedFault(30, fault),))
    async with Simulator(config) as simulator, HttpClient() as http, trio.open_nursery() as nursery:
        tokens = TokenSource(Credentials(simulator.app_id, simulator.secret), url=simulator.token_url, client=http)
        token = await tokens.get()
        bot = SimulatedBot(simulator.gateway_url, lambda: token, lambda: open_socket(simulator), PROMPT)
        nursery.start_soon(bot.shard.run)
        await simulator.world_done.wait()
        await bot.until(lambda: len(bot.handled) >= 60)
        verdict = judge(simulator.ledger.sent_ids, bot.handled)
        assert len(verdict.sent) == 60
        assert verdict.is_clean
        assert simulator.ledger.granted_identifies == 1
        assert simulator.ledger.granted_resumes == 1
        assert bot.noticed(do.Gap) == 0
        bot.shard.stop()


async def test_it_is_commanded_from_inside_and_outside() -> None:
    lines: list[tuple[str, str, str]] = []
    said: list[tuple[str, str, str]] = []

    def on_reply(kind: str, target: str, text: str) -> None:
        lines.append((kind, target, text))

    def on_say(kind: str, author: str, text: str) -> None:
        said.append((kind, author, text))

    platform = Simulator(SimulatorConfig(events=0), on_reply=on_reply, on_say=on_say)
    async with platform as simulator, httpx2.AsyncClient() as http:
        token = simulator.platform.accounts.issue()[0].text
        async with await open_socket(simulator) as stream:
            client = await RawClient(stream).upgrade()
            await client.log_in(f"QQBot {token}")
            await simulator.wait_for_session()
            order = {"kind": "group", "author": "alice", "text": "/ping"}
            await http.post(f"{simulator.rest_url}/simulator/say", json=order)
            assert (await client.frame())["t"] == "GROUP_AT_MESSAGE_CREATE"
            simulator.say("c2c", None, "hi")
            frame = await client.frame()
            assert frame["t"] == "C2C_MESSAGE_CREATE"
            # Whoever it was that said it, by name.
            assert said == [("group", "alice", "/ping"), ("c2c", author_of(frame), "hi")]
            assert len(await simulator.emit(2, rate=1000)) == 2
            headers = {"Authorization": f"QQBot {token}"}
            await http.post(f"{simulator.rest_url}/v2/users/U/messages", json={"content": "pong"}, headers=headers)
            assert lines == [("c2c", "U", "pong")]
            assert simulator.drop() == 1
            assert simulator.fault("half_open") == 0


async def test_replies_need_no_listener() -> None:
    async with Simulator(SimulatorConfig(events=0)) as simulator, httpx2.AsyncClient() as http:
        headers = {"Authorization": simulator.platform.accounts.issue()[0].text}
        await http.post(f"{simulator.rest_url}/channels/1/messages", json={"content": "hi"}, headers=headers)
        assert [reply.text for reply in simulator.ledger.replies] == ["hi"]


async def test_tls_is_spoken_where_a_context_is_given() -> None:
    server, trusting = tls_pair()
    async with Simulator(SimulatorConfig(events=0, ssl_context=server)) as simulator:
        assert simulator.gateway_url.startswith("wss://")
        async with trio.SSLStream(await open_socket(simulator), trusting, server_hostname="127.0.0.1") as stream:
            client = await RawClient(stream).upgrade()
            await client.log_in(f"QQBot {simulator.platform.accounts.issue()[0].text}")
            simulator.fault(FaultKind.EOF)
            await client.end()


async def test_a_client_that_does_not_trust_the_certificate_harms_nothing() -> None:
    server, _ = tls_pair()
    async with Simulator(SimulatorConfig(events=0, ssl_context=server)) as simulator:
        stream = trio.SSLStream(await open_socket(simulator), ssl.create_default_context(), server_hostname="127.0.0.1")
        with pytest.raises(trio.BrokenResourceError):
            await stream.do_handshake()
        await trio.aclose_forcefully(stream)
        async with await open_socket(simulator) as plain:
            await plain.send_all(b"no TLS at all\r\n\r\n")
            while await plain.receive_some():
                pass


async def test_a_taken_port_is_one_error_and_leaves_nothing_open() -> None:
    async with Simulator(SimulatorConfig(events=0)) as first:
        rest_port = urlsplit(first.rest_url).port
        with pytest.raises(PortTaken, match=f"127.0.0.1:{rest_port}"):
            async with Simulator(SimulatorConfig(rest_port=int(rest_port or 0))):
                pytest.fail("two simulators on one port")


async def test_the_error_of_its_block_leaves_as_it_is() -> None:
    with pytest.raises(LookupError, match="mine"):
        async with Simulator(SimulatorConfig(events=0)):
            raise LookupError("mine")


class Broken(Simulator):
    """One whose world comes to an end by an error."""

    @override
    async def _run_world(self, gateway: GatewayServer) -> None:
        raise LookupError("theirs")


async def test_an_error_of_its_own_ends_the_block() -> None:
    with pytest.raises(BaseExceptionGroup) as caught:
        async with Broken():
            await trio.sleep_forever()
    assert caught.group_contains(LookupError, match="theirs")


async def test_it_is_used_inside_its_block_only() -> None:
    with pytest.raises(MisuseError, match="the simulator does not run: use it inside its `async with` block"):
        Simulator().drop()


async def test_it_logs_and_warns_of_nothing(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        async with Simulator(SimulatorConfig(events=0)) as simulator, httpx2.AsyncClient() as http:
            await http.get(f"{simulator.rest_url}/gateway")
    assert [record.name for record in caplog.records if record.name.startswith(("hypercorn", "qqgw"))] == []
    assert caught == []


async def test_listening_everywhere_it_names_an_address_that_can_be_reached() -> None:
    async with Simulator(SimulatorConfig(host="0.0.0.0", events=0)) as simulator:
        assert simulator.rest_url.startswith("http://127.0.0.1:")


async def test_the_sixth_version_of_ip_is_written_in_brackets() -> None:
    async with Simulator(SimulatorConfig(host="::1", events=0)) as simulator:
        assert simulator.rest_url.startswith("http://[::1]:")
