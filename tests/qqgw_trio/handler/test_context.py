"""What a handler has at hand, and its replies: where they go and what they are."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from qqgw_proto.errors import ConfigurationError, MisuseError
from qqgw_trio import Bot, Credentials
from qqgw_trio.handler.handler_errors import (
    CannotReply,
)
from qqgw_trio.rest.api_types import MessageAudit, SentMessage, UploadedFile
from support.desk import CHANNEL, DIRECT, GROUP, GROUP_EVENT, PERSON, Desk
from support.rest_stub import Reply


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


async def test_a_context_holds_bot_shard_event_and_what_was_received(desk: Desk) -> None:
    ctx = desk.context("GUILD_CREATE", {"id": "1"})
    assert ctx.bot is desk.bot
    assert ctx.api is desk.bot.api
    assert ctx.shard.shard_id == 0
    assert ctx.event.guild == "1"
    assert ctx.event_id == "E"
    assert bytes(ctx.raw) == b'{"id":"1"}'


def test_there_is_no_rest_before_the_bot_runs() -> None:
    with pytest.raises(MisuseError, match=r"use bot\.api between start and stop"):
        _ = Bot(Credentials("1", "secret")).api
