"""`BotSettings` is `GatewayConfig`."""

from __future__ import annotations

from qqgw_trio.gateway_config import GatewayConfig

__all__ = ["BotSettings"]

BotSettings = GatewayConfig
