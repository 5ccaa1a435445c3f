"""The handlers of a running bot and their replies, at a simulated platform over real sockets."""

from __future__ import annotations

import logging
import re
from functools import partial

import pytest
import trio

from qqgw_proto.events import (
    AtMessageCreate,
    C2CMessageCreate,
    DirectMessageCreate,
    Event,
    GroupAtMessageCreate,
    UnknownEvent,
)
from qqgw_trio import Context
from qqgw_trio.delivery.workers import WorkerConfig
from support.staging import Stage

GroupContext = Context[GroupAtMessageCreate]


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
        r"handler \S+fails \(\S+test_bot_handlers\.py:\d+\) failed on GROUP_AT_MESSAGE_CREATE \(event id (\S+)\), (.+)"
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
