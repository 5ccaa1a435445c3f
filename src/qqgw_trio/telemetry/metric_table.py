"""Every metric with its name, its meaning and where its value comes from; Prometheus text and documentation follow it.

Names are Prometheus names without the ending `_total` that a counter gets in text. Seconds and bytes, no other units.
Each has a value for each shard (label `shard`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal, TypeAlias

import attrs

from qqgw_trio.telemetry.counts import type_names
from qqgw_trio.telemetry.histograms import Histogram
from qqgw_trio.telemetry.metrics import GatewayMetrics

__all__ = ["METRICS", "Metric", "Value"]

Value: TypeAlias = float | Histogram | Mapping[str, int] | None
"""A number; a histogram; numbers by a further label; None where there is nothing to tell yet."""


@attrs.frozen
class Metric:
    """One row.

    Attributes:
        name: In Prometheus text.
        kind: Of Prometheus.
        read: Gives the value of one shard.
        help: What it is.
        help_zh: The same in Chinese.
        label: The further label, where the value has one.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    read: Callable[[GatewayMetrics], Value] = attrs.field(repr=False)
    help: str
    help_zh: str
    label: str = ""

    @property
    def text_name(self) -> str:
        """As it stands in the text."""
        return f"{self.name}_total" if self.kind == "counter" else self.name


def _age(metrics: GatewayMetrics, instant: float | None) -> float | None:
    return None if instant is None else metrics.clock() - instant


def _counter(name: str, read: Callable[[GatewayMetrics], Value], help_en: str, help_zh: str, label: str = "") -> Metric:
    return Metric(f"qqgw_{name}", "counter", read, help_en, help_zh, label)


def _gauge(name: str, read: Callable[[GatewayMetrics], Value], help_en: str, help_zh: str) -> Metric:
    return Metric(f"qqgw_{name}", "gauge", read, help_en, help_zh)


def _histogram(name: str, read: Callable[[GatewayMetrics], Value], help_en: str, help_zh: str) -> Metric:
    return Metric(f"qqgw_{name}", "histogram", read, help_en, help_zh)


