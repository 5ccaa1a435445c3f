"""What is recovered does not depend on the fast lane (I13), and is not measured: the tests of each module do that."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.lanes import each_lane

__all__ = ["each_lane", "pytest_collection_modifyitems"]

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.no_cover)
