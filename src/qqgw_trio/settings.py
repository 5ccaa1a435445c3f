"""What can be set for a bot as a whole; what concerns a shard is in `qqgw_proto.config`."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Literal

import attrs

from qqgw_proto.config import Deadlines, HeartbeatConfig, ReconnectConfig, WireConfig
from qqgw_trio.workers import WorkerConfig

__all__ = ["BotSettings"]


@attrs.frozen
class BotSettings:
    """Everything but credentials, intents, handlers and shards.

    Attributes:
        api_url: Base URL of REST; None = production or sandbox.
        token_url: URL of getAppAccessToken; None = the platform's.
        gateway_url: A fixed gateway URL; None = from `GET /gateway/bot`.
        reconnect: How shards come back.
        heartbeat: How they beat.
        deadlines: How long they wait.
        wire: Limits of the WebSocket layer.
        workers: Buffer, parallelism, overflow, retries.
        tls: For wss and https, in place of the system's certificates.
        session_file: Where sessions outlive the process; None = nowhere.
        drain_seconds: How long a stop waits for handlers.
        stop_code: Close code of a wanted stop.
        on_failure: What a failed shard means for the others.
    """

    api_url: str | None = None
    token_url: str | None = None
    gateway_url: str | None = None
    reconnect: ReconnectConfig = ReconnectConfig()
    heartbeat: HeartbeatConfig = HeartbeatConfig()
    deadlines: Deadlines = Deadlines()
    wire: WireConfig = WireConfig()
    workers: WorkerConfig = WorkerConfig()
    tls: ssl.SSLContext | None = None
    session_file: Path | None = None
    drain_seconds: float = 10.0
    stop_code: int | None = 4000
    on_failure: Literal["end", "go on"] = "end"
