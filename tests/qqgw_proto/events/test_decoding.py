from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from qqgw_proto.errors import EventDecodeError
from qqgw_proto.events import (
    AtMessageCreate,
    C2CMessageCreate,
    Event,
    ForumThreadCreate,
    GroupAtMessageCreate,
    GuildCreate,
    MessageCreate,
    conversation_of,
    decode,
    decode_each,
    decoding,
)
from qqgw_proto.wire.frames import Dispatch

OPENID = "E4F4AEA33253A2797FB897C50B81D7ED"
GROUP = "C9F778FE6ADF9D1D1DBE395BF744A33A"
CONVERSATIONS: list[tuple[str, tuple[str, str] | None]] = [
    ("READY", None),
    ("RESUMED", None),
    ("GUILD_CREATE", ("guild", "200000000")),
    ("CHANNEL_UPDATE", ("channel", "2943679")),
    ("GUILD_MEMBER_ADD", ("guild", "200000000")),
    ("MESSAGE_CREATE", ("channel", "100010")),
    ("MESSAGE_DELETE", ("channel", "100010")),
    ("MESSAGE_REACTION_ADD", ("channel", "12345")),
    ("DIRECT_MESSAGE_CREATE", ("dm", "18700000000001")),
    ("DIRECT_MESSAGE_DELETE", ("dm", "18700000000001")),
    ("OPEN_FORUM_POST_CREATE", ("channel", "1661124")),
    ("FORUM_THREAD_CREATE", ("channel", "1661124")),
    ("FORUM_THREAD_CREATE.wire", ("channel", "1661124")),
    ("AUDIO_START", ("channel", "100010")),
    ("AUDIO_OR_LIVE_CHANNEL_MEMBER_EXIT", ("channel", "1661124")),
    ("ENTER_AIO", ("c2c", OPENID)),
    ("FRIEND_DEL", ("c2c", OPENID)),
    ("SUBSCRIBE_MESSAGE_STATUS", ("c2c", OPENID)),
    ("C2C_MESSAGE_CREATE", ("c2c", OPENID)),
    ("C2C_MESSAGE_CREATE.image", ("c2c", OPENID)),
    ("GROUP_AT_MESSAGE_CREATE", ("group", GROUP)),
    ("GROUP_MEMBER_REMOVE", ("group", GROUP)),
    ("INTERACTION_CREATE", ("c2c", OPENID)),
    ("INTERACTION_CREATE.c2c_menu", ("c2c", OPENID)),
    ("INTERACTION_CREATE.guild", ("channel", "100010")),
    ("MESSAGE_AUDIT_PASS", ("channel", "1699792")),
]


def frame(type_name: str | None, payload: str | bytes) -> Dispatch:
    return Dispatch(op=0, t=type_name, d=msgspec.Raw(payload if isinstance(payload, bytes) else payload.encode()))


def test_absent_fields_are_tolerated() -> None:
    event = decode(frame("GUILD_CREATE", "{}"))
    assert isinstance(event, GuildCreate)
    assert event.id is None
    assert event.name == ""


def test_extra_fields_are_tolerated_and_stay_in_the_raw_payload() -> None:
    event = decode(frame("GUILD_CREATE", '{"id":"1","new":{"deep":[1,2]}}'))
    assert event.guild == "1"
    assert bytes(event.raw) == b'{"id":"1","new":{"deep":[1,2]}}'


def test_mentions_that_are_null() -> None:
    event = decode(frame("AT_MESSAGE_CREATE", '{"content":"hi","mentions":null,"attachments":null,"author":null}'))
    assert isinstance(event, AtMessageCreate)
    assert event.mentions == ()
    assert event.attachments == ()
    assert event.author_id is None
    assert event.text == "hi"


def test_ids_written_as_numbers_are_exact_text() -> None:
    event = decode(frame("AT_MESSAGE_CREATE", '{"guild_id":9223372036854775809,"author":{"id":144115218182563108}}'))
    assert event.guild == "9223372036854775809"
    assert event.author_id == "144115218182563108"


