"""What a handler can do beside looking at its event: answer it, say more, take it back, acknowledge, wait for more."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
import trio
from trio.testing import MockClock

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.events import C2CMessageCreate, GroupMessage, Intents, InteractionCreate, Message
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio import Bot, Credentials
from qqgw_trio.api_errors import ApiError
from qqgw_trio.api_types import MessageAudit, SentMessage, UploadedFile
from qqgw_trio.handler_errors import (
    CannotAck,
    CannotRecall,
    CannotReply,
    CannotWait,
    NoAnswer,
    ReplyQuotaSpent,
    ReplyWindowClosed,
)
from qqgw_trio.http import RequestFailed
from qqgw_trio.replies import ReplyLimits
from qqgw_trio.workers import WorkerConfig
from support.desk import CHANNEL, DIRECT, GROUP, PERSON, SENT, Desk, group_message, sent
from support.handling import AnyContext, make_dispatch
from support.rest_stub import Reply

DUPLICATE = Reply.of({"code": 40054005, "message": "msgseq duplicate"}, 400)
GROUP_EVENT = ("GROUP_AT_MESSAGE_CREATE", {"id": "M", "group_openid": "G", "author": {"member_openid": "alice"}})


@pytest.fixture
async def desk() -> AsyncGenerator[Desk]:
    found = Desk()
    yield found
    await found.stub.client.aclose()


class TestWhereAReplyGoes:
    """POST:27-49, SEND:73-84."""

    @pytest.mark.parametrize(
        ("type_name", "place", "route"),
        [
            ("AT_MESSAGE_CREATE", {"channel_id": "7", "guild_id": "1"}, CHANNEL),
            ("MESSAGE_CREATE", {"channel_id": "7", "guild_id": "1"}, CHANNEL),
            ("DIRECT_MESSAGE_CREATE", {"channel_id": "9", "guild_id": "8"}, DIRECT),
        ],
    )
    async def test_in_a_guild_it_names_the_message(
        self, desk: Desk, type_name: str, place: dict[str, object], route: str
    ) -> None:
        ctx = desk.context(type_name, {"id": "M", "content": "hi", **place})
        answer = await ctx.reply("pong")
        assert desk.bodies(route) == [{"content": "pong", "msg_id": "M"}]
        assert isinstance(answer, SentMessage)
        assert answer.id == "sent"

    @pytest.mark.parametrize(
        ("type_name", "place", "route"),
        [
            ("GROUP_AT_MESSAGE_CREATE", {"group_openid": "G"}, GROUP),
            ("GROUP_MESSAGE_CREATE", {"group_openid": "G"}, GROUP),
            ("C2C_MESSAGE_CREATE", {"author": {"user_openid": "U"}}, PERSON),
        ],
    )
    async def test_each_reply_to_one_message_of_a_group_or_person_has_the_next_number(
        self, desk: Desk, type_name: str, place: dict[str, object], route: str
    ) -> None:
        for text in ("one", "two", "three"):
            await desk.context(type_name, {"id": "M", "content": "hi", **place}).reply(text)
        await desk.context(type_name, {"id": "N", "content": "hi", **place}).reply("other")
        assert desk.bodies(route) == [
            {"content": "one", "msg_id": "M", "msg_type": 0, "msg_seq": 1},
            {"content": "two", "msg_id": "M", "msg_type": 0, "msg_seq": 2},
            {"content": "three", "msg_id": "M", "msg_type": 0, "msg_seq": 3},
            {"content": "other", "msg_id": "N", "msg_type": 0, "msg_seq": 1},
        ]

    async def test_a_reply_to_a_notice_names_the_event(self, desk: Desk) -> None:
        await desk.context("GROUP_ADD_ROBOT", {"group_openid": "G"}, "E").reply("hello")
        await desk.context("FRIEND_ADD", {"openid": "U"}, "F").reply("hello")
        assert desk.bodies(GROUP) == [{"content": "hello", "event_id": "E", "msg_type": 0, "msg_seq": 1}]
        assert desk.bodies(PERSON) == [{"content": "hello", "event_id": "F", "msg_type": 0, "msg_seq": 1}]

    @pytest.mark.parametrize(
        ("type_name", "event_id", "data", "why"),
        [
            ("MESSAGE_AUDIT_PASS", "E", {}, "MESSAGE_AUDIT_PASS happened in no place that could be answered"),
            (
                "GUILD_MEMBER_ADD",
                "E",
                {"guild_id": "1"},
                "GUILD_MEMBER_ADD happened in no channel that could be answered",
            ),
            ("GROUP_DEL_ROBOT", "E", {"group_openid": "G"}, "GROUP_DEL_ROBOT is no event that a reply can name"),
            ("GROUP_ADD_ROBOT", None, {"group_openid": "G"}, "GROUP_ADD_ROBOT is no event that a reply can name"),
            ("AT_MESSAGE_CREATE", "E", {"channel_id": "7"}, "AT_MESSAGE_CREATE is no event that a reply can name"),
        ],
    )
    async def test_what_cannot_be_answered_says_so_before_any_request(
        self, desk: Desk, type_name: str, event_id: str | None, data: dict[str, object], why: str
    ) -> None:
        with pytest.raises(CannotReply) as caught:
            await desk.context(type_name, data, event_id).reply("hello")
        assert caught.value.message == why
        assert caught.value.remedy == "send to a channel, group or user through ctx.api instead"
        assert desk.stub.seen == []


class TestWhatAReplyIs:
    async def test_markdown_may_be_text_and_buttons_make_text_markdown(self, desk: Desk) -> None:
        ctx = desk.context(*GROUP_EVENT)
        await ctx.reply(markdown="# hi")
        await ctx.reply("choose", keyboard={"id": "K"})
        assert desk.bodies(GROUP) == [
            {"markdown": {"content": "# hi"}, "msg_id": "M", "msg_type": 2, "msg_seq": 1},
            {"markdown": {"content": "choose"}, "keyboard": {"id": "K"}, "msg_id": "M", "msg_type": 2, "msg_seq": 2},
        ]

    async def test_an_image_is_uploaded_for_a_group_and_named_in_a_channel(self, desk: Desk) -> None:
        desk.stub.script["POST /v2/groups/G/files"] = [Reply.of({"file_info": "I"})]
        await desk.context(*GROUP_EVENT).reply("look", image="https://x.test/y.png")
        await desk.context("AT_MESSAGE_CREATE", {"id": "M", "channel_id": "7"}).reply(image="https://x.test/y.png")
        assert desk.bodies(GROUP) == [
            {"content": "look", "media": {"file_info": "I"}, "msg_id": "M", "msg_type": 7, "msg_seq": 1}
        ]
        assert desk.bodies(CHANNEL) == [{"image": "https://x.test/y.png", "msg_id": "M"}]

    async def test_ark_embed_and_uploaded_files(self, desk: Desk) -> None:
        ctx = desk.context(*GROUP_EVENT)
        await ctx.reply(ark={"template_id": 23})
        await ctx.reply(embed={"title": "t"})
        await ctx.reply(media=UploadedFile(file_info="I"))
        kinds = [
            (body["msg_type"], body.get("ark") or body.get("embed") or body.get("media")) for body in desk.bodies(GROUP)
        ]
        assert kinds == [(3, {"template_id": 23}), (4, {"title": "t"}), (7, {"file_info": "I"})]

    async def test_what_cannot_be_sent_costs_no_number_of_the_quota(self, desk: Desk) -> None:
        ctx = desk.context(*GROUP_EVENT)
        for _ in range(6):
            with pytest.raises(ConfigurationError, match="a message needs something to send"):
                await ctx.reply("")
        await ctx.reply("hi")
        assert desk.stub.asked(GROUP)

    async def test_a_message_under_audit_is_no_error(self, desk: Desk) -> None:
        audit = {"code": 304023, "message": "push", "data": {"message_audit": {"audit_id": "A"}}}
        desk.stub.script[CHANNEL] = [Reply.of(audit, 202)]
        ctx = desk.context("AT_MESSAGE_CREATE", {"id": "M", "channel_id": "7"})
        assert await ctx.reply("hi") == MessageAudit("A", 304023)


class TestNumbers:
    async def test_a_call_that_is_repeated_keeps_its_number(self, desk: Desk, autojump_clock: MockClock) -> None:
        """D09."""
        desk.stub.script[GROUP] = [Reply.of({}, 503), *SENT]
        ctx = desk.context(*GROUP_EVENT)
        await ctx.reply("pong")
        await ctx.reply("again")
        assert desk.texts() == [("pong", "M", 1), ("pong", "M", 1), ("again", "M", 2)]

    async def test_a_copy_that_the_server_knows_of_is_success(self, desk: Desk, autojump_clock: MockClock) -> None:
        desk.stub.script[GROUP] = [Reply.of({}, 503), DUPLICATE]
        assert await desk.context(*GROUP_EVENT).reply("pong") == SentMessage()

    async def test_replies_at_the_same_time_have_numbers_of_their_own(self, desk: Desk) -> None:
        ctx = desk.context(*GROUP_EVENT)
        async with trio.open_nursery() as nursery:
            for text in "abc":
                nursery.start_soon(ctx.reply, text)
        assert sorted(number for _, _, number in desk.texts() if isinstance(number, int)) == [1, 2, 3]

    async def test_a_handler_that_is_called_again_repeats_its_numbers(self, autojump_clock: MockClock) -> None:
        desk = Desk()
        desk.stub.script[GROUP] = [sent("first"), sent("second"), DUPLICATE, sent("changed"), sent("third")]
        results: list[object] = []
        attempts: list[int] = []

        async def handle(ctx: AnyContext) -> None:
            attempts.append(1)
            results.append(await ctx.reply("one"))
            results.append(await ctx.reply("two"))
            if len(attempts) == 1:
                raise ValueError
            results.append(await ctx.reply("three"))

        async with desk.handling(handle):
            desk.offer(group_message("M"))
        assert [number for _, _, number in desk.texts()] == [1, 2, 1, 2, 3]
        ids = [result.id for result in results if isinstance(result, SentMessage)]
        assert ids == ["first", "second", "first", "changed", "third"]

    async def test_handlers_of_one_event_do_not_take_each_others_numbers(self, autojump_clock: MockClock) -> None:
        desk = Desk()
        attempts: list[int] = []

        async def first(ctx: AnyContext) -> None:
            await ctx.reply("a")

        async def second(ctx: AnyContext) -> None:
            attempts.append(1)
            if len(attempts) == 1:
                raise ValueError
            await ctx.reply("b")
            await ctx.reply("c")
            if len(attempts) == 2:
                raise ValueError

        async with desk.handling(first, second):
            desk.offer(group_message("M"))
        assert [(text, number) for text, _, number in desk.texts()] == [
            *(("a", 1), ("b", 2), ("c", 3)),
            *(("b", 2), ("c", 3)),
        ]

    async def test_in_a_channel_a_retry_sends_only_what_has_changed(self, autojump_clock: MockClock) -> None:
        desk = Desk()
        attempts: list[int] = []

        async def handle(ctx: AnyContext) -> None:
            attempts.append(1)
            await ctx.reply("same")
            await ctx.reply(f"attempt {len(attempts)}")
            if len(attempts) == 1:
                raise ValueError

        async with desk.handling(handle):
            desk.offer(make_dispatch("AT_MESSAGE_CREATE", {"id": "M", "channel_id": "7"}))
        assert [body["content"] for body in desk.bodies(CHANNEL)] == ["same", "attempt 1", "attempt 2"]


class TestLimits:
    """`protocol.md` 8, "passive window"."""

    async def test_more_replies_than_the_platform_takes_are_refused_before_any_request(self, desk: Desk) -> None:
        ctx = desk.context(*GROUP_EVENT)
        for number in range(5):
            await ctx.reply(str(number))
        with pytest.raises(ReplyQuotaSpent, match="5 replies to one group message are all that the platform takes"):
            await ctx.reply("6")
        assert len(desk.stub.asked(GROUP)) == 5

    async def test_a_reply_that_comes_too_late_is_refused_before_any_request(self, autojump_clock: MockClock) -> None:
        desk = Desk()

        async def handle(ctx: AnyContext) -> None:
            await trio.sleep(300.0)
            await ctx.reply("just in time")
            await trio.sleep(1.0)
            await ctx.reply("too late")

        async with desk.handling(handle, config=WorkerConfig(attempts=1)):
            desk.offer(group_message("M"))
        assert desk.texts() == [("just in time", "M", 1)]
        [error] = desk.errors
        assert isinstance(error, ReplyWindowClosed)
        assert error.message == "a group message can be answered for 300 s, and this one came 301 s ago"

    async def test_a_person_can_be_answered_for_longer_unless_set_otherwise(self, autojump_clock: MockClock) -> None:
        message = make_dispatch("C2C_MESSAGE_CREATE", {"id": "M", "author": {"user_openid": "U"}})

        async def handle(ctx: AnyContext) -> None:
            await trio.sleep(3000.0)
            await ctx.reply("hi")

        for limits, count in ((ReplyLimits(), 0), (ReplyLimits(c2c_window=300.0), 1)):
            desk = Desk(limits)
            async with desk.handling(handle, config=WorkerConfig(attempts=1)):
                desk.offer(message)
                await trio.sleep(5000.0)
            assert len(desk.errors) == count

    @pytest.mark.parametrize(
        ("trouble", "left"),
        [
            (Reply.of({"code": 304082, "message": "media"}, 400), 5),
            (RequestFailed("api", "refused", sent=False), 5),
        ],
    )
    async def test_a_reply_that_was_refused_does_not_count(
        self, desk: Desk, trouble: Reply | Exception, left: int, autojump_clock: MockClock
    ) -> None:
        desk.stub.script[GROUP] = [*([trouble] * 4), *SENT]
        ctx = desk.context(*GROUP_EVENT)
        for _ in range(left + 4):
            try:
                await ctx.reply("hi")
            except (ApiError, RequestFailed):
                continue
            except ReplyQuotaSpent:
                break
        bodies = len(desk.stub.asked(GROUP))
        assert bodies == left + 4

    async def test_a_reply_that_was_refused_counts_once_it_is_sent(self, autojump_clock: MockClock) -> None:
        desk = Desk(ReplyLimits(group_replies=1))
        desk.stub.script[GROUP] = [Reply.of({"code": 304082, "message": "media"}, 400), *SENT]

        async def handle(ctx: AnyContext) -> None:
            await ctx.reply("one")
            await ctx.reply("two")

        async with desk.handling(handle, config=WorkerConfig(attempts=2)):
            desk.offer(group_message("M"))
        assert desk.texts() == [("one", "M", 1), ("one", "M", 1)]
        assert [type(error).__name__ for error in desk.errors] == ["ApiError", "ReplyQuotaSpent"]

    async def test_a_reply_that_may_have_arrived_counts(self, autojump_clock: MockClock) -> None:
        desk = Desk(ReplyLimits(group_replies=1))
        desk.stub.script[GROUP] = [Reply.of({}, 500)]
        ctx = desk.context(*GROUP_EVENT)
        with pytest.raises(ApiError):
            await ctx.reply("hi")
        with pytest.raises(ReplyQuotaSpent):
            await ctx.reply("hi again")
        await desk.stub.client.aclose()


class TestSendingAndTakingBack:
    async def test_send_names_nothing(self, desk: Desk) -> None:
        await desk.context(*GROUP_EVENT).send("news")
        await desk.context("AT_MESSAGE_CREATE", {"id": "M", "channel_id": "7"}).send("news", markdown="# more")
        assert desk.bodies(GROUP) == [{"content": "news", "msg_type": 0}]
        assert desk.bodies(CHANNEL) == [{"content": "news", "markdown": {"content": "# more"}}]

    @pytest.mark.parametrize(
        ("type_name", "data", "route"),
        [
            ("GROUP_AT_MESSAGE_CREATE", {"group_openid": "G"}, "DELETE /v2/groups/G/messages/sent"),
            ("C2C_MESSAGE_CREATE", {"author": {"user_openid": "U"}}, "DELETE /v2/users/U/messages/sent"),
            ("AT_MESSAGE_CREATE", {"channel_id": "7"}, "DELETE /channels/7/messages/sent"),
            ("DIRECT_MESSAGE_CREATE", {"guild_id": "8"}, "DELETE /dms/8/messages/sent"),
        ],
    )
    async def test_a_message_is_taken_back_where_it_was_sent(
        self, desk: Desk, type_name: str, data: dict[str, object], route: str
    ) -> None:
        desk.stub.script[route] = [Reply.of({})]
        ctx = desk.context(type_name, {"id": "M", **data})
        await ctx.recall(await ctx.reply("oops"), hide_tip=True)
        await ctx.recall("sent")
        assert len(desk.stub.asked(route)) == 2

    async def test_a_refused_recall_is_an_error(self, desk: Desk) -> None:
        desk.stub.script["DELETE /v2/groups/G/messages/m"] = [Reply.of({"code": 1, "message": "too late"}, 400)]
        with pytest.raises(ApiError, match="too late"):
            await desk.context(*GROUP_EVENT).recall("m")

    @pytest.mark.parametrize(
        ("message", "why"),
        [
            (MessageAudit("A", 304023), "the message waits for its audit, so there is nothing to take back"),
            (SentMessage(), "the message has no id"),
            ("", "the message has no id"),
        ],
    )
    async def test_what_has_no_id_cannot_be_taken_back(
        self, desk: Desk, message: SentMessage | MessageAudit | str, why: str
    ) -> None:
        with pytest.raises(CannotRecall, match=why):
            await desk.context(*GROUP_EVENT).recall(message)
        assert desk.stub.seen == []


def c2c_message(message_id: str, text: str, author: str) -> Dispatch:
    data = {"id": message_id, "content": text, "author": {"user_openid": author}}
    return make_dispatch("C2C_MESSAGE_CREATE", data, f"event of {message_id}")


def click(interaction_id: str, author: str = "alice") -> tuple[str, dict[str, object]]:
    data: dict[str, object] = {"id": interaction_id, "group_openid": "G", "group_member_openid": author, "chat_type": 1}
    return "INTERACTION_CREATE", data


class TestAcknowledging:
    async def test_an_interaction_is_acknowledged_once(self, desk: Desk) -> None:
        desk.stub.script["PUT /interactions/I"] = [Reply(204)]
        ctx = desk.context(*click("I"))
        await ctx.ack()
        await ctx.ack(3)
        assert [seen.json for seen in desk.stub.asked("PUT /interactions/I")] == [{"code": 0}]

    async def test_not_again_when_the_handler_is_called_again(self, autojump_clock: MockClock) -> None:
        desk = Desk()
        desk.stub.script["PUT /interactions/I"] = [Reply(204)]
        attempts: list[int] = []

        async def handle(ctx: AnyContext) -> None:
            attempts.append(1)
            await ctx.ack(code=1)
            if len(attempts) == 1:
                raise ValueError

        async with desk.handling(handle):
            desk.offer(make_dispatch(*click("I")))
        assert [seen.json for seen in desk.stub.asked("PUT /interactions/I")] == [{"code": 1}]
        assert len(attempts) == 2

    async def test_nothing_else_can_be_acknowledged(self, desk: Desk) -> None:
        for ctx in (desk.context(*GROUP_EVENT), desk.context("INTERACTION_CREATE", {"group_openid": "G"})):
            with pytest.raises(CannotAck, match=r"is no interaction: use ctx\.ack in handlers of InteractionCreate"):
                await ctx.ack()


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

    async def test_what_no_intent_delivers_is_told_at_once(self) -> None:
        desk = Desk(intents=Intents.default())
        with pytest.raises(ConfigurationError, match="no chosen intent delivers InteractionCreate: add INTERACTION to"):
            await desk.context(*GROUP_EVENT).wait_for(InteractionCreate)
        with pytest.raises(ConfigurationError, match="is no event class"):
            await desk.context(*GROUP_EVENT).wait_for(int)  # type: ignore[type-var]
        await desk.stub.client.aclose()


async def test_a_context_holds_bot_shard_event_and_what_was_received(desk: Desk) -> None:
    ctx = desk.context("GUILD_CREATE", {"id": "1"})
    assert ctx.bot is desk.bot
    assert ctx.api is desk.bot.api
    assert ctx.shard.shard_id == 0
    assert ctx.event.guild == "1"
    assert ctx.event_id == "E"
    assert bytes(ctx.raw) == b'{"id":"1"}'


def test_there_is_no_rest_before_the_bot_runs() -> None:
    with pytest.raises(ConfigurationError, match=r"use bot\.api between start and stop"):
        _ = Bot(Credentials("1", "secret")).api
