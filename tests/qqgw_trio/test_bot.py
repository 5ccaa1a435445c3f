"""The life of a bot, at a simulated platform over real sockets: before, while and after it runs."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
import trio

from qqgw_proto.errors import AuthenticationFailed, GatewayError, MisuseError
from qqgw_proto.events import (
    GroupAtMessageCreate,
    Intents,
    Ready,
)
from qqgw_trio import Bot, Context, Credentials
from support.elsewhere import Elsewhere
from support.staging import Stage

GroupContext = Context[GroupAtMessageCreate]


# --- before, while and after it runs


async def test_a_bot_tells_whether_it_is_connected_and_its_session(stage: Stage) -> None:
    bot = stage.bot()
    assert not bot.is_connected()
    assert bot.get_session_info() is None
    async with stage.running(bot):
        assert bot.is_connected()
        session = bot.get_session_info()
        assert session is not None
        assert session == bot.get_session_info(0)
        assert bot.get_session_info(1) is None
        assert (await bot.api.me()).bot is True
    assert not bot.is_connected()
    assert bot.get_session_info() is None
    with pytest.raises(MisuseError, match=r"the bot does not run: use bot\.api between start and stop"):
        _ = bot.api


async def test_a_bot_runs_again_after_it_has_stopped(stage: Stage) -> None:
    bot = stage.bot()
    async with stage.running(bot):
        bot.stop()
        bot.stop()
    async with stage.running(bot):
        pass
    bot.stop()
    bot.fail(GatewayError("harmless when it does not run"))
    assert stage.simulator.ledger.granted_identifies == 2


async def test_a_bot_does_not_run_twice_at_once(stage: Stage) -> None:
    bot = stage.bot()
    async with stage.running(bot):
        with pytest.raises(MisuseError, match="the bot runs already: stop it first, or make another Bot"):
            await bot.serve()
        assert bot.is_connected()


async def test_a_stop_lets_handlers_finish(stage: Stage) -> None:
    bot = stage.bot()

    @bot.on(GroupAtMessageCreate)
    async def stop_and_answer(ctx: GroupContext, _event: GroupAtMessageCreate) -> None:
        bot.stop()
        await trio.testing.wait_all_tasks_blocked()
        await ctx.reply("done all the same")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(bot.serve)
        stage.simulator.say("group", "visitor", "/stop")
    assert [reply.text for reply in stage.replies] == ["done all the same"]


async def test_a_failure_raises_its_error_after_handlers_have_finished(stage: Stage) -> None:
    bot = stage.bot()

    @bot.on(GroupAtMessageCreate)
    async def fail_and_answer(ctx: GroupContext, _event: GroupAtMessageCreate) -> None:
        bot.fail(AuthenticationFailed("the person has decided so"))
        await trio.testing.wait_all_tasks_blocked()
        await ctx.reply("done all the same")

    stage.simulator.say("group", "visitor", "/fail")
    with pytest.raises(AuthenticationFailed, match="the person has decided so"):
        await bot.serve()
    assert [reply.text for reply in stage.replies] == ["done all the same"]
    assert bot.get_session_info() is None


async def test_cancelling_serve_ends_everything(stage: Stage) -> None:
    bot = stage.bot()
    async with trio.open_nursery() as nursery:
        await nursery.start(bot.serve)
        await stage.news.until(bot.is_connected)
        nursery.cancel_scope.cancel()
    assert bot.get_session_info() is None
    async with stage.running(bot):
        assert bot.is_connected()


async def test_a_session_outlives_the_process_in_a_file(stage: Stage, tmp_path: Path) -> None:
    handled: list[str] = []

    def make() -> Bot:
        bot = stage.bot(session_file=tmp_path / "sessions.json")

        @bot.on(GroupAtMessageCreate)
        async def note(_ctx: GroupContext, event: GroupAtMessageCreate) -> None:
            handled.append(event.text)
            stage.news.tell()

        return bot

    async with stage.running(make()):
        pass
    stage.simulator.say("group", "visitor", "while nobody is there")
    async with stage.running(make()):
        await stage.news.until(lambda: bool(handled))
    assert handled == ["while nobody is there"]
    assert stage.simulator.ledger.granted_identifies == 1
    assert stage.simulator.ledger.granted_resumes == 1


# --- run


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_run_ends_by_a_signal_as_by_stop(number: signal.Signals) -> None:
    with Elsewhere() as elsewhere:
        bot = Bot(elsewhere.credentials, Intents.default(), settings=elsewhere.settings)

        @bot.on(Ready)
        async def interrupt(_ctx: Context[Ready], _event: Ready) -> None:
            signal.raise_signal(number)
            signal.raise_signal(number)

        bot.run()
        assert [connection.code for connection in elsewhere.simulator.ledger.connections] == [4000]


def test_run_raises_what_ended_the_bot_and_nothing_around_it() -> None:
    with Elsewhere() as elsewhere:
        wrong = Credentials(elsewhere.simulator.app_id, "another")
        bot = Bot(wrong, Intents.default(), settings=elsewhere.settings)
        with pytest.raises(AuthenticationFailed):
            bot.run()
