from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

from qqgw_proto.events import (
    AtMessageCreate,
    C2CMessageCreate,
    DirectMessageCreate,
    Event,
    GroupAtMessageCreate,
    GroupMessageCreate,
    GuildMessage,
    Message,
    MessageCreate,
)

CHINA = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("type_name", "shape"), [("MESSAGE_CREATE", MessageCreate), ("AT_MESSAGE_CREATE", AtMessageCreate)]
)
def test_a_message_of_a_guild(decode_sample: Callable[[str], Event], type_name: str, shape: type[GuildMessage]) -> None:
    event = decode_sample(type_name)
    assert isinstance(event, shape)
    assert event.conversation == ("channel", "100010")
    assert event.guild == "18700000000001"
    assert event.author_id == "1234"
    assert event.author.username == "abc"
    assert event.author.avatar == "http://thirdqq.qlogo.cn/0"
    assert event.message_id == event.id == "0812345677890abcdef"
    assert event.text == event.content == "ndnnd"
    assert event.timestamp == datetime(2021, 5, 20, 15, 14, 58, tzinfo=CHINA)
    assert event.raw_seq == 101
    assert event.edited_timestamp is None
    assert event.is_from_bot is False
    assert event.member is not None
    assert event.member.roles == ("1",)


def test_a_direct_message(decode_sample: Callable[[str], Event]) -> None:
    event = decode_sample("DIRECT_MESSAGE_CREATE")
    assert isinstance(event, DirectMessageCreate)
    assert event.conversation == ("dm", "18700000000001")
    assert event.guild is None  # the documented sample does not say where the person came from
    assert event.author_id == "1234"
    assert event.message_id == "0812345677890abcdef"
    assert event.text == "ndnnd"


def test_the_guild_of_a_direct_message_is_where_the_person_came_from(decode_as: Callable[[str, str], Event]) -> None:
    event = decode_as("DIRECT_MESSAGE_CREATE", '{"guild_id":"1","src_guild_id":"2","direct_message":true}')
    assert isinstance(event, DirectMessageCreate)
    assert event.guild == "2"
    assert event.conversation == ("dm", "1")
    assert event.direct_message is True


def test_a_group_message_that_mentions_the_bot(decode_sample: Callable[[str], Event]) -> None:
    event = decode_sample("GROUP_AT_MESSAGE_CREATE")
    assert isinstance(event, GroupAtMessageCreate)
    assert event.conversation == ("group", "C9F778FE6ADF9D1D1DBE395BF744A33A")
    assert event.guild is None
    assert event.author_id == "E4F4AEA33253A2797FB897C50B81D7ED"
    assert event.message_id == "ROBOT1.0_eBIyWnxpmSu6uLQ7u7fU0eGloKGYg4eEa737vRyKnMCgyZjKi7JLYkQ9B0VapbiY"
    assert event.content == " 123"
    assert event.text == "123"
    assert event.timestamp == datetime(2023, 11, 6, 13, 37, 18, tzinfo=CHINA)


def test_any_group_message(decode_sample: Callable[[str], Event]) -> None:
    event = decode_sample("GROUP_MESSAGE_CREATE")
    assert isinstance(event, GroupMessageCreate)
    assert event.text == "hello"
    assert event.author.member_role == "member"
    assert event.author.username == "abc"
    assert event.message_type == 0
    assert event.message_scene is not None
    assert event.message_scene.ext == ("msg_idx=REFIDX_SAMPLE",)


@pytest.mark.parametrize(
    ("payload", "conversation", "author"),
    [
        ('{"group_openid":"G","author":{"member_openid":"M"}}', ("group", "G"), "M"),
        ('{"group_id":"G","author":{"id":"M"}}', ("group", "G"), "M"),
        ("{}", None, None),
    ],
)
def test_any_subset_of_a_groups_ids_will_do(
    decode_as: Callable[[str, str], Event], payload: str, conversation: tuple[str, str] | None, author: str | None
) -> None:
    event = decode_as("GROUP_MESSAGE_CREATE", payload)
    assert event.conversation == conversation
    assert event.author_id == author


