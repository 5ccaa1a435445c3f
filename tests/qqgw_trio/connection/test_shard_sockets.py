"""Shards, alone and in a fleet, on real sockets of this machine, plain and over TLS."""

from __future__ import annotations

import ssl
from math import inf
from typing import Final

import attrs
import pytest
import trio

from qqgw_proto.config import ReconnectConfig
from qqgw_proto.errors import ConnectionFailed
from qqgw_proto.machine import effects as do
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.connection.clock import shard_clock
from qqgw_trio.connection.transport import GatewayCertificateRefused, Transport, dial
from qqgw_trio.running.serving import bind, serve_tcp
from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.ledger import judge
from support.crew import Crew, ready
from support.simulated import Bench
from support.surroundings import CONFIG, Around, connected, handles_all
from support.tls_pair import tls_pair

# No test waits by the clock on the wall.
PROMPT: Final = attrs.evolve(
    CONFIG, reconnect=ReconnectConfig(initial_delay=0.01, min_dial_interval=0.01, prompt_jitter=0.01)
)


@attrs.frozen
class Place:
    """Where a gateway listens, and who trusts it."""

    url: str
    trust: ssl.SSLContext | None

    async def dial(self, url: GatewayUrl) -> Transport:
        return await dial(url, self.trust)


@pytest.fixture
def bench(nursery: trio.Nursery) -> Bench:
    return Bench(nursery)


@pytest.fixture(params=["ws", "wss"])
async def place(request: pytest.FixtureRequest, bench: Bench, nursery: trio.Nursery) -> Place:
    """A gateway on a port of this machine."""
    server, client = tls_pair() if request.param == "wss" else (None, None)
    listener = bind("127.0.0.1", 0)
    port = listener.getsockname()[1]
    nursery.start_soon(serve_tcp, bench.gateway.serve_stream, listener, server)
    return Place(f"{request.param}://127.0.0.1:{port}/websocket", client)


def around_at(place: Place, bench: Bench) -> Around:
    return Around(place.dial, lambda: bench.access_token, config=PROMPT, url=place.url, clock=shard_clock())


async def test_it_connects_delivers_and_closes_politely(bench: Bench, place: Place) -> None:
    around = around_at(place, bench)
    async with trio.open_nursery() as nursery:
        await connected(nursery, around)
        await handles_all(bench, around, 200)
        around.shard.stop()
    assert around.handled == bench.ledger.sent_ids
    assert bench.ledger.connections[0].code == 4000
    assert bench.ledger.violations == []


@pytest.mark.parametrize("kind", [FaultKind.RESET, FaultKind.EOF, FaultKind.RECONNECT, FaultKind.GARBAGE])
async def test_a_lost_connection_is_resumed(bench: Bench, place: Place, kind: FaultKind) -> None:
    around = around_at(place, bench)
    async with trio.open_nursery() as nursery:
        await connected(nursery, around)
        await handles_all(bench, around, 20)
        bench.gateway.fault(Fault(kind))
        nursery.start_soon(handles_all, bench, around, 20)
        await around.until_noticed(do.Resumed)
        await around.until(lambda: len(around.handled) == 40)
        around.shard.stop()
    assert judge(bench.ledger.sent_ids, around.handled).is_clean
    assert (bench.ledger.granted_identifies, bench.ledger.granted_resumes) == (1, 1)


async def test_a_reset_is_told_in_the_systems_words(bench: Bench, place: Place) -> None:
    around = around_at(place, bench)
    async with trio.open_nursery() as nursery:
        await connected(nursery, around)
        bench.gateway.drop()
        await around.until_noticed(do.Disconnected)
        around.shard.stop()
    cause = around.last(do.Disconnected).cause
    assert cause == ConnectionFailed("the connection broke: Connection reset by peer")


@pytest.mark.no_cover
async def test_without_room_the_socket_fills_and_nothing_is_lost(bench: Bench, place: Place) -> None:
    """TCP's own back-pressure: more than the buffers hold waits at the gateway."""
    around = around_at(place, bench)
    async with trio.open_nursery() as nursery:
        await connected(nursery, around)
        around.fill()
        await bench.gateway.emit(1, rate=inf)
        await around.until(lambda: len(around.handled) == 1)
        ids = await bench.gateway.emit(2000, rate=inf)
        assert len(around.handled) == 1
        around.empty()
        await around.until(lambda: set(ids) <= set(around.handled))
        around.shard.stop()
    assert judge(bench.ledger.sent_ids, around.handled).is_clean
    assert around.noticed(do.Disconnected) == 1  # The stop's.


# --- a fleet


async def test_a_fleet_dials_with_the_context_that_it_is_given(bench: Bench, place: Place) -> None:
    crew = Crew(bench, gateway_url=place.url, sockets=True, tls=place.trust)
    async with trio.open_nursery() as nursery:
        await ready(nursery, crew)
        ids = await bench.gateway.emit(50, rate=inf)
        await crew.until(lambda: set(ids) <= set(crew.handled))
        crew.fleet.stop()
    assert judge(bench.ledger.sent_ids, [one for one in crew.handled if one != "READY"]).is_clean
    assert bench.ledger.connections[0].code == 4000


@pytest.mark.parametrize("place", ["wss"], indirect=True)
async def test_an_authority_that_is_not_trusted_is_told_and_no_token_leaves(bench: Bench, place: Place) -> None:
    crew = Crew(bench, gateway_url=place.url, sockets=True)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(crew.run)
        await crew.until(lambda: crew.noticed(do.Retrying) == [0])
        crew.fleet.stop()
    retrying = next(notice for _, notice in crew.notices if isinstance(notice, do.Retrying))
    assert isinstance(retrying.why, GatewayCertificateRefused)
    assert bench.ledger.identifies == []
