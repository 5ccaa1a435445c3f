"""Every adapter, over real sockets: while handlers do not return, reading stops, and beating and writing go on."""

from __future__ import annotations

import attrs
import pytest

from conformance.adapters import ADAPTERS, Running
from conformance.client import CONFIG
from qqgw_proto import HeartbeatConfig, ServerConfig
from qqgw_proto.machine import effects as do
from qqgw_proto.testing import Visit
from qqgw_trio.testing.server import ScriptedServer

# A gateway that waits for its reader acknowledges nothing.
BEATING = attrs.evolve(CONFIG, heartbeat=HeartbeatConfig(interval=2.0, timeout=None, max_missed=100))
SERVER = ServerConfig(heartbeat_interval=600.0, heartbeat_timeout=None)

EVENTS = 5_000
"""Far more than an adapter may take that lets 16 chunks of 64 KiB wait."""


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_reading_stops_while_handlers_do_not_return(adapter: str) -> None:
    with ScriptedServer(Visit(events=EVENTS), config=SERVER) as server:
        running = Running(adapter, server.url, BEATING)
        client = running.client
        client.handlers.clear()
        with running:
            client.until(lambda: client.came["ReadingPaused"] == 1)
            beats = client.came["SendHeartbeat"]
            client.until(lambda: client.came["SendHeartbeat"] > beats)
            session, steps = client.gateway.session, client.journal_length
            assert session is not None
            assert 0 < session.sequence_number < EVENTS
            assert client.texts == []
            client.handlers.set()
            client.until_settled(1, EVENTS)
            running.stop()
            server.until(lambda: server.gateway.heard == ["IDENTIFY", "close 4000"])
    assert client.texts == [f"event {number}" for number in range(1, EVENTS + 1)]
    inputs = [entry.given[0] for entry in client.journal()]
    held = inputs[inputs.index("ReadingPaused") : steps]
    assert "Dispatches" not in held
    assert "ReadingResumed" not in held
    assert inputs.count("ReadingPaused") == inputs.count("ReadingResumed")
    assert client.count(do.Disconnected) == 1
