"""Metrics as Prometheus text, read back by Prometheus' own parser."""

from __future__ import annotations

from collections import Counter

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from qqgw_trio.telemetry.metric_table import METRICS
from qqgw_trio.telemetry.metrics import GatewayMetrics
from qqgw_trio.telemetry.prometheus import CONTENT_TYPE, GatewayCollector, metrics_text

Sample = tuple[str, tuple[tuple[str, str], ...]]


def samples(text: bytes) -> dict[Sample, float]:
    families = text_string_to_metric_families(text.decode())
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


@pytest.fixture
def metrics() -> GatewayMetrics:
    shards = {0: GatewayMetrics(lambda: 9.0), 1: GatewayMetrics(lambda: 9.0)}
    measured = shards[1].measured
    measured.own.by_type = Counter({"READY": 1, 'MADE"UP\n': 2})
    measured.own.causes = Counter({"GatewayClosed 4009": 3})
    measured.own.bytes_received = 1234
    measured.event_latency.observe(0.002)
    measured.event_latency.observe(99.0)
    measured.last_heartbeat = 7.0
    return GatewayMetrics(lambda: 9.0, shards)


def test_each_shard_tells_its_numbers(metrics: GatewayMetrics) -> None:
    told = samples(metrics_text(metrics))
    assert told["qqgw_bytes_received_total", (("shard", "0"),)] == 0.0
    assert told["qqgw_bytes_received_total", (("shard", "1"),)] == 1234.0
    assert told["qqgw_reconnects_total", (("cause", "GatewayClosed 4009"), ("shard", "1"))] == 3.0
    assert told["qqgw_heartbeat_ack_age_seconds", (("shard", "1"),)] == 2.0
    assert ("qqgw_heartbeat_ack_age_seconds", (("shard", "0"),)) not in told


def test_names_that_a_peer_invents_share_a_label(metrics: GatewayMetrics) -> None:
    told = samples(metrics_text(metrics))
    received = {labels: value for (name, labels), value in told.items() if name == "qqgw_events_received_total"}
    assert received == {(("shard", "1"), ("type", "READY")): 1.0, (("shard", "1"), ("type", "other")): 2.0}


def test_a_histogram_has_its_buckets_sum_and_count(metrics: GatewayMetrics) -> None:
    told = samples(metrics_text(metrics))
    name = "qqgw_event_latency_seconds"
    assert told[f"{name}_bucket", (("le", "0.001"), ("shard", "1"))] == 0.0
    assert told[f"{name}_bucket", (("le", "0.0025"), ("shard", "1"))] == 1.0
    assert told[f"{name}_bucket", (("le", "+Inf"), ("shard", "1"))] == 2.0
    assert told[f"{name}_count", (("shard", "1"),)] == 2.0
    assert told[f"{name}_sum", (("shard", "1"),)] == 99.002


def test_every_metric_of_the_table_is_in_the_text_with_its_help(metrics: GatewayMetrics) -> None:
    text = metrics_text(metrics).decode()
    for metric in METRICS:
        assert f"# HELP {metric.text_name} {metric.help}" in text
        assert f"# TYPE {metric.text_name} {metric.kind}" in text


def test_a_registry_of_ones_own_takes_the_collector_and_knows_its_names() -> None:
    registry = CollectorRegistry(auto_describe=True)
    registry.register(GatewayCollector(GatewayMetrics()))
    with pytest.raises(ValueError, match="Duplicated timeseries"):
        registry.register(GatewayCollector(GatewayMetrics()))
    assert registry.get_sample_value("qqgw_identifies_total", {"shard": "0"}) is None


def test_the_content_type_is_that_of_the_text() -> None:
    assert CONTENT_TYPE.startswith("text/plain; version=")
