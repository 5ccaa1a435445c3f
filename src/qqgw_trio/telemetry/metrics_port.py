"""Serves metrics and health at the port that is set for it; the HTTP server is imported only then."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial

import trio

from qqgw_trio.insight.watch import Watch
from qqgw_trio.settings.gateway_config import GatewayConfig

__all__ = ["metrics_server"]

logger = logging.getLogger("qqgw_trio.telemetry.metrics")


def metrics_server(watch: Watch, settings: GatewayConfig) -> Callable[[], Awaitable[None]]:
    """The task that serves metrics and health until cancelled; its socket listens already. Without a port it ends.

    Raises:
        ConfigurationError: The address cannot be listened on.
    """
    if settings.metrics_port is None:
        return trio.lowlevel.checkpoint
    from qqgw_trio.running.serving import bind  # noqa: PLC0415
    from qqgw_trio.telemetry.metrics_server import serve_metrics  # noqa: PLC0415 - most bots tell nobody

    listener = bind(settings.metrics_host, settings.metrics_port)
    host, port = listener.getsockname()[:2]
    watch.url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    logger.info("metrics, health and diagnostics at %s", watch.url)
    return partial(serve_metrics, watch, listener)
