"""The scenes leave nothing out."""

from __future__ import annotations

from qqgw_trio.demos.demo_scenes import SCENES, Way
from qqgw_trio.simulator.faults import FaultKind


def test_every_kind_of_fault_is_in_some_scene() -> None:
    assert {fault.kind for scene in SCENES for fault in scene.faults} == set(FaultKind)


def test_every_way_out_is_taken() -> None:
    assert {scene.way for scene in SCENES} == set(Way)


def test_no_two_scenes_are_told_alike() -> None:
    assert len({scene.says for scene in SCENES}) == len(SCENES)
