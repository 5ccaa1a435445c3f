"""A bot that asks, replies and is called again, at a simulated platform over real sockets."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import msgspec
import trio

from qqgw_proto.events import GroupAtMessageCreate, InteractionCreate
from qqgw_trio import Bot, Context
from qqgw_trio.delivery.workers import WorkerConfig
from qqgw_trio.simulator.world import WorldEvent
from support.staging import Stage

GroupContext = Context[GroupAtMessageCreate]


async def test_a_bot_asks_and_the_person_answers_while_others_talk(stage: Stage) -> None:
    bot = stage.bot()
    handled: list[str] = []

    @bot.on(GroupAtMessageCreate)
    async def name(ctx: GroupContext, event: GroupAtMessageCreate) -> None:
        if event.text == "/name":
            answer = await ctx.ask("Your name?")
            await ctx.reply(f"Hello {answer.text}")
        handled.append(event.text)
        stage.news.tell()

    async with stage.running(bot):
        stage.simulator.say("group", "alice", "/name")
        await stage.news.until(lambda: bool(stage.replies))
        stage.simulator.say("group", "bob", "hi all")
        stage.simulator.say("group", "alice", "Alice")
        await stage.news.until(lambda: len(handled) == 2)
    assert handled == ["/name", "hi all"]
    ids = [sent.message_id for sent in stage.simulator.ledger.events if sent.message_id]
    told = [(reply.text, reply.msg_id, reply.msg_seq) for reply in stage.replies]
    assert told == [("Your name?", ids[0], 1), ("Hello Alice", ids[2], 1)]


async def test_a_handler_that_fails_after_its_reply_repeats_the_number_and_people_read_it_once(stage: Stage) -> None:
    bot = stage.bot(workers=WorkerConfig(retry_delay=0.01))
    attempts: list[int] = []

    @bot.on(GroupAtMessageCreate)
    async def fails_at_first(ctx: GroupContext, _event: GroupAtMessageCreate) -> None:
        attempts.append(1)
        await ctx.reply("one")
        if len(attempts) == 1:
            raise RuntimeError("a bug of the user's")
        await ctx.reply("two")

    async with stage.running(bot):
        stage.simulator.say("group", "alice", "hi")
        await stage.news.until(lambda: len(stage.replies) == 2)
    assert [(reply.text, reply.msg_seq) for reply in stage.replies] == [("one", 1), ("two", 2)]
    assert len(attempts) == 2


async def test_after_a_crash_the_dialogue_is_held_again_and_people_read_it_once(stage: Stage, tmp_path: Path) -> None:
    reached: list[str] = []

    def make() -> Bot:
        bot = stage.bot(session_file=tmp_path / "sessions.json")

        @bot.on(GroupAtMessageCreate)
        async def name(ctx: GroupContext, _event: GroupAtMessageCreate) -> None:
            answer = await ctx.ask("Your name?")
            reached.append(answer.text)
            stage.news.tell()
            if len(reached) == 1:
                await trio.sleep_forever()
            await ctx.reply(f"Hello {answer.text}")

        return bot

    async with trio.open_nursery() as nursery:
        bot = make()
        await nursery.start(bot.serve)
        await stage.news.until(bot.is_connected)
        stage.simulator.say("group", "alice", "/name")
        await stage.news.until(lambda: bool(stage.replies))
        stage.simulator.say("group", "alice", "Alice")
        await stage.news.until(lambda: bool(reached))
        nursery.cancel_scope.cancel()
    async with stage.running(make()):
        await stage.news.until(lambda: len(stage.replies) == 2)
    assert reached == ["Alice", "Alice"]
    assert [(reply.text, reply.msg_seq) for reply in stage.replies] == [("Your name?", 1), ("Hello Alice", 1)]


async def test_a_stop_does_not_wait_for_an_answer_that_cannot_come(stage: Stage) -> None:
    bot = stage.bot(drain_seconds=20.0)

    @bot.on(GroupAtMessageCreate)
    async def asks(ctx: GroupContext, _event: GroupAtMessageCreate) -> None:
        await ctx.ask("Your name?", timeout=3600)

    with trio.fail_after(15):
        async with stage.running(bot):
            stage.simulator.say("group", "alice", "hi")
            await stage.news.until(lambda: bool(stage.replies))


async def test_a_button_is_waited_for_acknowledged_and_answered(stage: Stage) -> None:
    bot = stage.bot()

    @bot.on(GroupAtMessageCreate)
    async def choose(ctx: GroupContext, _event: GroupAtMessageCreate) -> None:
        press = await ctx.ask("Which?", keyboard={"id": "k"}, answer=InteractionCreate, anyone=True)
        await ctx.ack()
        await ctx.reply(f"pressed {press.data.resolved.button_id}")
        stage.news.tell()

    async with stage.running(bot):
        group = stage.simulator.platform.world.places.groups[0]
        stage.simulator.say("group", "alice", "choose")
        await stage.news.until(lambda: bool(stage.replies))
        pressed = {"id": "I", "group_openid": group, "chat_type": 1, "data": {"resolved": {"button_id": "b1"}}}
        data = msgspec.Raw(msgspec.json.encode(pressed))
        press = WorldEvent("INTERACTION_CREATE", "INTERACTION_CREATE:I", data, None, "", None, "I")
        stage.simulator.platform.receipts.expect(press)
        [session] = stage.simulator.platform.sessions.standing
        session.push(press)
        await stage.news.until(lambda: len(stage.replies) == 2)
    assert [(reply.text, reply.event_id) for reply in stage.replies] == [
        ("Which?", None),
        ("pressed b1", "INTERACTION_CREATE:I"),
    ]
    assert [answer.interaction_id for answer in stage.simulator.ledger.answers] == ["I"]


async def test_a_sync_handler_asks_from_its_thread(stage: Stage) -> None:
    bot = stage.bot()

    @bot.on(GroupAtMessageCreate)
    def name(ctx: GroupContext, _event: GroupAtMessageCreate) -> None:
        answer = trio.from_thread.run(ctx.ask, "Your name?")
        trio.from_thread.run(ctx.reply, f"Hello {answer.text}")

    async with stage.running(bot):
        stage.simulator.say("group", "alice", "/name")
        await stage.news.until(lambda: bool(stage.replies))
        stage.simulator.say("group", "alice", "Alice")
        await stage.news.until(lambda: len(stage.replies) == 2)
    assert [reply.text for reply in stage.replies] == ["Your name?", "Hello Alice"]


async def test_a_stop_does_not_wait_for_a_thread_that_waits_for_an_answer(stage: Stage) -> None:
    bot = stage.bot(drain_seconds=20.0)

    @bot.on(GroupAtMessageCreate)
    def name(ctx: GroupContext, _event: GroupAtMessageCreate) -> None:
        trio.from_thread.run(partial(ctx.ask, "Your name?", timeout=3600))

    with trio.fail_after(15):
        async with stage.running(bot):
            stage.simulator.say("group", "alice", "/name")
            await stage.news.until(lambda: bool(stage.replies))