def test_a_c2c_message(decode_sample: Callable[[str], Event]) -> None:
    event = decode_sample("C2C_MESSAGE_CREATE")
    assert isinstance(event, C2CMessageCreate)
    assert event.conversation == ("c2c", "E4F4AEA33253A2797FB897C50B81D7ED")
    assert event.author_id == "E4F4AEA33253A2797FB897C50B81D7ED"
    assert event.message_id == "ROBOT1.0_.b6nx.CVryAO0nR58RXuU6SC.m92gc19j02qKqdm8ek!"
    assert event.text == "123"


def test_a_c2c_message_with_a_picture(decode_sample: Callable[[str], Event]) -> None:
    event = decode_sample("C2C_MESSAGE_CREATE.image")
    assert isinstance(event, C2CMessageCreate)
    assert event.text == ""
    assert event.author.union_openid == "00000000000000000000000000000000"
    (picture,) = event.attachments
    assert (picture.content_type, picture.filename) == ("image/jpeg", "0.jpg")
    assert (picture.width, picture.height, picture.size) == (100, 100, 1234)
    assert picture.url == "https://example.invalid/image.jpg"
    assert event.message_scene is not None  # and it has no `ext`, which one client cannot do without
    assert event.message_scene.source == "default"


@pytest.mark.parametrize(
    ("payload", "conversation"),
    [
        ('{"author":{"user_openid":"U"}}', ("c2c", "U")),
        ('{"author":{"id":"U"}}', ("c2c", "U")),
        ('{"author":{}}', None),
    ],
)
def test_any_subset_of_a_persons_ids_will_do(
    decode_as: Callable[[str, str], Event], payload: str, conversation: tuple[str, str] | None
) -> None:
    event = decode_as("C2C_MESSAGE_CREATE", payload)
    assert event.conversation == conversation
    assert event.author_id == (conversation[1] if conversation else None)


def test_a_direct_message_without_its_guild_has_no_conversation(decode_as: Callable[[str, str], Event]) -> None:
    assert decode_as("DIRECT_MESSAGE_CREATE", "{}").conversation is None


def test_escaped_content_is_kept_raw_and_offered_clean(decode_as: Callable[[str, str], Event]) -> None:
    event = decode_as("AT_MESSAGE_CREATE", '{"content":"<@!61> /calc 1 &lt; 2 &amp;&amp; 3"}')
    assert isinstance(event, AtMessageCreate)
    assert event.content == "<@!61> /calc 1 &lt; 2 &amp;&amp; 3"
    assert event.text == "/calc 1 < 2 && 3"


def test_an_escaped_mention_is_a_persons_own_words(decode_as: Callable[[str, str], Event]) -> None:
    assert decode_as("AT_MESSAGE_CREATE", '{"content":"&lt;@!61&gt; hi"}').text == "<@!61> hi"


def test_text_outside_guilds_is_not_escaped_on_the_wire(decode_as: Callable[[str, str], Event]) -> None:
    assert decode_as("C2C_MESSAGE_CREATE", '{"content":"&lt;"}').text == "&lt;"


@pytest.mark.parametrize("type_name", ["MESSAGE_CREATE", "GROUP_MESSAGE_CREATE", "C2C_MESSAGE_CREATE"])
def test_a_bots_own_words_are_marked(decode_as: Callable[[str, str], Event], type_name: str) -> None:
    assert decode_as(type_name, '{"author":{"bot":true}}').is_from_bot is True


def test_what_else_a_guild_message_can_carry(decode_as: Callable[[str, str], Event]) -> None:
    event = decode_as(
        "MESSAGE_CREATE",
        '{"mentions":[{"id":"61","bot":true}],"mention_everyone":true,"message_reference":{"message_id":"m1"},'
        '"edited_timestamp":"2021-05-20T15:14:58+08:00","seq_in_channel":"101","embeds":[{"title":"t"}],"ark":{"a":1}}',
    )
    assert isinstance(event, MessageCreate)
    assert event.mentions[0].id == "61"
    assert event.mention_everyone is True
    assert event.message_reference is not None
    assert event.message_reference.message_id == "m1"
    assert event.edited_timestamp == datetime(2021, 5, 20, 15, 14, 58, tzinfo=CHINA)
    assert event.seq_in_channel == "101"
    assert event.embeds == [{"title": "t"}]
    assert event.ark == {"a": 1}


def test_a_message_of_no_known_place_still_has_author_and_text() -> None:
    message = Message(content=" hi ")
    assert message.text == "hi"
    assert message.author_id is None
    assert message.conversation is None
