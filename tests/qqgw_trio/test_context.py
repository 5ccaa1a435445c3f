"""What a handler can do beside looking at its event: above all, answer it."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import msgspec
import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.events import decode
from qqgw_trio import Bot, Credentials
from qqgw_trio.api import Api
from qqgw_trio.api_types import SentMessage
from qqgw_trio.context import CannotReply, ReplyNumbers
from support.handling import AnyContext, make_context, make_dispatch
from support.rest_stub import CREDENTIALS, Reply, RestStub, api_of

SENT = [Reply.of({"id": "sent", "timestamp": "2026-01-01T00:00:00+08:00"})]
GROUP = "POST /v2/groups/G/messages"
PERSON = "POST /v2/users/U/messages"
CHANNEL = "POST /channels/7/messages"
DIRECT = "POST /dms/8/messages"


class Desk:
    """A bot at a scripted REST API."""

    def __init__(self) -> None:
        self.stub = RestStub({route: list(SENT) for route in (GROUP, PERSON, CHANNEL, DIRECT)})
        self.bot = AtDesk(self.stub)

    def context(self, type_name: str, data: object, event_id: str | None = "E") -> AnyContext:
        return make_context(decode(make_dispatch(type_name, data, event_id)), self.bot)

    def bodies(self, route: str) -> list[object]:
        return [seen.json for seen in self.stub.asked(route)]


class AtDesk(Bot):
    """A bot whose REST API is there though it does not run."""

    def __init__(self, stub: RestStub) -> None:
        super().__init__(CREDENTIALS)
        self._at_desk = api_of(stub)

    @property
    def api(self) -> Api:
        return self._at_desk


@pytest.fixture
async def desk() -> AsyncGenerator[Desk]:
    found = Desk()
    yield found
    await found.stub.client.aclose()


# --- where a reply goes, and what it names (POST:27-49, SEND:73-84)


@pytest.mark.parametrize(
    ("type_name", "place", "route"),
    [
        ("AT_MESSAGE_CREATE", {"channel_id": "7", "guild_id": "1"}, CHANNEL),
        ("MESSAGE_CREATE", {"channel_id": "7", "guild_id": "1"}, CHANNEL),
        ("DIRECT_MESSAGE_CREATE", {"channel_id": "9", "guild_id": "8"}, DIRECT),
    ],
)
async def test_a_reply_in_a_guild_names_the_message(
    desk: Desk, type_name: str, place: dict[str, object], route: str
) -> None:
    ctx = desk.context(type_name, {"id": "M", "content": "hi", **place})
    sent = await ctx.reply("pong")
    assert desk.bodies(route) == [{"content": "pong", "msg_id": "M"}]
    assert isinstance(sent, SentMessage)
    assert sent.id == "sent"


@pytest.mark.parametrize(
    ("type_name", "place", "route"),
    [
        ("GROUP_AT_MESSAGE_CREATE", {"group_openid": "G"}, GROUP),
        ("GROUP_MESSAGE_CREATE", {"group_openid": "G"}, GROUP),
        ("C2C_MESSAGE_CREATE", {"author": {"user_openid": "U"}}, PERSON),
    ],
)
async def test_each_reply_to_one_message_of_a_group_or_person_has_the_next_number(
    desk: Desk, type_name: str, place: dict[str, object], route: str
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


async def test_a_call_that_is_repeated_keeps_its_number(desk: Desk, autojump_clock: object) -> None:
    desk.stub.script[GROUP] = [Reply.of({}, 503), *SENT]
    ctx = desk.context("GROUP_AT_MESSAGE_CREATE", {"id": "M", "group_openid": "G"})
    await ctx.reply("pong")
    await ctx.reply("again")
    numbers = [msgspec.convert(body, dict[str, object])["msg_seq"] for body in desk.bodies(GROUP)]
    assert numbers == [1, 1, 2]


async def test_a_reply_to_a_notice_names_the_event(desk: Desk) -> None:
    await desk.context("GROUP_ADD_ROBOT", {"group_openid": "G"}).reply("hello")
    await desk.context("FRIEND_ADD", {"openid": "U"}).reply("hello")
    assert desk.bodies(GROUP) == [{"content": "hello", "event_id": "E", "msg_type": 0, "msg_seq": 1}]
    assert desk.bodies(PERSON) == [{"content": "hello", "event_id": "E", "msg_type": 0, "msg_seq": 2}]


@pytest.mark.parametrize(
    ("type_name", "event_id", "data", "why"),
    [
        ("MESSAGE_AUDIT_PASS", "E", {}, "MESSAGE_AUDIT_PASS happened in no place that could be answered"),
        ("GUILD_MEMBER_ADD", "E", {"guild_id": "1"}, "GUILD_MEMBER_ADD happened in no channel that could be answered"),
        ("GROUP_DEL_ROBOT", "E", {"group_openid": "G"}, "GROUP_DEL_ROBOT is no event that a reply can name"),
        ("GROUP_ADD_ROBOT", None, {"group_openid": "G"}, "GROUP_ADD_ROBOT is no event that a reply can name"),
        ("AT_MESSAGE_CREATE", "E", {"channel_id": "7"}, "AT_MESSAGE_CREATE is no event that a reply can name"),
    ],
)
async def test_what_cannot_be_answered_says_so_before_any_request(
    desk: Desk, type_name: str, event_id: str | None, data: dict[str, object], why: str
) -> None:
    with pytest.raises(CannotReply) as caught:
        await desk.context(type_name, data, event_id).reply("hello")
    assert caught.value.message == why
    assert caught.value.remedy == "send to a channel, group or user through ctx.api instead"
    assert desk.stub.seen == []


# --- what else it holds


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


# --- numbers


def test_numbers_begin_with_1_for_each_message() -> None:
    numbers = ReplyNumbers()
    assert [numbers.next("M"), numbers.next("M"), numbers.next("N"), numbers.next("M")] == [1, 2, 1, 3]


def test_the_message_answered_longest_ago_is_forgotten_first() -> None:
    numbers = ReplyNumbers(most=2)
    for message in ("M", "N", "M", "O"):
        numbers.next(message)
    assert numbers.next("M") == 3
    assert numbers.next("N") == 1
