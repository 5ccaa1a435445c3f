"""With which code the process of a bot ends."""

from __future__ import annotations

import pytest
import trio

from qqgw_proto.events import Intents, Ready
from qqgw_trio import Bot, Context, Credentials
from qqgw_trio.running.running import Runner
from qqgw_trio.simulator.faults import Fault, FaultKind
from support.elsewhere import Elsewhere


def test_a_bot_that_stops_ends_with_0() -> None:
    with Elsewhere() as elsewhere:
        bot = Bot(elsewhere.credentials, Intents.default(), settings=elsewhere.settings)

        @bot.on(Ready)
        async def stop(_ctx: Context[Ready], _event: Ready) -> None:
            bot.stop()

        lines: list[str] = []
        assert Runner(bot, lines.append).run() == 0
        assert lines == ["shard 0 is ready"]


@pytest.mark.parametrize("fail_fast", [False, True])
def test_a_failure_after_the_first_session_ends_with_1(fail_fast: bool) -> None:
    with Elsewhere() as elsewhere:
        bot = Bot(elsewhere.credentials, Intents.default(), settings=elsewhere.settings)

        @bot.on(Ready)
        async def provoke(_ctx: Context[Ready], _event: Ready) -> None:
            await trio.to_thread.run_sync(
                elsewhere.call, lambda: elsewhere.simulator.fault(Fault(FaultKind.CLOSE, code=4915))
            )

        lines: list[str] = []
        assert Runner(bot, lines.append, fail_fast=fail_fast).run() == 1
        assert lines[:2] == [
            "shard 0 is ready",
            "shard 0: events were lost (session), the platform cannot bring them back",
        ]
        assert "[4915]" in lines[2]
        assert len(lines) == 3


def test_what_is_refused_ends_with_2_and_what_is_unreachable_fast_with_3() -> None:
    with Elsewhere() as elsewhere:
        wrong = Credentials(elsewhere.simulator.app_id, "another")
        assert Runner(Bot(wrong, settings=elsewhere.settings), list[str]().append).run() == 2
        nowhere = elsewhere.settings.replace(gateway_url="ws://127.0.0.1:1/")
        assert Runner(Bot(elsewhere.credentials, settings=nowhere), list[str]().append, fail_fast=True).run() == 3
