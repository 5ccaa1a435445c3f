"""A short run of the chaos, with fixed seeds; `make chaos` is the long one."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from chaos.main import seeds_of, told
from chaos.simulation import simulate
from qqgw_proto.machine.session import Session

pytestmark = pytest.mark.no_cover


@pytest.mark.parametrize("seed", [3, 7, 11])
def test_nothing_is_lost_or_handled_twice_and_every_gap_is_announced(seed: int) -> None:
    report = simulate(seed, 0.1)
    assert report.violations == [], told(report)
    assert report.counts["faults"] > 10
    assert report.counts["handled"] > 50
    assert told(report).count("\n") == 0


def test_a_seed_replays_to_the_last_event_and_another_is_another_run() -> None:
    assert simulate(6, 0.03).fingerprint == simulate(6, 0.03).fingerprint != simulate(7, 0.03).fingerprint


def test_a_bug_is_found_and_the_command_that_replays_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def settle_nothing(session: Session, numbers: Iterable[int]) -> Session:
        return session

    monkeypatch.setattr(Session, "settle", settle_nothing)
    report = simulate(6, 0.03)
    assert report.violations
    assert "replay it with: make chaos SEEDS=6 DAYS=0.03" in told(report)


def test_what_raises_belongs_to_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(session: Session, seq: int | None) -> Session:
        raise AssertionError("a bug")

    monkeypatch.setattr(Session, "witness", fail)
    assert "a bug" in simulate(6, 0.01).violations[0]


def test_seeds_are_read_as_people_write_them() -> None:
    assert seeds_of("7") == [7]
    assert seeds_of("1-3, 8 11-12") == [1, 2, 3, 8, 11, 12]
