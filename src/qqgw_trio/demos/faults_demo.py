"""`qqgw demo --faults`: every fault of the simulator, and SIGKILL, over real sockets; nothing may be lost.

The platform lives here, the bot in a process of its own (`demo_process`), with a session file. `demo_scenes` says what
is done to it. Within each scene the world goes on chatting, the first event at once, while the bot is away; where the
platform ends the session, only before and after. A scene is over when the bot is back and has handled everything.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Protocol

import trio

from qqgw_proto.config import ServerConfig
from qqgw_trio.demos.demo_bot import Handled, Noticed
from qqgw_trio.demos.demo_process import BotProcess
from qqgw_trio.demos.demo_report import FaultsReport, Observed, is_thrown_away, make_faults_report
from qqgw_trio.demos.demo_scenes import SCENES, Scene, Way
from qqgw_trio.simulator.settings import SessionSettings, SimulatorConfig, StartSettings
from qqgw_trio.simulator.simulator import Simulator
from qqgw_trio.storage import session_file

__all__ = ["Teller", "run_faults_demo"]

RATE: Final = 60.0
"""Events per second."""

PATIENCE: Final = 60.0
"""Seconds that the bot gets to come out of one scene; a busy machine needs some for a process to start."""

START_PATIENCE: Final = 60.0
"""Seconds that the first process gets until it is READY."""

FAREWELL: Final = 5.0
"""Seconds that the bot gets to stop."""

_GLANCE: Final = 0.01
"""Seconds from look to look, where nobody tells of what is waited for."""

_NEWS: Final = ("Disconnected", "Ready", "Resumed", "Gap", "Failed")


class Teller(Protocol):
    """Who tells a person what happens."""

    def scene(self, number: int, total: int, says: str) -> None:
        """A scene begins."""
        ...

    def news(self, text: str) -> None:
        """Something has happened to the bot."""
        ...

    def count(self, handled: int) -> None:
        """So many events are handled."""
        ...


async def run_faults_demo(
    events: int, seed: int, teller: Teller, *, scenes: Sequence[Scene] = SCENES, rate: float = RATE
) -> FaultsReport:
    """Plays all scenes, or as many as the bot comes out of."""
    config = SimulatorConfig(
        rate=rate,
        events=0,
        seed=seed,
        server=ServerConfig(heartbeat_interval=1.0),
        session=SessionSettings(truncated="replay", close_after_reconnect=0.1),
        start=StartSettings(max_concurrency=16),
    )
    with TemporaryDirectory(prefix="qqgw-demo-") as folder:
        async with Simulator(config) as simulator, trio.open_nursery() as nursery:
            director = _Director(simulator, teller, nursery, Path(folder) / "sessions.json")
            began = trio.current_time()
            played = await director.play(scenes, events)
            seconds = trio.current_time() - began
            await director.end()
    ledger, observed = simulator.ledger, director.observed
    done = (played, len(scenes))
    return make_faults_report(ledger, observed, events, seconds, crashes=director.crashes, scenes=done)


class _Director:
    """Plays scenes.

    Args:
        simulator: The platform.
        teller: Gets what happens, for a person to read.
        nursery: Where the bot's processes run.
        sessions: The bot's session file.
    """

    def __init__(self, simulator: Simulator, teller: Teller, nursery: trio.Nursery, sessions: Path) -> None:
        self.observed = Observed()
        self.crashes = 0
        self._simulator = simulator
        self._ledger = simulator.ledger
        self._teller = teller
        self._nursery = nursery
        self._sessions = sessions
        self._process: BotProcess | None = None
        self._ended = trio.Event()
        self._patience = trio.CancelScope()
        self._is_killing = False

    async def play(self, scenes: Sequence[Scene], events: int) -> int:
        """Plays these with so many events in all; how many the bot came out of."""
        share, left = events // (len(scenes) + 1), events
        with trio.move_on_after(START_PATIENCE) as self._patience:
            self._start()
            await _until(self._is_well)
        for number, scene in enumerate(scenes):
            with trio.move_on_after(PATIENCE + share / self._simulator.config.rate) as self._patience:
                await _until(self._is_well)
                self._teller.scene(number + 1, len(scenes), scene.says)
                await self._play(scene, share)
            if self._patience.cancelled_caught:
                self._teller.news(f"the bot does not come out of this: {self._why()}")
                return number
            left -= share
        with trio.move_on_after(PATIENCE + left / self._simulator.config.rate):
            await self._chat(left)
            await _until(self._is_well)
        return len(scenes)

    async def end(self) -> None:
        """Stops the bot."""
        self.observed.is_over = True
        if self._process is not None:
            self._process.stop()
        with trio.move_on_after(FAREWELL):
            await self._ended.wait()
        self._nursery.cancel_scope.cancel()

    # --- one scene

    async def _play(self, scene: Scene, events: int) -> None:
        match scene.way:
            case Way.KILLED_AT_WORK:
                await self._kill_at_work(events)
            case Way.KILLED_IN_REPLAY:
                await self._kill_in_replay(scene, events)
            case Way.KILLED_AT_START:
                await self._kill_at_start(events)
            case Way.IDENTIFIES:
                await self._chat(events // 2)
                await _until(self._is_well)
                await self._strike(scene, 0)
                await self._chat(events - events // 2)
            case Way.RESUMES:
                await self._strike(scene, events)
            case Way.STAYS:
                self._hit(scene)
                self._simulator.say("group", None, "/ping")  # What strikes REST needs a reply to strike.
                await self._chat(events - 1)
                self._teller.news("stays connected")
        await _until(self._is_well)

    def _hit(self, scene: Scene) -> None:
        for fault in scene.faults:
            self._simulator.fault(fault)

    async def _strike(self, scene: Scene, events: int) -> None:
        """What ends the connection; the world goes on meanwhile."""
        granted, returns = self._granted(), self.observed.returns
        self._hit(scene)
        await self._chat(events)
        await _until(lambda: self._granted() > granted and self.observed.returns > returns)

    async def _kill_at_work(self, events: int) -> None:
        await _until(self._is_saved)
        handled = len(self.observed.handled)
        first = max(events // 2, 1)
        await self._simulator.emit(first, rate=math.inf)
        await _until(lambda: len(self.observed.handled) > handled)
        await self._kill()
        await self._chat(events - first)
        await self._come_back()

    async def _kill_in_replay(self, scene: Scene, events: int) -> None:
        await _until(self._is_saved)
        granted = self._granted()
        self._hit(scene)
        await self._simulator.emit(events, rate=math.inf)
        await _until(lambda: self._granted() > granted)
        await self._kill()
        await self._come_back()

    async def _kill_at_start(self, events: int) -> None:
        await _until(self._is_saved)
        await self._kill()
        await self._chat(events)
        connections = len(self._ledger.connections)
        self._start()
        await _until(lambda: len(self._ledger.connections) > connections)
        await self._kill()
        await self._come_back()

    async def _chat(self, events: int) -> None:
        """The first at once: no other task has run since the fault, so the bot is away."""
        await self._simulator.emit(min(events, 1), rate=math.inf)
        await self._simulator.emit(max(events - 1, 0))

    # --- the bot's process

    def _start(self) -> None:
        simulator = self._simulator
        where = ("--api-url", simulator.rest_url, "--token-url", simulator.token_url)
        arguments = (*where, "--session-file", str(self._sessions))
        who = {"QQ_BOT_APP_ID": simulator.app_id, "QQ_BOT_SECRET": simulator.secret}
        self.observed.life += 1
        self._process = BotProcess(arguments, who, self._sessions.parent, self._hear)
        self._ended = trio.Event()
        self._nursery.start_soon(self._live, self._process, self._ended)

    async def _live(self, process: BotProcess, ended: trio.Event) -> None:
        await process.run()
        self.observed.is_connected = False
        if not self._is_killing:
            self._patience.cancel()  # It ought to live.
        ended.set()

    async def _kill(self) -> None:
        self._is_killing = True
        if self._process is not None:
            await self._process.kill()
        await self._ended.wait()
        self._is_killing = False
        self.crashes += 1
        self._teller.news("killed")

    async def _come_back(self) -> None:
        returns = self.observed.returns
        self._start()
        self._teller.news("started again")
        await _until(lambda: self.observed.returns > returns)

    def _hear(self, said: Handled | Noticed) -> None:
        observed = self.observed
        if isinstance(said, Handled):
            observed.types.add(said.type_name)
            if said.event_id is not None:
                observed.finish(said.event_id)
                self._teller.count(len(observed.finished_at))
            return
        if said.kind == "Gap":
            observed.gaps.append(said.headline)
        elif said.kind in ("Ready", "Resumed", "Disconnected"):
            observed.is_connected = said.kind != "Disconnected"
            observed.returns += observed.is_connected
        if said.kind in _NEWS and not observed.is_over:
            self._teller.news(said.headline)

    # --- how it stands

    def _granted(self) -> int:
        return self._ledger.granted_resumes + self._ledger.granted_identifies

    def _undone(self) -> list[str]:
        """Ids of events that the bot still has to handle."""
        events, finished = self._ledger.events, self.observed.finished_at
        undone = [event for event in events if event.event_id not in finished]
        return [event.event_id for event in undone if not is_thrown_away(self._ledger, event)]

    def _is_well(self) -> bool:
        return self.observed.is_connected and not self._undone()

    def _is_saved(self) -> bool:
        """Whether the session that stands is on the disk; before that a crash would lose it."""
        standing = {session.session_id for session in self._simulator.platform.sessions.standing}
        saved = session_file.read(self._sessions, time.time())
        return bool(standing & {one.snapshot.session_id for one in saved.values()})

    def _why(self) -> str:
        connected = "connected" if self.observed.is_connected else "not connected"
        words = "" if self._process is None else self._process.last_words
        return f"it is {connected}, {len(self._undone())} events are not handled. {words}".rstrip()


async def _until(condition: Callable[[], bool]) -> None:
    """Neither the ledger nor a file tells anybody that it has changed."""
    while not condition():  # noqa: ASYNC110
        await trio.sleep(_GLANCE)
