"""Every metric has a name by the rules, a meaning in both languages, and a value that can be read at any time."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

import pytest

from qqgw_trio.telemetry.histograms import Histogram
from qqgw_trio.telemetry.measured import Measured
from qqgw_trio.telemetry.metric_table import METRICS, Metric
from qqgw_trio.telemetry.metrics import GatewayMetrics

ENDINGS = {"seconds": "_seconds", "bytes": "bytes_"}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_each_metric_follows_the_rules_of_names(metric: Metric) -> None:
    assert re.fullmatch(r"qqgw_[a-z0-9_]+", metric.name)
    assert not metric.name.endswith("_total")
    assert metric.text_name == (f"{metric.name}_total" if metric.kind == "counter" else metric.name)
    assert metric.help.endswith(".")
    assert metric.help_zh.endswith("。")


def test_no_name_comes_twice() -> None:
    assert [name for name, count in Counter(metric.name for metric in METRICS).items() if count > 1] == []


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_each_value_can_be_read_before_anything_has_happened(metric: Metric) -> None:
    value = metric.read(GatewayMetrics(lambda: 5.0))
    assert (metric.kind == "histogram") == isinstance(value, Histogram)
    assert bool(metric.label) == isinstance(value, Mapping)
    if metric.kind == "counter" and not metric.label:
        assert value == 0


def test_ages_are_told_of_what_has_happened() -> None:
    metrics = GatewayMetrics(lambda: 5.0)
    metrics.measured = Measured(connected_at=2.0, last_heartbeat=4.0)
    values = {metric.name: metric.read(metrics) for metric in METRICS}
    assert values["qqgw_connected"] == 1.0
    assert values["qqgw_connected_seconds"] == 3.0
    assert values["qqgw_heartbeat_ack_age_seconds"] == 1.0
