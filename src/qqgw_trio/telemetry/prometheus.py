"""Metrics as Prometheus text: `GatewayCollector` for a registry of one's own, `metrics_text` for the text alone.

Values are read when they are scraped. `prometheus_client` is imported only by whoever imports this module.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from qqgw_trio.telemetry.histograms import Histogram
from qqgw_trio.telemetry.metric_table import METRICS, Metric, Value
from qqgw_trio.telemetry.metrics import GatewayMetrics

__all__ = ["CONTENT_TYPE", "GatewayCollector", "metrics_text"]

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
"""Of the text."""


class GatewayCollector(Collector):
    """Reads the metrics of every shard whenever it is scraped.

    Args:
        metrics: Those of the bot; its shards may come later.
    """

    def __init__(self, metrics: GatewayMetrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Family]:
        """One family for each metric."""
        shards = dict(self._metrics.shards)
        for metric in METRICS:
            yield _MAKERS[metric.kind](metric, {str(number): metric.read(one) for number, one in shards.items()})

    def describe(self) -> Iterator[Family]:
        """The names, without a look at any value."""
        for metric in METRICS:
            yield _MAKERS[metric.kind](metric, {})


def metrics_text(metrics: GatewayMetrics) -> bytes:
    """Everything, in the Prometheus text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(GatewayCollector(metrics))
    return generate_latest(registry)


def _rows(metric: Metric, values: Mapping[str, Value]) -> Iterator[tuple[list[str], float]]:
    """Labels and numbers."""
    for shard, value in values.items():
        if isinstance(value, Mapping):
            yield from (([shard, name], float(number)) for name, number in sorted(value.items()))
        elif isinstance(value, (int, float)):
            yield [shard], float(value)


def _labels(metric: Metric) -> list[str]:
    return ["shard", metric.label] if metric.label else ["shard"]


def _counter(metric: Metric, values: Mapping[str, Value]) -> Family:
    family = CounterMetricFamily(metric.name, metric.help, labels=_labels(metric))
    for labels, number in _rows(metric, values):
        family.add_metric(labels, number)
    return family


def _gauge(metric: Metric, values: Mapping[str, Value]) -> Family:
    family = GaugeMetricFamily(metric.name, metric.help, labels=_labels(metric))
    for labels, number in _rows(metric, values):
        family.add_metric(labels, number)
    return family


def _histogram(metric: Metric, values: Mapping[str, Value]) -> Family:
    family = HistogramMetricFamily(metric.name, metric.help, labels=_labels(metric))
    for shard, value in values.items():
        if isinstance(value, Histogram):
            buckets = [(_bound(bound), float(count)) for bound, count in value.cumulative()]
            family.add_metric([shard], buckets, value.sum)
    return family


def _bound(value: float) -> str:
    return "+Inf" if value == math.inf else str(value)


_MAKERS: Final[Mapping[str, Callable[[Metric, Mapping[str, Value]], Family]]] = {
    "counter": _counter,
    "gauge": _gauge,
    "histogram": _histogram,
}
