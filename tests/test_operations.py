"""The page on running a bot is held to the code: its metrics, its paths, its checks, its loggers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from qqgw_trio.doctor.checks import CHECKS
from qqgw_trio.insight.health import MAX_AGE
from qqgw_trio.insight.logger_names import LOGGERS
from qqgw_trio.insight.watch import Watch
from qqgw_trio.telemetry.metric_table import METRICS
from qqgw_trio.telemetry.metrics import GatewayMetrics
from qqgw_trio.telemetry.metrics_server import make_app

DOCS = Path(__file__).parent.parent / "docs"
PAGES = {"en": (DOCS / "operations.md").read_text("utf-8"), "zh": (DOCS / "operations.zh.md").read_text("utf-8")}
KINDS = {"counter": "计数器", "gauge": "仪表", "histogram": "直方图"}


def rows(page: str, begins: str) -> list[list[str]]:
    lines = [line for line in page.splitlines() if line.startswith(f"| `{begins}")]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def test_the_table_of_metrics_is_the_one_in_the_code() -> None:
    label = {"": "", "type": "`type`", "cause": "`cause`"}
    assert rows(PAGES["en"], "qqgw_")[: len(METRICS)] == [
        [f"`{metric.text_name}`", metric.kind, label[metric.label], metric.help] for metric in METRICS
    ]
    assert rows(PAGES["zh"], "qqgw_")[: len(METRICS)] == [
        [f"`{metric.text_name}`", KINDS[metric.kind], label[metric.label], metric.help_zh] for metric in METRICS
    ]


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_the_paths_are_those_that_are_served(page: str) -> None:
    served = {getattr(route, "path", "") for route in make_app(Watch()).routes}
    assert set(re.findall(r"`(/[a-z]+)`", page)) == served
    assert f"{MAX_AGE:g}" in page


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_the_checks_are_those_of_the_doctor(page: str) -> None:
    section = page[page.rindex("\n## ") :]
    first_cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert re.findall(r"`(\w+)`", " ".join(first_cells)) == [check.name for check in CHECKS]


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_the_values_are_those_of_the_metrics(page: str) -> None:
    section = page[: page.index("### Prometheus")]
    first_cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    for name in re.findall(r"`(\w+)[`(]", " ".join(first_cells)):
        assert hasattr(GatewayMetrics(), name), name


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_the_page_tells_of_every_logger_and_of_no_other(page: str) -> None:
    named = re.findall(r"`(qqgw_trio\.[\w.]+)`", " ".join(cells[0] for cells in rows(page, "qqgw_trio.")))
    assert sorted(named) == sorted(LOGGERS)
