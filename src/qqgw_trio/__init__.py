"""qqgw_trio: QQ bots on trio, around the pure core `qqgw_proto`.

`Bot` is where a bot author starts, `qqgw_trio.shard.Shard` where somebody starts who wants one shard and nothing else.
"""

from __future__ import annotations

from qqgw_trio.bot import Bot
from qqgw_trio.context import Context
from qqgw_trio.credentials import Credentials
from qqgw_trio.endpoints import GATEWAY_URL, SANDBOX_GATEWAY_URL
from qqgw_trio.event_handler import EventHandler
from qqgw_trio.settings import BotSettings

__all__ = [
    "GATEWAY_URL",
    "SANDBOX_GATEWAY_URL",
    "Bot",
    "BotSettings",
    "Context",
    "Credentials",
    "EventHandler",
]
