"""Sockets and threads: whatever ends the thread that owns the gateway, `run` says so and leaves no socket behind."""

from __future__ import annotations

import attrs
import pytest

from conformance.client import CONFIG, Client
from docs.examples.embed.blocking_threads import Shard
from qqgw_proto import ByteWire, ConnectionState, Deadlines, Dispatch, ServerConfig
from qqgw_proto.machine import effects as do
from qqgw_proto.testing import Visit
from qqgw_trio.testing.server import ScriptedServer

SERVER = ServerConfig(heartbeat_interval=600.0, heartbeat_timeout=None)


def is_left(server: ScriptedServer) -> bool:
    return not any(connection.is_live for connection in server.gateway.connections)


def ignore(_: Dispatch) -> None:
    pass


def test_an_ear_that_raises_ends_the_run_with_its_error() -> None:
    def notice(effect: do.Effect) -> None:
        if not isinstance(effect, do.Ready):
            return
        raise LookupError("a bug of the bot")

    with ScriptedServer(Visit(events=3), config=SERVER) as server:
        client = Client(server.url, ByteWire())
        with pytest.raises(LookupError, match="a bug of the bot"):
            Shard(client.gateway, client.access, client.permit, ignore, notice).run()
        server.until(lambda: is_left(server))


def test_a_stop_before_the_run_ends_it_at_once() -> None:
    client = Client("ws://127.0.0.1:1/", ByteWire())
    shard = Shard(client.gateway, client.access, client.permit, ignore)
    shard.stop()
    shard.run()
    assert client.gateway.state is ConnectionState.STOPPED


def test_a_run_that_is_interrupted_while_reading_is_paused_ends_with_its_socket_closed() -> None:
    with ScriptedServer(Visit(events=5_000), config=SERVER) as server:
        client = Client(server.url, ByteWire(), attrs.evolve(CONFIG, deadlines=Deadlines(close=0.1)))

        def handle(_: Dispatch) -> None:
            client.until(lambda: client.came["ReadingPaused"] == 1)
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            Shard(client.gateway, client.access, client.permit, handle, client.notice).run()
        server.until(lambda: is_left(server))
    session = client.gateway.session
    assert session is not None
    assert session.settled == 1
    assert client.gateway.state is ConnectionState.STOPPED
