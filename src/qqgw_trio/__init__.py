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
from qqgw_trio.api import Api
from qqgw_trio.api_errors import ApiError
from qqgw_trio.api_types import FileType, MessageAudit, SentMessage, UploadedFile
from qqgw_trio.asyncio_bridge import asyncio_loop, run_asyncio
from qqgw_trio.bot import Bot
from qqgw_trio.command_config import CommandConfig
from qqgw_trio.context import Context
from qqgw_trio.credentials import Credentials
from qqgw_trio.diagnostics import GatewayDiagnostics
from qqgw_trio.endpoints import GATEWAY_URL, SANDBOX_GATEWAY_URL
from qqgw_trio.event_handler import EventHandler
from qqgw_trio.failures import Failure, HandlerError
from qqgw_trio.filters import Filter
from qqgw_trio.gateway_config import GatewayConfig, ProductionGatewayConfig
from qqgw_trio.handler_errors import (
    CannotAck,
    CannotRecall,
    CannotReply,
    CannotWait,
    NoAnswer,
    NotRetried,
    ReplyQuotaSpent,
    ReplyWindowClosed,
)
from qqgw_trio.http import HttpClient
from qqgw_trio.metrics import GatewayMetrics
from qqgw_trio.middleware import CallNext
from qqgw_trio.overflow import Dropped
from qqgw_trio.replies import ReplyLimits
from qqgw_trio.retry import RetryPolicy
from qqgw_trio.shard import Shard
from qqgw_trio.shard_plan import ShardPlan
from qqgw_trio.tls import TlsConfig
from qqgw_trio.token import TokenSource
from qqgw_trio.worker_config import WorkerConfig

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
