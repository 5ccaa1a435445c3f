"""One sentence for a person: what a shard waits for, why, and until when."""

from __future__ import annotations

from typing import Final

from qqgw_proto.machine.life import Life
from qqgw_proto.machine.states import ConnectionState as S

__all__ = ["explain"]

_SENTENCES: Final = {
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


def explain(life: Life, next_deadline: float | None, now: float) -> str:
    """Says where the shard stands."""
    shard = life.config.shard
    until = "" if next_deadline is None else f"; at the latest in {max(0.0, next_deadline - now):.1f} s"
    paused = "" if life.paused_since is None else "; reading is paused"
    return f"shard {shard.shard_id}/{shard.shard_count} {_SENTENCES[life.state]}{until}{paused}"
