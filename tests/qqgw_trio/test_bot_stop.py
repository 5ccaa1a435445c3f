"""`Bot.stop` from wherever it is called."""

from __future__ import annotations

import pytest
import trio

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.events import Event, Intents
from qqgw_trio import Bot, Context, Credentials, GatewayConfig
from qqgw_trio.simulator.settings import SimulatorConfig
from qqgw_trio.simulator.simulator import Simulator


async def test_a_sync_handler_may_stop_its_bot() -> None:
    # It runs in a thread, where setting a trio event wakes nobody.
    async with Simulator(SimulatorConfig(events=0)) as simulator:
        settings = GatewayConfig(api_url=simulator.rest_url, token_url=simulator.token_url)
        bot = Bot(Credentials(simulator.app_id, simulator.secret), Intents.all(), settings=settings)

        @bot.on("GROUP_AT_MESSAGE_CREATE")
        def stop(ctx: Context[Event], event: Event) -> None:
            ctx.bot.stop()

        with trio.fail_after(60):
            async with trio.open_nursery() as nursery:
                await nursery.start(bot.serve)
                await simulator.wait_for_session()
                simulator.say("group", None, "/stop")
        assert not bot.is_connected()
    bot.stop()  # harmless afterwards


def test_on_without_parentheses_is_told_at_once() -> None:
    def handler() -> None:
        """Never called."""

    with pytest.raises(ConfigurationError, match="names no event"):
        Bot().on(handler)  # type: ignore[call-overload]
