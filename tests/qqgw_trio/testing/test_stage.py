"""A bot on a stage: it answers, it comes back, and afterwards it is as it was."""

from __future__ import annotations

import os

import pytest
import trio

from qqgw_proto.errors import ConfigurationError, DeadlineExceeded, MisuseError
from qqgw_proto.events import GroupAtMessageCreate
from qqgw_trio.bot import Bot
from qqgw_trio.handler.context import Context
from qqgw_trio.handler.failures import HandlerError
from qqgw_trio.rest.credentials import Credentials
from qqgw_trio.simulator.settings import SimulatorConfig
from qqgw_trio.testing import Stage, play
from qqgw_trio.testing import stage as stage_module
from qqgw_trio.testing.stage import Said


def echoing(bot: Bot) -> Bot:
    @bot.on(GroupAtMessageCreate)
    async def echo(ctx: Context[GroupAtMessageCreate], event: GroupAtMessageCreate) -> None:
        if event.text != "be silent":
            await ctx.reply(event.text)

    return bot


async def test_it_answers_what_was_said_while_it_was_away() -> None:
    async with Stage(echoing(Bot())) as stage:
        assert await stage.ask("one", author="member") == "one"
        assert stage.fault("reset") == 1
        assert await stage.ask("two") == "two"
        assert stage.simulator.ledger.granted_resumes == 1
    assert [(said.kind, said.text) for said in stage.said] == [("group", "one"), ("group", "two")]
    assert isinstance(stage.said[0], Said)


async def test_what_is_never_answered_is_an_error_that_leaves_as_it_is() -> None:
    with pytest.raises(DeadlineExceeded, match=r"this did not happen in 0\.05 s"):
        async with Stage(echoing(Bot())) as stage:
            await stage.ask("be silent", within=0.05)


async def test_afterwards_the_bot_and_the_environment_are_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QQ_BOT_APP_ID", "mine")
    monkeypatch.delenv("QQ_BOT_SECRET", raising=False)
    bot = echoing(Bot())
    settings = bot.settings
    for _ in range(2):
        async with Stage(bot) as stage:
            assert bot.settings.api_url == stage.simulator.rest_url
            assert await stage.ask("one") == "one"
    assert bot.settings is settings
    assert os.environ["QQ_BOT_APP_ID"] == "mine"
    assert "QQ_BOT_SECRET" not in os.environ


async def test_a_bot_with_an_app_id_of_its_own_keeps_it() -> None:
    bot = echoing(Bot(Credentials("102000009", "its-own-secret")))
    async with Stage(bot, SimulatorConfig(events=0)) as stage:
        assert stage.simulator.app_id == "102000009"
        assert await stage.ask("one") == "one"


def test_a_scenario_is_played_in_a_program_of_its_own() -> None:
    heard: list[str] = []

    async def scenario(stage: Stage) -> None:
        heard.append(await stage.ask("one"))

    play(echoing(Bot()), scenario)
    assert heard == ["one"]


def test_a_scenario_that_takes_too_long_is_given_up() -> None:
    async def scenario(stage: Stage) -> None:
        await trio.sleep_forever()

    with pytest.raises(DeadlineExceeded, match=r"the scenario has not ended in 0\.5 s"):
        play(echoing(Bot()), scenario, within=0.5)


def failing_at_its_start(error: Exception) -> Bot:
    bot = Bot()

    @bot.on_startup
    async def fail(_: Bot) -> None:
        raise error

    return bot


def test_what_keeps_the_bot_from_coming_up_is_raised_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("QQ_BOT_APP_ID", raising=False)
    monkeypatch.setenv("QQ_BOT_SECRET", "mine")
    own = ValueError("made up")
    bot = failing_at_its_start(own)
    settings, played = bot.settings, False

    async def scenario(stage: Stage) -> None:
        nonlocal played
        played = True

    with pytest.raises(HandlerError, match=r"startup hook .* failed: ValueError\('made up'\)") as raised:
        play(bot, scenario, within=10)
    assert raised.value.__cause__ is own
    assert not played
    assert bot.settings is settings
    assert os.environ.get("QQ_BOT_APP_ID") is None
    assert os.environ["QQ_BOT_SECRET"] == "mine"


async def test_the_test_s_program_goes_on_after_a_bot_that_did_not_come_up() -> None:
    with pytest.raises(HandlerError, match="mistake"):
        async with Stage(failing_at_its_start(ValueError("mistake"))):
            pass
    async with Stage(echoing(Bot())) as stage:
        assert await stage.ask("one") == "one"


def test_a_stage_that_is_given_up_before_the_bot_has_come_up_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    bot = Bot()

    @bot.on_startup
    async def wait(_: Bot) -> None:
        await trio.sleep_forever()

    async def scenario(_: Stage) -> None:
        raise AssertionError("it has not come up")

    settings = bot.settings
    with pytest.raises(DeadlineExceeded, match=r"the scenario has not ended in 0\.5 s"):
        play(bot, scenario, within=0.5)
    assert bot.settings is settings
    monkeypatch.setattr(stage_module, "_COMING_UP", 0.1)
    with pytest.raises(DeadlineExceeded, match=r"the bot has not come up in 0\.1 s"):
        play(bot, scenario)
    assert bot.settings is settings


def test_an_error_that_ends_the_bot_later_ends_the_scenario_and_is_raised_as_it_is() -> None:
    own = ConfigurationError("made up")

    async def scenario(stage: Stage) -> None:
        stage.bot.fail(own)
        await trio.sleep_forever()

    with pytest.raises(ConfigurationError, match="made up") as raised:
        play(echoing(Bot()), scenario, within=10)
    assert raised.value is own


def test_a_bot_that_runs_already_is_refused() -> None:
    async def scenario(stage: Stage) -> None:
        with pytest.raises(MisuseError):
            async with Stage(stage.bot):
                pass
        assert await stage.ask("one") == "one"

    play(echoing(Bot()), scenario, within=10)