def test_numbers_and_truth_values_written_as_text_are_read() -> None:
    event = decode(frame("MESSAGE_CREATE", '{"seq":"101","author":{"bot":"true"},"attachments":[{"size":"5"}]}'))
    assert isinstance(event, MessageCreate)
    assert event.raw_seq == 101
    assert event.is_from_bot is True
    assert event.attachments[0].size == 5


def test_forum_titles_come_as_arrays_or_as_json_in_text(decode_sample: Callable[[str], Event]) -> None:
    documented, wire = decode_sample("FORUM_THREAD_CREATE"), decode_sample("FORUM_THREAD_CREATE.wire")
    assert isinstance(documented, ForumThreadCreate)
    assert isinstance(wire, ForumThreadCreate)
    assert documented.thread_info.title == wire.thread_info.title == "Test"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (r"hi \ud83d", "hi \ufffd"),
        (r"\udc00\ud83d\ude00", "\ufffd\U0001f600"),
        (r"\\ud800 \ud800", "\\ud800 \ufffd"),
    ],
)
def test_a_character_cut_in_two_costs_nothing_but_itself(content: str, text: str) -> None:
    """Text that was cut to a length, such as a nick: what is left of the last character cannot even be logged."""
    payload = f'{{"id":"1","group_openid":"G","content":"{content}","author":{{"member_openid":"A"}},"mentions":null}}'
    dispatch = frame("GROUP_AT_MESSAGE_CREATE", payload)
    event = decode(dispatch)
    assert isinstance(event, GroupAtMessageCreate)
    assert (event.text, event.author_id, event.conversation) == (text, "A", ("group", "G"))
    assert conversation_of(dispatch) == ("group", "G")
    assert bytes(event.raw).decode() == payload
    [again] = decode_each([dispatch])
    assert again is not None
    assert again.text == text


def test_a_mended_event_has_its_frame_too(sample: Callable[[str], Dispatch]) -> None:
    dispatch = sample("FORUM_THREAD_CREATE")
    assert decode(dispatch).frame is dispatch


@pytest.mark.parametrize(
    ("type_name", "payload", "path", "why"),
    [
        ("GROUP_AT_MESSAGE_CREATE", '{"author":{"member_openid":["x"]}}', "$.author.member_openid", "Expected `str"),
        ("MESSAGE_CREATE", '{"attachments":[{},{"size":"big"}]}', "$.attachments[1].size", "Expected `int"),
        ("GUILD_CREATE", '{"member_count":1.5}', "$.member_count", "Expected `int"),
        ("GUILD_CREATE", '{"name":true}', "$.name", "Expected `str`"),
        ("READY", '{"shard":[1]}', "$.shard", "Expected `array`"),
        ("FRIEND_ADD", "null", "$", "Expected `object`, got `null`"),
        ("FRIEND_ADD", "[1]", "$", "Expected `object`, got `array`"),
        ("FRIEND_ADD", '{"openid":', "$", "Input data was truncated"),
        ("FRIEND_ADD", '{"new":1e999,"openid":[]}', "$.openid", "Expected `str"),
        ("FRIEND_ADD", '{"openid":["\\ud800"]}', "$.openid", "Expected `str"),
        ("FRIEND_ADD", '{"timestamp":1e999}', "$.timestamp", "Number out of range"),
        ("FRIEND_ADD", b'{"openid":"\xff"}', "$", "not UTF-8"),
        ("FRIEND_ADD", '{"a":' + "[" * 20_000 + "]" * 20_000 + "}", "$", "nested too deeply"),
    ],
)
def test_a_wrong_shape_is_an_error_that_names_type_path_and_fault(
    type_name: str, payload: str | bytes, path: str, why: str
) -> None:
    with pytest.raises(EventDecodeError) as caught:
        decode(frame(type_name, payload))
    assert caught.value.type_name == type_name
    assert caught.value.path == path
    assert caught.value.message.startswith(f"{type_name} does not decode at {path}: {why}")


@pytest.mark.parametrize(("name", "conversation"), CONVERSATIONS)
def test_the_conversation_is_found_without_the_event(
    sample: Callable[[str], Dispatch], name: str, conversation: tuple[str, str] | None
) -> None:
    assert conversation_of(sample(name)) == conversation
    assert conversation_of(sample(name)) == conversation


