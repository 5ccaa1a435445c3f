"""Every interleaving within small bounds, on the real classes: no invariant breaks, nothing is ever stuck.

Two slices of the bounds run here (one fault and one crash; two faults), 3 events and 2 sessions each; `make model` runs
both together (two faults and one crash). The recorded numbers keep the model from quietly growing smaller.
"""

from __future__ import annotations

import time

import pytest

from model.explore import explore
from qqgw_proto import ConnectionState
from qqgw_proto.machine.life import Life


def _even(_life: Life) -> float:
    return 0.5


@pytest.fixture(autouse=True)
def _even_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Life, "chance", _even)


@pytest.mark.parametrize(("faults", "crashes", "recorded"), [(1, 1, 67_000), (2, 0, 40_000)])
def test_nothing_breaks_and_nothing_is_stuck(faults: int, crashes: int, recorded: int) -> None:
    began = time.process_time()
    report = explore(faults, crashes)
    print(f"{report.states} states, {report.edges} edges, {time.process_time() - began:.1f} s")  # noqa: T201
    assert report.stuck is None
    assert report.states >= recorded
    never = set(ConnectionState) - report.visited
    # A crash's budget is what stops the client, too.
    assert never == (set() if crashes else {ConnectionState.CLOSING, ConnectionState.STOPPED})
