"""The bench that most tests of the simulator stand on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import trio

from qqgw_trio.simulator.settings import SimulatorConfig
from support.simulated import Bench


@pytest.fixture
def make_bench(nursery: trio.Nursery) -> Callable[..., Bench]:
    def make(config: SimulatorConfig | None = None) -> Bench:
        return Bench(nursery, config)

    return make


@pytest.fixture
def bench(make_bench: Callable[[], Bench]) -> Bench:
    return make_bench()
