"""Everything that the platform can do to a bot, over real sockets, and SIGKILL: nothing is lost, or it is said."""

from __future__ import annotations

import pytest

from qqgw_trio.demos import faults_demo
from qqgw_trio.demos.demo_scenes import SCENES, Scene, Way
from qqgw_trio.demos.faults_demo import run_faults_demo
from qqgw_trio.simulator.faults import Fault, FaultKind

FAST = 400.0


class Watcher:
    """Notes what is told."""

    def __init__(self) -> None:
        self.scenes: list[str] = []
        self.story: list[str] = []
        self.handled = 0

    def scene(self, number: int, total: int, says: str) -> None:
        self.scenes.append(f"{number}/{total}")
        self.story.append(says)

    def news(self, text: str) -> None:
        self.story.append(text)

    def count(self, handled: int) -> None:
        self.handled = handled


@pytest.mark.long
async def test_a_bot_comes_out_of_every_scene() -> None:
    watcher = Watcher()
    report = await run_faults_demo(128, 3, watcher, rate=FAST)
    assert report.is_clean, watcher.story
    assert (report.planned, report.sent, report.lost, report.duplicated) == (128, 128, 0, 0)
    assert (report.scenes, report.crashes) == (len(SCENES), 4)
    assert report.faults.keys() == {kind.value for kind in FaultKind}
    # Every session that the platform ends, and the hole in one replay.
    identified = sum(scene.way is Way.IDENTIFIES for scene in SCENES)
    assert report.gaps == report.breaks == identified + 1
    assert report.identifies == identified + 1
    assert report.handled - report.crash_replays + report.announced == 128
    assert watcher.handled == 128 - report.announced
    assert watcher.scenes == [f"{number}/{len(SCENES)}" for number in range(1, len(SCENES) + 1)]


async def test_the_story_of_a_killed_process() -> None:
    watcher = Watcher()
    scenes = (Scene("SIGKILL", (), Way.KILLED_AT_WORK), Scene("op 1", (Fault(FaultKind.HEARTBEAT),), Way.STAYS))
    report = await run_faults_demo(30, 1, watcher, scenes=scenes, rate=FAST)
    assert report.is_clean
    assert watcher.story == [
        "ready: a new session stands",
        "SIGKILL",
        "killed",
        "started again",
        "resumed",
        "op 1",
        "stays connected",
    ]
    assert (report.resumes, report.identifies, report.crashes, report.gaps) == (1, 1, 1, 0)


async def test_a_bot_that_fails_ends_the_demo() -> None:
    watcher = Watcher()
    scenes = (Scene("banned", (Fault(FaultKind.CLOSE, code=4915),)), Scene("never played", ()))
    report = await run_faults_demo(30, 1, watcher, scenes=scenes, rate=FAST)
    assert not report.is_clean
    assert (report.scenes, report.scenes_planned) == (0, 2)
    assert watcher.story[-1].startswith("the bot does not come out of this: it is not connected, ")
    assert "4915" in watcher.story[-1]


async def test_a_bot_that_never_comes_back_ends_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults_demo, "PATIENCE", 3.0)
    watcher = Watcher()
    scenes = (Scene("no answer", (Fault(FaultKind.SWALLOW, count=1000), Fault(FaultKind.RESET))),)
    report = await run_faults_demo(30, 1, watcher, scenes=scenes, rate=FAST)
    assert not report.is_clean
    assert report.scenes == 0
    assert report.lost > 0
