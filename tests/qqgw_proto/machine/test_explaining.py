"""One sentence for a person, for every state."""

from __future__ import annotations

import pytest

from qqgw_proto.config import ClientConfig, ShardConfig
from qqgw_proto.machine.explaining import explain
from qqgw_proto.machine.life import Life
from qqgw_proto.machine.states import ConnectionState as S

CONFIG = ClientConfig(intents=1, shard=ShardConfig(2, 4))

SENTENCES = {
    S.IDLE: "not started: waits for start()",
    S.PERMITTING: "waits for the identify gate, because a new session needs a permit",
    S.PREPARING: "waits for the gateway URL and a valid token, because each connection needs the current ones",
    S.DIALING: "waits for TCP and TLS to the gateway, because a connection was begun",
    S.UPGRADING: "waits for the answer to the WebSocket handshake, because the transport is open",
    S.GREETING: "waits for HELLO, because the gateway speaks first",
    S.IDENTIFYING: "waits for READY, because IDENTIFY was sent",
    S.RESUMING: "takes the replay and waits for RESUMED, because RESUME was sent",
    S.READY: "receives events; the next heartbeat or save is due",
    S.DOUBTING_IDENTIFY: "waits for the close code behind op 9, because the IDENTIFY was refused",
    S.DOUBTING_SESSION: "waits for the close code behind op 9, because the session is in doubt",
    S.CLOSING: "waits for the gateway's close frame, because it was told to stop",
    S.WAITING: "waits before the next attempt, because the last one ended",
    S.STOPPED: "stopped as wanted: waits for nothing",
    S.FAILED: "failed: waits for nothing, the error was announced",
}


@pytest.mark.parametrize("state", S)
def test_every_state_has_its_sentence(state: S) -> None:
    assert explain(Life(CONFIG, state=state), None, 0.0) == f"shard 2/4 {SENTENCES[state]}"


def test_it_says_until_when() -> None:
    life = Life(CONFIG, state=S.GREETING)
    assert explain(life, 110.0, 102.5) == (
        "shard 2/4 waits for HELLO, because the gateway speaks first; at the latest in 7.5 s"
    )


def test_what_is_overdue_is_due_now() -> None:
    assert explain(Life(CONFIG, state=S.WAITING), 5.0, 9.0).endswith("; at the latest in 0.0 s")


def test_it_says_that_reading_is_paused() -> None:
    assert explain(Life(CONFIG, state=S.READY, paused_since=1.0), 10.0, 8.0) == (
        "shard 2/4 receives events; the next heartbeat or save is due; at the latest in 2.0 s; reading is paused"
    )
