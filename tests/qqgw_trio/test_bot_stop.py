"""`Bot.stop` from wherever it is called."""

from __future__ import annotations

import threading
from typing import Literal

import pytest
import trio

from qqgw_proto.errors import ConfigurationError, MisuseError
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


@pytest.mark.parametrize("in_thread", [False, True])
@pytest.mark.parametrize("shards", [1, "auto"])
async def test_a_stop_before_the_bot_has_begun_is_remembered(in_thread: bool, shards: int | Literal["auto"]) -> None:
    async with Simulator(SimulatorConfig(events=0)) as simulator:
        settings = GatewayConfig(api_url=simulator.rest_url, token_url=simulator.token_url)
        bot = Bot(Credentials(simulator.app_id, simulator.secret), Intents.all(), shards=shards, settings=settings)
        with trio.fail_after(60):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(bot.serve)
                if in_thread:
                    await trio.to_thread.run_sync(bot.stop)
                else:
                    bot.stop()
        assert in_thread or simulator.ledger.connections == []


async def test_a_stop_after_the_end_stops_no_later_life() -> None:
    async with Simulator(SimulatorConfig(events=0)) as simulator:
        settings = GatewayConfig(api_url=simulator.rest_url, token_url=simulator.token_url)
        bot = Bot(Credentials(simulator.app_id, simulator.secret), Intents.all(), settings=settings)
        bot.stop()
        with trio.fail_after(60):
            await bot.serve()
            bot.stop()
            async with trio.open_nursery() as nursery:
                await nursery.start(bot.serve)
                await simulator.wait_for_session()
                bot.stop()


def test_run_in_another_thread_is_refused_and_told_what_to_call() -> None:
    refused: list[str] = []

    def run() -> None:
        try:
            Bot().run()
        except MisuseError as error:
            refused.append(error.remedy)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert refused == ["call it in the main thread, or use `trio.run(bot.serve)`, which leaves signals alone"]


def test_on_without_parentheses_is_told_at_once() -> None:
    def handler() -> None:
        """Never called."""

    with pytest.raises(ConfigurationError, match="names no event"):
        Bot().on(handler)  # type: ignore[call-overload]
