"""What `print_status` prints is the specification's, label for label."""

from __future__ import annotations

import io
from typing import Any

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.insight.diagnostics import GatewayDiagnostics
from qqgw_trio.insight.reports import Report
from qqgw_trio.telemetry.metrics import GatewayMetrics


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def diagnostics() -> GatewayDiagnostics:
    clock = Clock()
    metrics = GatewayMetrics(clock)
    made = GatewayDiagnostics(metrics, clock)
    own = metrics.measured.own
    own.attempts, own.successes, own.received = 3, 2, 617
    clock.now = 1083.456
    return made


def test_the_numbers_have_the_specifications_names(diagnostics: GatewayDiagnostics) -> None:
    assert diagnostics.start_time == 1000.0
    assert (diagnostics.connection_attempts, diagnostics.successful_connections) == (3, 2)
    assert diagnostics.total_events == 617


def test_the_status_is_printed_in_chinese_with_the_specifications_labels(
    diagnostics: GatewayDiagnostics, capsys: pytest.CaptureFixture[str]
) -> None:
    diagnostics.print_status()
    assert capsys.readouterr().out.splitlines() == [
        "=== 网关诊断信息 ===",
        "运行时间: 83.46s",
        "连接尝试: 3",
        "成功连接: 2",
        "连接成功率: 66.67%",
        "接收事件: 617",
        "事件速率: 7.39 事件/秒",
    ]


def test_and_in_english(diagnostics: GatewayDiagnostics) -> None:
    out = io.StringIO()
    diagnostics.print_status("en", out)
    assert out.getvalue().splitlines() == [
        "=== Gateway diagnostics ===",
        "Uptime: 83.46s",
        "Connection attempts: 3",
        "Successful connections: 2",
        "Connection success rate: 66.67%",
        "Events received: 617",
        "Event rate: 7.39 events/s",
    ]


def test_before_the_first_attempt_there_is_no_rate_and_nothing_is_divided_by_zero() -> None:
    lines = GatewayDiagnostics(clock=lambda: 5.0).status().splitlines()
    assert lines[1:] == [
        "运行时间: 0.00s",
        "连接尝试: 0",
        "成功连接: 0",
        "连接成功率: -",
        "接收事件: 0",
        "事件速率: 0.00 事件/秒",
    ]


def test_a_stream_that_cannot_show_chinese_shows_escapes(diagnostics: GatewayDiagnostics) -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    diagnostics.print_status(file=out)
    out.flush()
    assert raw.getvalue().startswith(b"=== \\u7f51\\u5173")


def test_by_itself_it_reports_no_shard() -> None:
    assert GatewayDiagnostics().report() == Report()


def test_a_language_that_nothing_is_told_in_is_refused(diagnostics: GatewayDiagnostics) -> None:
    french: Any = "fr"
    for tell in (diagnostics.status, diagnostics.print_status, diagnostics.report().text, diagnostics.report().table):
        with pytest.raises(ConfigurationError, match="lang must be 'zh' or 'en', not 'fr'"):
            tell(french)
