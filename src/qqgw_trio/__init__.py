"""qqgw_trio: QQ bots on trio, around the pure core `qqgw_proto`.

`Bot` is where a bot author starts, `Api` who wants REST and no bot, `Shard` who wants one shard and nothing else.

What a bot author needs beside the events (`qqgw_proto.events`) can be imported from here; all of it is loaded with
`Bot` anyway. Errors beyond these are in `qqgw_proto.errors`.
"""

from __future__ import annotations

from qqgw_proto.config import Deadlines, HeartbeatConfig, ReconnectConfig, ShardConfig, WireConfig
from qqgw_proto.errors import ConfigurationError, GatewayError, MisuseError
from qqgw_proto.events import Intents
from qqgw_proto.machine.effects import Gap, Notice
from qqgw_trio import filters
from qqgw_trio.bot import Bot
from qqgw_trio.command.command_config import CommandConfig
from qqgw_trio.connection.shard import Shard
from qqgw_trio.connection.shard_plan import ShardPlan
from qqgw_trio.connection.tls import TlsConfig
from qqgw_trio.delivery.overflow import Dropped
from qqgw_trio.delivery.worker_config import WorkerConfig
from qqgw_trio.filters import Filter
from qqgw_trio.handler.context import Context
from qqgw_trio.handler.event_handler import EventHandler
from qqgw_trio.handler.failures import Failure, HandlerError
from qqgw_trio.handler.handler_errors import (
    CannotAck,
    CannotRecall,
    CannotReply,
    CannotWait,
    NoAnswer,
    NotRetried,
    ReplyQuotaSpent,
    ReplyWindowClosed,
)
from qqgw_trio.handler.middleware import CallNext
from qqgw_trio.handler.replies import ReplyLimits
from qqgw_trio.insight.diagnostics import GatewayDiagnostics
from qqgw_trio.rest.api import Api
from qqgw_trio.rest.api_errors import ApiError
from qqgw_trio.rest.api_types import FileType, MessageAudit, SentMessage, UploadedFile
from qqgw_trio.rest.credentials import Credentials
from qqgw_trio.rest.endpoints import GATEWAY_URL, SANDBOX_GATEWAY_URL
from qqgw_trio.rest.http import HttpClient
from qqgw_trio.rest.retry import RetryPolicy
from qqgw_trio.rest.token import TokenSource
from qqgw_trio.running.asyncio_bridge import asyncio_loop, run_asyncio
from qqgw_trio.settings.gateway_config import GatewayConfig, ProductionGatewayConfig
from qqgw_trio.telemetry.metrics import GatewayMetrics

__all__ = [
    "GATEWAY_URL",
    "SANDBOX_GATEWAY_URL",
    "Api",
    "ApiError",
    "Bot",
    "CallNext",
    "CannotAck",
    "CannotRecall",
    "CannotReply",
    "CannotWait",
    "CommandConfig",
    "ConfigurationError",
    "Context",
    "Credentials",
    "Deadlines",
    "Dropped",
    "EventHandler",
    "Failure",
    "FileType",
    "Filter",
    "Gap",
    "GatewayConfig",
    "GatewayDiagnostics",
    "GatewayError",
    "GatewayMetrics",
    "HandlerError",
    "HeartbeatConfig",
    "HttpClient",
    "Intents",
    "MessageAudit",
    "MisuseError",
    "NoAnswer",
    "NotRetried",
    "Notice",
    "ProductionGatewayConfig",
    "ReconnectConfig",
    "ReplyLimits",
    "ReplyQuotaSpent",
    "ReplyWindowClosed",
    "RetryPolicy",
    "SentMessage",
    "Shard",
    "ShardConfig",
    "ShardPlan",
    "TlsConfig",
    "TokenSource",
    "UploadedFile",
    "WireConfig",
    "WorkerConfig",
    "asyncio_loop",
    "filters",
    "run_asyncio",
]
