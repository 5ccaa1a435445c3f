"""Message bodies: what goes to channels, what to groups and C2C, and what cannot work."""

from __future__ import annotations

from typing import Any

import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.handler.messages import Content, MessageFields, channel_body, content_fields, direct_body, is_repeatable
from qqgw_trio.rest.api_types import UploadedFile


def test_a_channels_message_has_neither_msg_type_nor_msg_seq() -> None:
    # The columns of POST:27-49.
    fields: MessageFields = {"content": "hi", "msg_id": "m", "msg_type": 0, "msg_seq": 2, "image": "https://x/y.png"}
    assert channel_body(fields) == {"content": "hi", "msg_id": "m", "image": "https://x/y.png"}


def test_a_channel_takes_no_media() -> None:
    with pytest.raises(ConfigurationError, match="a channel takes no media"):
        channel_body({"media": {"file_info": "f"}})


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        # SEND:73-84,136-147
        ({"content": "hi"}, {"content": "hi", "msg_type": 0}),
        ({"markdown": {"content": "*"}}, {"markdown": {"content": "*"}, "msg_type": 2}),
        ({"keyboard": {"id": "k"}}, {"keyboard": {"id": "k"}, "msg_type": 2}),
        ({"ark": {"template_id": 23}}, {"ark": {"template_id": 23}, "msg_type": 3}),
        ({"embed": {"title": "t"}}, {"embed": {"title": "t"}, "msg_type": 4}),
        ({"media": {"file_info": "f"}}, {"media": {"file_info": "f"}, "msg_type": 7, "content": " "}),
        ({"media": {"file_info": "f"}, "content": "x"}, {"media": {"file_info": "f"}, "content": "x", "msg_type": 7}),
        ({"content": "hi", "msg_type": 2}, {"content": "hi", "msg_type": 2}),
        (
            {"content": "hi", "event_id": "e", "msg_seq": 3, "msg_id": ""},
            {"content": "hi", "event_id": "e", "msg_seq": 3, "msg_type": 0},
        ),
    ],
)
def test_a_group_message_names_its_type(fields: MessageFields, body: dict[str, object]) -> None:
    assert direct_body(fields) == body


@pytest.mark.parametrize("fields", [{}, {"content": ""}, {"msg_id": "m"}, {"markdown": {}}])
def test_a_message_needs_something_to_send(fields: MessageFields) -> None:
    for body_of in (channel_body, direct_body):
        with pytest.raises(ConfigurationError, match="a message needs something to send"):
            body_of(fields)


def test_a_message_replies_to_a_message_or_to_an_event() -> None:
    with pytest.raises(ConfigurationError, match="msg_id and event_id exclude each other"):
        direct_body({"content": "hi", "msg_id": "m", "event_id": "e"})


@pytest.mark.parametrize(
    ("body", "repeatable"),
    [
        # SEND:84: the pair (msg_id, msg_seq) must be unique
        ({"msg_id": "m", "msg_seq": 1}, True),
        ({"event_id": "e", "msg_seq": 1}, True),
        ({"msg_id": "m"}, False),
        ({"msg_seq": 1}, False),
        ({}, False),
    ],
)
def test_only_a_reply_with_a_number_can_be_sent_twice(body: dict[str, object], *, repeatable: bool) -> None:
    assert is_repeatable(body) is repeatable


@pytest.mark.parametrize(
    ("text", "content", "fields"),
    [
        ("hi", {}, {"content": "hi"}),
        ("", {"image": "https://x/y.png"}, {"image": "https://x/y.png"}),
        ("hi", {"markdown": "# hi"}, {"content": "hi", "markdown": {"content": "# hi"}}),
        ("", {"markdown": {"custom_template_id": "1"}}, {"markdown": {"custom_template_id": "1"}}),
        ("which?", {"keyboard": {"id": "k"}}, {"markdown": {"content": "which?"}, "keyboard": {"id": "k"}}),
        ("", {"keyboard": {"id": "k"}}, {"keyboard": {"id": "k"}}),
        (
            "hi",
            {"keyboard": {"id": "k"}, "markdown": "# hi"},
            {"content": "hi", "markdown": {"content": "# hi"}, "keyboard": {"id": "k"}},
        ),
        (
            "",
            {"ark": {"template_id": 1}, "embed": {"title": "t"}},
            {"ark": {"template_id": 1}, "embed": {"title": "t"}},
        ),
        ("", {"media": {"file_info": "f"}}, {"media": {"file_info": "f"}}),
        ("", {"media": UploadedFile(file_info="f")}, {"media": {"file_info": "f"}}),
        ("", {"image": "", "markdown": ""}, {}),
    ],
)
def test_what_a_handler_says_becomes_fields(text: str, content: Content, fields: MessageFields) -> None:
    assert content_fields(text, content) == fields


def test_what_no_message_has_is_told() -> None:
    with pytest.raises(
        ConfigurationError, match="a message has no picture: give any of markdown, keyboard, ark, embed"
    ):
        content_fields("hi", {"picture": "x"})  # type: ignore[typeddict-unknown-key]


def test_a_group_message_is_one_of_its_kinds() -> None:
    with pytest.raises(ConfigurationError, match="cannot be media and markdown at once: send them as two messages"):
        direct_body({"media": {"file_info": "f"}, "markdown": {"content": "#"}})


def test_a_text_is_text_and_something_must_be_sent() -> None:
    number: Any = 5
    with pytest.raises(ConfigurationError, match="the text of a message must be text, not 5"):
        content_fields(number, {})
    with pytest.raises(ConfigurationError, match="a message needs something to send: give text or one of markdown, "):
        direct_body({})