def test_ids_of_conversations_are_mended_like_those_of_events() -> None:
    assert conversation_of(frame("GROUP_MESSAGE_CREATE", '{"group_openid":null,"group_id":5}')) == ("group", "5")
    assert conversation_of(frame("MESSAGE_CREATE", '{"channel_id":144115218182563108}')) == (
        "channel",
        "144115218182563108",
    )


def test_a_fault_elsewhere_does_not_hide_the_conversation() -> None:
    broken = frame("GROUP_AT_MESSAGE_CREATE", '{"group_openid":"G","content":[1]}')
    assert conversation_of(broken) == ("group", "G")
    with pytest.raises(EventDecodeError):
        decode(broken)


@pytest.mark.parametrize("payload", ["null", "5", '{"channel_id":[]}', '{"channel', b"\xff"])
def test_ids_of_the_wrong_shape_are_no_conversation(payload: str | bytes) -> None:
    assert conversation_of(frame("MESSAGE_CREATE", payload)) is None


def test_unknown_types_have_their_usual_conversation() -> None:
    assert conversation_of(frame("ROBOT_DREAMS", '{"group_openid":"G"}')) == ("group", "G")
    assert conversation_of(frame(None, '{"channel_id":"2"}')) == ("channel", "2")


def test_another_name_of_a_type_is_the_same_type() -> None:
    assert conversation_of(frame("ON_MIC", '{"channel_id":"2"}')) == ("channel", "2")


def test_two_events_of_a_type_are_independent() -> None:
    first = decode(frame("C2C_MESSAGE_CREATE", '{"author":{"user_openid":"A"}}'))
    second = decode(frame("C2C_MESSAGE_CREATE", '{"content":"b"}'))
    assert isinstance(first, C2CMessageCreate)
    assert isinstance(second, C2CMessageCreate)
    assert (first.author_id, second.author_id) == ("A", None)
    assert (first.content, second.content) == ("", "b")


def test_group_messages_are_decoded_from_a_frame_received_whole() -> None:
    wire = b'{"t":"GROUP_AT_MESSAGE_CREATE","d":{"content":" /ping","group_openid":"G"},"id":"e1","op":0,"s":3}'
    event = decode(msgspec.json.decode(wire, type=Dispatch))
    assert isinstance(event, GroupAtMessageCreate)
    assert (event.text, event.event_id, event.seq) == ("/ping", "e1", 3)


def test_many_are_decoded_in_one_call_each_as_by_itself() -> None:
    frames = [
        frame("GUILD_CREATE", '{"id":"1"}'),
        frame("GUILD_CREATE", '{"id":["no id"]}'),
        frame("AT_MESSAGE_CREATE", '{"id":"2","seq":"101"}'),  # mended: a number written as text
        frame("GUILD_CREATE", "{"),
        frame("NEVER_HEARD_OF", '{"id":"3"}'),
    ]
    events = decode_each(frames)
    assert [event and event.type_name for event in events] == [
        "GUILD_CREATE",
        None,
        "AT_MESSAGE_CREATE",
        None,
        "NEVER_HEARD_OF",
    ]
    assert [event.frame for event in events if event] == [frames[0], frames[2], frames[4]]


def test_types_that_are_not_known_leave_nothing_behind() -> None:
    # A gateway may invent types for ever; whatever is kept by type is bounded by those that are known (I12).
    kept = [vars(decoding)[name] for name in ("_readers", "_place_readers")]
    strange = [frame(f"NEVER_HEARD_OF_{number}", '{"id":"3"}') for number in range(100)]
    decode_each([*strange, frame("GUILD_CREATE", '{"id":"1"}')])
    for one in strange:
        conversation_of(one)
    conversation_of(frame("GUILD_CREATE", '{"id":"1"}'))
    assert [name for one in kept for name in one if str(name).startswith("NEVER")] == []
    assert ["GUILD_CREATE" in one for one in kept] == [True, True]
