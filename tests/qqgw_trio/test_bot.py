"""A running bot, at a simulated platform over real sockets."""

from __future__ import annotations

import logging
import re
import signal
from collections.abc import AsyncGenerator
from functools import partial
from pathlib import Path

import pytest
import trio

from qqgw_proto.errors import AuthenticationFailed, ConfigurationError, GatewayError, MisuseError
from qqgw_proto.events import (
    AtMessageCreate,
    C2CMessageCreate,
    DirectMessageCreate,
    Event,
    GroupAtMessageCreate,
    Intents,
    Ready,
    UnknownEvent,
)
from qqgw_trio import Bot, Context, Credentials
from qqgw_trio.workers import WorkerConfig
from support.elsewhere import Elsewhere
from support.staging import Stage, staged

GroupContext = Context[GroupAtMessageCreate]


@pytest.fixture
async def stage() -> AsyncGenerator[Stage]:
    async with staged() as found:
        yield found


# --- handlers


async def test_an_event_reaches_handlers_by_class_by_name_by_several_classes_and_catch_alls(stage: Stage) -> None:
    bot = stage.bot()
    calls: list[tuple[str, str]] = []

    @bot.on(GroupAtMessageCreate)
    async def by_class(_ctx: GroupContext, event: GroupAtMessageCreate) -> None:
        calls.append(("class", event.text))

    @bot.on("GROUP_AT_MESSAGE_CREATE")
    async def by_name(_ctx: Context[Event], event: Event) -> None:
        calls.append(("name", event.text))

    @bot.on(C2CMessageCreate, AtMessageCreate)
    async def by_classes(_ctx: Context[Event], event: C2CMessageCreate | AtMessageCreate) -> None:
        calls.append(("classes", event.text))

    @bot.on()
    async def catch_all(_ctx: Context[Event], event: Event) -> None:
        calls.append(("all", event.text or event.type_name))
        stage.news.tell()

    async with stage.running(bot):
        for kind in ("group", "c2c", "channel", "dm"):
            stage.simulator.say(kind, "visitor", f"to {kind}")
            await stage.news.until(partial(calls.__contains__, ("all", f"to {kind}")))
    assert calls == [
        ("all", "READY"),
        ("class", "to group"),
        ("name", "to group"),
        ("all", "to group"),
        ("classes", "to c2c"),
        ("all", "to c2c"),
        ("classes", "to channel"),
        ("all", "to channel"),
        ("all", "to dm"),
    ]


async def test_what_is_unknown_or_of_the_wrong_shape_reaches_the_catch_all_raw(stage: Stage) -> None:
    bot = stage.bot()
    events: list[Event] = []

    @bot.on()
    async def catch_all(_ctx: Context[Event], event: Event) -> None:
        events.append(event)
        stage.news.tell()

    async with stage.running(bot):
        stage.push("BRAND_NEW", {"some": "thing"})
        stage.push("GUILD_CREATE", {"id": ["no id"]})
        await stage.news.until(lambda: len(events) == 3)
        session = bot.get_session_info()
        assert session is not None
        assert session.sequence_number == 3
    raw = {event.type_name: bytes(event.raw) for event in events if isinstance(event, UnknownEvent)}
    assert raw == {"BRAND_NEW": b'{"some":"thing"}', "GUILD_CREATE": b'{"id":["no id"]}'}


async def test_a_sync_handler_answers_from_its_thread(stage: Stage) -> None:
    bot = stage.bot()

    @bot.on(GroupAtMessageCreate)
    def answer(ctx: GroupContext, event: GroupAtMessageCreate) -> None:
        trio.from_thread.run(ctx.reply, f"heard {event.text}")

    async with stage.running(bot):
        stage.simulator.say("group", "visitor", "/ping")
        await stage.news.until(lambda: bool(stage.replies))
    assert [reply.text for reply in stage.replies] == ["heard /ping"]


async def test_a_handler_that_raises_is_retried_alone_and_told_and_its_event_settled(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    bot = stage.bot(workers=WorkerConfig(attempts=3, retry_delay=0.01))
    calls: list[str] = []

    @bot.on(GroupAtMessageCreate)
    async def fails(_ctx: GroupContext, _event: GroupAtMessageCreate) -> None:
        calls.append("fails")
        raise RuntimeError("a bug of the user's")

    @bot.on(GroupAtMessageCreate)
    async def works(_ctx: GroupContext, event: GroupAtMessageCreate) -> None:
        calls.append(event.text)
        stage.news.tell()

    with caplog.at_level(logging.ERROR, "qqgw_trio"):
        async with stage.running(bot):
            stage.simulator.say("group", "visitor", "one")
            stage.simulator.say("group", "visitor", "two")
            await stage.news.until(lambda: "two" in calls)
        # Stopped only when all is done: what was given up is settled, what follows is handled.
    assert calls == ["fails", "one", "fails", "fails", "fails", "two", "fails", "fails"]
    line = re.compile(
        r"handler \S+fails \(\S+test_bot\.py:\d+\) failed on GROUP_AT_MESSAGE_CREATE \(event id (\S+)\), (.+)"
    )
    told = [line.fullmatch(record.getMessage()) for record in caplog.records]
    ends = ["attempt 1 of 3", "attempt 2 of 3", "attempt 3 of 3: given up"]
    ids = [sent.event_id for sent in stage.simulator.ledger.events]
    assert [match and match.groups() for match in told] == [(sent, end) for sent in ids for end in ends]
    assert {str(record.exc_info and record.exc_info[1]) for record in caplog.records} == {"a bug of the user's"}


# --- replies


async def test_a_reply_goes_where_the_message_came_from_and_names_it(stage: Stage) -> None:
    bot = stage.bot()

    @bot.on(GroupAtMessageCreate, C2CMessageCreate, AtMessageCreate, DirectMessageCreate)
    async def thrice(ctx: Context[Event], event: Event) -> None:
        for number in range(3):
            await ctx.reply(f"{event.text} {number}")

    async with stage.running(bot):
        for kind in ("group", "c2c", "channel", "dm"):
            stage.simulator.say(kind, "visitor", kind)
        await stage.news.until(lambda: len(stage.replies) == 12)
    ids = {sent.type_name: sent.message_id for sent in stage.simulator.ledger.events}
    told = {kind: [(r.text, r.msg_id, r.msg_seq) for r in stage.replies if r.kind == kind] for kind in ("group", "c2c")}
    assert told == {
        "group": [(f"group {n}", ids["GROUP_AT_MESSAGE_CREATE"], n + 1) for n in range(3)],
        "c2c": [(f"c2c {n}", ids["C2C_MESSAGE_CREATE"], n + 1) for n in range(3)],
    }
    named = {kind: [(r.text, r.msg_id) for r in stage.replies if r.kind == kind] for kind in ("channel", "dm")}
    assert named == {
        "channel": [(f"channel {n}", ids["AT_MESSAGE_CREATE"]) for n in range(3)],
        "dm": [(f"dm {n}", ids["DIRECT_MESSAGE_CREATE"]) for n in range(3)],
    }
    assert stage.simulator.ledger.unanswered == []


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
    with pytest.raises(ConfigurationError, match="the bot does not run"):
        _ = bot.api


async def test_a_bot_runs_again_after_it_has_stopped(stage: Stage) -> None:
    bot = stage.bot()
    bot.stop()  # harmless before
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
