"""The bot's process: what it says is heard, and whatever ends it is over."""

from __future__ import annotations

import signal
from pathlib import Path

import trio

from qqgw_trio.demos.demo_bot import Handled, Noticed
from qqgw_trio.demos.demo_process import BotProcess
from qqgw_trio.simulator.settings import SimulatorConfig
from qqgw_trio.simulator.simulator import Simulator


class Ear:
    """Remembers what it has heard."""

    def __init__(self) -> None:
        self.heard: list[Handled | Noticed] = []
        self._news = trio.Event()

    def __call__(self, said: Handled | Noticed) -> None:
        self.heard.append(said)
        self._news.set()
        self._news = trio.Event()

    async def until(self, said: Handled | Noticed) -> None:
        while said not in self.heard:
            await self._news.wait()


def process_at(simulator: Simulator, ear: Ear, folder: Path, secret: str = "") -> BotProcess:
    arguments = ("--api-url", simulator.rest_url, "--token-url", simulator.token_url)
    who = {"QQ_BOT_APP_ID": simulator.app_id, "QQ_BOT_SECRET": secret or simulator.secret}
    return BotProcess(arguments, who, folder, ear)


async def test_it_is_heard_and_stopped(tmp_path: Path) -> None:
    ear = Ear()
    async with Simulator(SimulatorConfig(events=0)) as simulator:
        process = process_at(simulator, ear, tmp_path)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(process.run)
            event_id = simulator.say("c2c", None, "hello")
            await ear.until(Handled("C2C_MESSAGE_CREATE", event_id))
            process.stop()
        assert [connection.code for connection in simulator.ledger.connections] == [4000]
    assert process.returncode == 0
    assert process.last_words == "shard 0 is ready"


async def test_a_killed_one_says_no_goodbye(tmp_path: Path) -> None:
    ear = Ear()
    async with Simulator(SimulatorConfig(events=0)) as simulator:
        process = process_at(simulator, ear, tmp_path)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(process.run)
            await ear.until(Handled("READY", None))
            await process.kill()
    assert process.returncode == -signal.SIGKILL


async def test_its_last_words_say_why_it_ended(tmp_path: Path) -> None:
    ear = Ear()
    async with Simulator(SimulatorConfig(events=0)) as simulator:
        process = process_at(simulator, ear, tmp_path, secret="wrong")
        await process.run()
    assert process.returncode == 2
    assert "secret" in process.last_words


async def test_it_does_not_outlive_a_cancelled_call(tmp_path: Path) -> None:
    ear = Ear()
    async with Simulator(SimulatorConfig(events=0)) as simulator:
        process = process_at(simulator, ear, tmp_path)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(process.run)
            await ear.until(Handled("READY", None))
            nursery.cancel_scope.cancel()
    assert process.returncode == -signal.SIGKILL
