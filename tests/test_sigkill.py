"""A process that was killed with SIGKILL resumes after its restart, and handles what was not settled: `qqgw run`."""

from __future__ import annotations

import signal
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from qqgw_proto.machine.session import Snapshot
from qqgw_trio.simulator.settings import SimulatorConfig
from qqgw_trio.simulator.simulator import Simulator
from qqgw_trio.storage import session_file
from support.programs import BOTS, Program, environment, program

pytestmark = pytest.mark.no_cover

STUBBORN = f"{BOTS / 'stubborn.py'}:bot"


@asynccontextmanager
async def bot_at(simulator: Simulator, sessions: Path, hold: str = "") -> AsyncGenerator[Program]:
    where = ("--api-url", simulator.rest_url, "--token-url", simulator.token_url)
    env = environment(QQ_BOT_APP_ID=simulator.app_id, QQ_BOT_SECRET=simulator.secret, HOLD=hold)
    async with program("run", STUBBORN, *where, "--session-file", str(sessions), env=env) as qqgw:
        yield qqgw


async def until_saved(sessions: Path, condition: Callable[[Snapshot], bool]) -> Snapshot:
    """Waits until the file on the disk says so."""
    while True:  # nobody tells of a file
        for saved in session_file.read(sessions, time.time()).values():
            if condition(saved.snapshot):
                return saved.snapshot
        await trio.sleep(0.01)


async def test_a_killed_process_resumes_and_handles_what_was_not_settled(tmp_path: Path) -> None:
    sessions = tmp_path / "sessions.json"
    async with Simulator(SimulatorConfig(events=0)) as simulator:
        async with bot_at(simulator, sessions, hold="second") as first:
            simulator.say("group", None, "first")
            await first.until(lambda: "done first" in first.out)
            # Two conversations: the one waits for ever, the other goes on. READY is 1, "first" 2.
            simulator.say("group", None, "second")
            simulator.say("c2c", None, "third")
            await first.until(lambda: {"began second", "done third"} <= set(first.out))
            saved = await until_saved(sessions, lambda snapshot: snapshot.settled_above == ((4, 4),))
            assert saved.seq == 2
            assert await first.end(by=signal.SIGKILL) == -signal.SIGKILL
        simulator.say("dm", None, "fourth")
        async with bot_at(simulator, sessions) as second:
            await second.until(lambda: {"done second", "done fourth"} <= set(second.out))
            simulator.say("group", None, "fifth")
            await second.until(lambda: "done fifth" in second.out)
            assert await second.end(by=signal.SIGTERM) == 0
        ledger = simulator.ledger
    # It was resumed from what was settled, and from nowhere else.
    assert [(seen.session_id, seen.seq, seen.refused) for seen in ledger.resumes] == [(saved.session_id, 2, "")]
    assert ledger.granted_identifies == 1
    assert ledger.breaks == []
    # What was settled is not handled again, what was not is, and nothing is lost.
    assert sorted(second.out) == [
        "began fifth",
        "began fourth",
        "began second",
        "done fifth",
        "done fourth",
        "done second",
    ]
    assert second.err == ["shard 0 is ready"]


async def live_and_be_killed(simulator: Simulator, sessions: Path, words: Sequence[str]) -> set[str]:
    """One process, killed in the middle of what it is told; what it has done."""
    async with bot_at(simulator, sessions) as qqgw:
        await qqgw.until(lambda: bool(qqgw.err))
        [session] = simulator.platform.sessions.standing
        await until_saved(sessions, lambda snapshot: snapshot.session_id == session.session_id)
        for word in words:
            simulator.say("group", None, word)
        await qqgw.until(lambda: bool(qqgw.out))
        await qqgw.end(by=signal.SIGKILL)
    return set(qqgw.out)


async def test_a_process_killed_again_and_again_loses_nothing(tmp_path: Path) -> None:
    sessions, words = tmp_path / "sessions.json", [f"word {number}" for number in range(12)]
    async with Simulator(SimulatorConfig(events=0)) as simulator:
        done = await live_and_be_killed(simulator, sessions, words[:4])
        done |= await live_and_be_killed(simulator, sessions, words[4:8])
        done |= await live_and_be_killed(simulator, sessions, words[8:])
        async with bot_at(simulator, sessions) as last:
            # Everything may be done already: that it has come back is awaited too.
            await last.until(lambda: bool(last.err) and {f"done {word}" for word in words} <= done | set(last.out))
            assert await last.end(by=signal.SIGTERM) == 0
        ledger = simulator.ledger
    assert (ledger.granted_identifies, ledger.granted_resumes) == (1, 3)
    assert ledger.breaks == []
