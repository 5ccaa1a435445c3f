"""A handler that asks or waits: which event is its answer, and what becomes of its replies."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import cast

import pytest
import trio
from trio.testing import MockClock

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.events import C2CMessageCreate, GroupMessage, Intents, InteractionCreate, Message
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.handler.handler_errors import (
    CannotWait,
    NoAnswer,
    WrongArgument,
)
from qqgw_trio.handler.replies import ReplyLimits
from support.desk import GROUP, GROUP_EVENT, Desk, click, group_message
from support.handling import AnyContext, make_dispatch
from support.rest_stub import Reply


@pytest.fixture
async def desk() -> AsyncGenerator[Desk]:
    found = Desk()
    yield found
    await found.stub.client.aclose()


def c2c_message(message_id: str, text: str, author: str) -> Dispatch:
    data = {"id": message_id, "content": text, "author": {"user_openid": author}}
    return make_dispatch("C2C_MESSAGE_CREATE", data, f"event of {message_id}")


class TestWaiting:
    async def test_a_question_gets_the_next_message_of_the_same_person_in_the_same_conversation(
        self, autojump_clock: MockClock
    ) -> None:
        desk = Desk()
        said: list[str] = []

        async def handle(ctx: AnyContext) -> None:
            said.append(ctx.event.text)
            if ctx.event.text == "/name":
                answer = await ctx.ask("Your name?", timeout=30)
                await ctx.reply(f"Hello {answer.text}")

        async with desk.handling(handle):
            desk.offer(group_message("M", "/name"), group_message("N", "me too", author="bob"))
            await trio.sleep(1.0)
            desk.offer(
                make_dispatch(
                    "C2C_MESSAGE_CREATE", {"id": "X", "content": "no", "author": {"user_openid": "alice"}}, "x"
                )
            )
            desk.offer(group_message("O", "Alice"), group_message("P", "bye"))
        assert desk.texts() == [("Your name?", "M", 1), ("Hello Alice", "O", 1)]
        assert said == ["/name", "no", "me too", "bye"]

    async def test_a_long_dialogue_does_not_run_out_of_replies(self, autojump_clock: MockClock) -> None:
        desk = Desk(ReplyLimits(group_replies=1, group_window=10.0))
        answers: list[str] = []

        async def handle(ctx: AnyContext) -> None:
            for number in range(3):
                answer = await ctx.ask(f"question {number}")
                answers.append(answer.text)

        async with desk.handling(handle):
            desk.offer(group_message("M0"))
            for number in range(1, 4):
                await trio.sleep(8.0)
                desk.offer(group_message(f"M{number}", f"answer {number}"))
        assert [named for _, named, _ in desk.texts()] == ["M0", "M1", "M2"]
        assert answers == ["answer 1", "answer 2", "answer 3"]

    async def test_a_dialogue_that_is_begun_again_has_its_numbers_and_answers_again(
        self, autojump_clock: MockClock
    ) -> None:
        desk = Desk()
        attempts: list[str] = []

        async def handle(ctx: AnyContext) -> None:
            answer = await ctx.ask("name?")
            attempts.append(answer.text)
            await ctx.reply("thanks")
            if len(attempts) == 1:
                raise ValueError
            attempts.append((await ctx.wait_for(GroupMessage)).text)

        async with desk.handling(handle):
            desk.offer(group_message("M"), group_message("N", "Alice"))
            await trio.sleep(5.0)
            desk.offer(group_message("O", "more"))
        assert desk.texts() == [("name?", "M", 1), ("thanks", "N", 1)] * 2
        assert attempts == ["Alice", "Alice", "more"]

    async def test_check_anyone_and_anywhere(self, autojump_clock: MockClock) -> None:
        desk = Desk()
        got: list[tuple[str, str | None]] = []

        async def handle(ctx: AnyContext) -> None:
            first = await ctx.wait_for(GroupMessage, check=lambda event: event.text.isdigit(), anyone=True)
            second = await ctx.wait_for(C2CMessageCreate, anyone=True, anywhere=True)
            got.extend((event.text, event.author_id) for event in (first, second))

        async with desk.handling(handle):
            desk.offer(group_message("M", "/guess"))
            await trio.sleep(1.0)
            desk.offer(group_message("N", "12", author="bob"))
            await trio.sleep(1.0)
            desk.offer(c2c_message("X", "hey", "U"))
        assert got == [("12", "bob"), ("hey", "U")]

    async def test_a_button_is_pressed_before_the_call_that_sent_it_returns(self, autojump_clock: MockClock) -> None:
        desk = Desk()
        desk.stub.script[GROUP] = [Reply.of({"id": "sent"}, after=2.0)]
        desk.stub.script["PUT /interactions/I"] = [Reply(204)]

        async def handle(ctx: AnyContext) -> None:
            if ctx.event.type_name != "INTERACTION_CREATE":
                press = await ctx.ask("Which?", keyboard={"id": "K"}, answer=InteractionCreate)
                await ctx.ack()
                await ctx.reply(f"You pressed {press.data.resolved.button_id or 'it'}")

        async with desk.handling(handle):
            desk.offer(group_message("M"))
            await trio.sleep(1.0)
            desk.offer(make_dispatch(*click("I"), "E-of-I"))
        assert [(body.get("msg_id"), body.get("event_id")) for body in desk.bodies(GROUP)] == [
            ("M", None),
            (None, "E-of-I"),
        ]
        assert len(desk.stub.asked("PUT /interactions/I")) == 1

    async def test_the_same_message_as_another_type_is_no_answer(self, autojump_clock: MockClock) -> None:
        desk = Desk()
        handled: list[str] = []

        async def handle(ctx: AnyContext) -> None:
            handled.append(ctx.event.type_name)
            if len(handled) == 1:
                handled.append((await ctx.wait_for(Message)).text)

        twin = {"id": "M", "content": "hi", "group_openid": "G", "author": {"member_openid": "alice"}}
        async with desk.handling(handle):
            desk.offer(group_message("M"), make_dispatch("GROUP_MESSAGE_CREATE", twin, "twin"))
            desk.offer(group_message("N", "answer"))
        assert handled == ["GROUP_AT_MESSAGE_CREATE", "answer", "GROUP_MESSAGE_CREATE"]

    async def test_nobody_answers(self, autojump_clock: MockClock) -> None:
        desk = Desk()

        async def handle(ctx: AnyContext) -> None:
            try:
                await ctx.ask("name?", timeout=30)
            except NoAnswer as error:
                await ctx.reply(error.message)

        async with desk.handling(handle):
            desk.offer(group_message("M"))
        assert desk.texts() == [("name?", "M", 1), ("no answer came within 30 s", "M", 2)]

    async def test_where_nothing_is_handled_nobody_waits(self, desk: Desk) -> None:
        with pytest.raises(CannotWait, match="the event of this context is not being handled"):
            await desk.context(*GROUP_EVENT).wait_for(Message)

    async def test_a_wait_that_cannot_work_is_told_before_the_question_is_asked(self, desk: Desk) -> None:
        async def later(_event: Message) -> bool:
            raise AssertionError

        ctx = desk.context(*GROUP_EVENT)
        with pytest.raises(WrongArgument, match="the timeout of a wait must be a number of seconds from 0, not '5'"):
            await ctx.ask("name?", timeout=cast("float", "5"))
        with pytest.raises(WrongArgument, match="the check of a wait is async"):
            await ctx.ask("name?", check=cast("Callable[[Message], bool]", later))
        with pytest.raises(WrongArgument, match="the timeout of a wait must be a number of seconds from 0, not None"):
            await ctx.wait_for(Message, timeout=cast("float", None))
        assert desk.stub.seen == []

    async def test_what_no_intent_delivers_is_told_at_once(self) -> None:
        desk = Desk(intents=Intents.default())
        with pytest.raises(ConfigurationError, match="no chosen intent delivers InteractionCreate: add INTERACTION to"):
            await desk.context(*GROUP_EVENT).wait_for(InteractionCreate)
        with pytest.raises(ConfigurationError, match="is no event class"):
            await desk.context(*GROUP_EVENT).wait_for(int)  # type: ignore[type-var]
        await desk.stub.client.aclose()
