"""What the steps of a life choose from: settings, frames, times, causes."""

from __future__ import annotations

import math

from qqgw_proto import ClientConfig, ConnectionState, HeartbeatConfig
from qqgw_proto.config import ReconnectConfig
from qqgw_proto.errors import AuthenticationFailed, ConnectionFailed, RateLimited
from qqgw_proto.wire import frames

__all__ = [
    "ATTEMPTS",
    "CAUSES",
    "CONFIGS",
    "FRAMES",
    "LOST",
    "MAY_HOLD",
    "ODD_TIMES",
    "REFUSALS",
    "STEPS",
    "TOKEN",
    "URL",
]

TOKEN = "the-token-that-nobody-may-see"
URL = "ws://127.0.0.1:8080/websocket"
STEPS = (0.0, 0.01, 0.9, 2.0, 5.0, 11.0, 31.0, 46.0, 130.0, 4000.0, -3.0)
ODD_TIMES = (math.nan, math.inf, -math.inf)
LOST = ConnectionFailed("it broke")
CAUSES = (LOST, AuthenticationFailed("refused", code=401), RateLimited(7.0))
REFUSALS = ((401, None), (403, None), (429, 7.0), (503, math.nan))
CONFIGS = (
    ClientConfig(intents=1 << 25),
    ClientConfig(intents=1 << 25, stop_code=None, reconnect=ReconnectConfig(max_attempts=1, max_resumes=1)),
    ClientConfig(intents=513, heartbeat=HeartbeatConfig(interval=5.0, timeout=None, max_missed=1, seq="settled")),
    ClientConfig(intents=1, save_interval=0.001, reconnect=ReconnectConfig(max_attempts=None)),
)
FRAMES = (
    frames.hello(45000),
    frames.hello(1000),
    frames.dispatch("READY", 1, {"session_id": "a"}),
    frames.dispatch("READY", None, {"session_id": ""}),
    frames.heartbeat(None),
    frames.heartbeat_ack(),
    frames.reconnect(),
    frames.invalid_session(True),
    frames.invalid_session(False),
    b'{"op":5}',
    b"[]",
    b'{"op":0,"t":"NO_S","d":{}}',
)
ATTEMPTS = 6
# A permit is held between the gate's answer and the IDENTIFY that uses it, or the end of what was to lead there.
MAY_HOLD = (
    ConnectionState.PREPARING,
    ConnectionState.DIALING,
    ConnectionState.UPGRADING,
    ConnectionState.GREETING,
    ConnectionState.CLOSING,
)
