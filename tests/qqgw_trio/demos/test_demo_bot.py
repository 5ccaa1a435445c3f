"""The bot of `qqgw demo --faults` says what it has done, line by line, at once."""

from __future__ import annotations

import pytest
import trio

from qqgw_trio.demos import demo_bot
from qqgw_trio.demos.demo_bot import Handled, Noticed, read_line
from qqgw_trio.simulator.settings import SimulatorConfig
from qqgw_trio.simulator.simulator import Simulator


async def test_it_echoes_comes_back_and_says_so(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    replies: list[str] = []
    answered = [trio.Event(), trio.Event()]

    def on_reply(_kind: str, _target: str, text: str) -> None:
        answered[len(replies)].set()
        replies.append(text)

    async with Simulator(SimulatorConfig(events=0), on_reply=on_reply) as simulator:
        monkeypatch.setenv("QQ_BOT_APP_ID", simulator.app_id)
        monkeypatch.setenv("QQ_BOT_SECRET", simulator.secret)
        bot = demo_bot.bot
        urls = bot.settings.replace(api_url=simulator.rest_url, token_url=simulator.token_url)
        monkeypatch.setattr(bot, "settings", urls)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(bot.serve)
            event_id = simulator.say("group", None, "hello")
            await answered[0].wait()
            simulator.drop()
            simulator.say("group", None, "again")
            await answered[1].wait()
            bot.stop()
    assert replies == ["echo: hello", "echo: again"]
    lines = [read_line(line) for line in capfd.readouterr().out.splitlines()]
    assert Noticed("Ready", "ready: a new session stands") in lines
    # Not "nothing was lost": the platform of this demo throws something away.
    assert Noticed("Resumed", "resumed") in lines
    assert Handled("READY", None) in lines
    assert Handled("GROUP_AT_MESSAGE_CREATE", event_id) in lines