METRICS: Final = (
    # Events.
    _counter(
        "events_received",
        lambda m: type_names(m.counts.by_type),
        "Events received, repetitions that the core drops left out.",
        "收到的事件, 不含核心丢弃的重复事件。",
        "type",
    ),
    _counter(
        "events_processed",
        lambda m: m.events_processed,
        "Events done with: handlers have returned, or nobody wanted them.",
        "处理完毕的事件: 处理函数已返回, 或没有处理函数需要它。",
    ),
    _counter(
        "events_duplicated",
        lambda m: m.counts.duplicated,
        "Events that repeat one received before; dropped.",
        "重复的事件, 已丢弃。",
    ),
    _counter(
        "events_rewound",
        lambda m: m.counts.rewound,
        "Live events with a number received before; delivered.",
        "序号不新的实时事件, 照常投递。",
    ),
    _counter(
        "events_failed",
        lambda m: m.counts.failed,
        "Events whose handler raised at every attempt.",
        "处理函数每次都抛出异常的事件。",
    ),
    _counter(
        "events_dropped",
        lambda m: m.counts.dropped,
        "Events dropped by the overflow policy.",
        "因缓冲区溢出策略而丢弃的事件。",
    ),
    _counter("handler_errors", lambda m: m.counts.errors, "Exceptions of handlers.", "处理函数抛出异常的次数。"),
    _gauge(
        "queue_depth",
        lambda m: m.queue_depth,
        "Events that wait for a handler or are being handled.",
        "等待处理和正在处理的事件。",
    ),
    _gauge(
        "events_per_second",
        lambda m: m.events_per_second(60),
        "Events processed per second within the last 60 seconds.",
        "最近 60 秒内每秒处理的事件。",
    ),
    _histogram(
        "event_latency_seconds",
        lambda m: m.event_latency,
        "From the read of an event to the start of its handler; samples.",
        "从读到事件到处理函数开始的时间; 抽样。",
    ),
    _histogram(
        "handler_seconds",
        lambda m: m.handler_time,
        "How long the handlers of an event took; samples.",
        "处理一个事件所用的时间; 抽样。",
    ),
    # Connections.
    _counter("bytes_received", lambda m: m.counts.bytes_received, "Bytes read from the gateway.", "从网关读到的字节。"),
    _counter("bytes_sent", lambda m: m.counts.bytes_sent, "Bytes written to the gateway.", "写给网关的字节。"),
    _counter("connection_attempts", lambda m: m.counts.attempts, "Connections begun.", "发起的连接。"),
    _counter(
        "connections",
        lambda m: m.counts.successes,
        "Connections that came as far as READY or RESUMED.",
        "到达 READY 或 RESUMED 的连接。",
    ),
    _counter(
        "reconnects",
        lambda m: m.counts.causes,
        "Sessions reached again after a connection had ended, by what ended it.",
        "连接断开后再次恢复的次数, 按断开的原因。",
        "cause",
    ),
    _counter(
        "retries",
        lambda m: m.counts.retries,
        "Attempts that failed and connections that broke, by cause.",
        "失败的尝试和中断的连接, 按原因。",
        "cause",
    ),
    _counter("identifies", lambda m: m.counts.identifies, "IDENTIFYs sent.", "发送的 IDENTIFY。"),
    _counter("resumes", lambda m: m.counts.resumes, "RESUMEs sent.", "发送的 RESUME。"),
    _counter(
        "gaps",
        lambda m: m.counts.gaps,
        "Announced losses of events, by cause (session, crash, hole).",
        "已通告的事件丢失, 按原因 (session、crash、hole)。",
        "cause",
    ),
    _counter(
        "violations",
        lambda m: m.counts.violations,
        "Frames ignored because they break the protocol.",
        "因违反协议而忽略的帧。",
    ),
    _gauge(
        "connected",
        lambda m: float(m.measured.connected_at is not None),
        "1 with a session, else 0.",
        "有会话为 1, 否则为 0。",
    ),
    _gauge(
        "connected_seconds",
        lambda m: _age(m, m.measured.connected_at),
        "Age of the present connection's session.",
        "当前连接上会话建立至今的时间。",
    ),
    # Heartbeats.
    _counter("heartbeats", lambda m: m.counts.heartbeats, "Heartbeats sent.", "发送的心跳。"),
    _counter("heartbeat_acks", lambda m: m.counts.acknowledged, "Heartbeat ACKs received.", "收到的心跳应答。"),
    _gauge(
        "heartbeat_ack_age_seconds",
        lambda m: m.heartbeat_age,
        "Age of the latest heartbeat ACK: the measure of liveness.",
        "最近一次心跳应答至今的时间: 存活的依据。",
    ),
    _gauge(
        "heartbeat_rtt_seconds",
        lambda m: m.heartbeat.latest,
        "From heartbeat to ACK, the latest.",
        "从心跳到应答的时间, 最近一次。",
    ),
    _gauge(
        "heartbeat_rtt_smoothed_seconds",
        lambda m: m.heartbeat.smoothed,
        "From heartbeat to ACK, smoothed.",
        "从心跳到应答的时间, 平滑值。",
    ),
    _gauge(
        "heartbeat_rtt_min_seconds",
        lambda m: m.heartbeat.minimum,
        "From heartbeat to ACK, the shortest.",
        "从心跳到应答的时间, 最短的一次。",
    ),
    _gauge(
        "heartbeat_rtt_p99_seconds",
        lambda m: m.heartbeat.p99,
        "From heartbeat to ACK, the 99th percentile of the latest 128.",
        "从心跳到应答的时间, 最近 128 次的第 99 百分位。",
    ),
    _histogram(
        "tick_lateness_seconds",
        lambda m: m.tick_lateness,
        "How late deadlines were looked at: blocked event loop, suspend.",
        "检查期限时的延迟: 事件循环阻塞、系统休眠。",
    ),
)
"""All of them."""
