from __future__ import annotations

from collections.abc import Callable

import pytest

from qqgw_proto.events import DirectMessageDelete, Event, MessageDelete, MessageDeletion, PublicMessageDelete


@pytest.mark.parametrize(
    ("type_name", "shape"), [("MESSAGE_DELETE", MessageDelete), ("PUBLIC_MESSAGE_DELETE", PublicMessageDelete)]
)
def test_a_deleted_message_of_a_guild(
    decode_sample: Callable[[str], Event], type_name: str, shape: type[MessageDeletion]
) -> None:
    event = decode_sample(type_name)
    assert isinstance(event, shape)
    assert event.conversation == ("channel", "100010")
    assert event.guild == "18700000000001"
    assert event.author_id == "1234"
    assert event.message_id == "0812345677890abcdef"
    assert event.message.author.username == "abc"
    assert event.is_from_bot is False
    assert event.reply_key is None


def test_a_deleted_direct_message(decode_sample: Callable[[str], Event]) -> None:
    event = decode_sample("DIRECT_MESSAGE_DELETE")
    assert isinstance(event, DirectMessageDelete)
    assert event.conversation == ("dm", "18700000000001")
    assert event.guild == "200000000"
    assert event.message.direct_message is True
    assert event.message_id == "0812345677890abcdef"


def test_who_deleted_is_not_who_wrote(decode_as: Callable[[str, str], Event]) -> None:
    event = decode_as("MESSAGE_DELETE", '{"message":{"author":{"id":"writer"}},"op_user":{"id":"mod","bot":true}}')
    assert event.author_id == "mod"
    assert event.is_from_bot is True


def test_a_deletion_of_which_nothing_is_said(decode_as: Callable[[str, str], Event]) -> None:
    assert decode_as("DIRECT_MESSAGE_DELETE", "{}").conversation is None
    assert decode_as("MESSAGE_DELETE", "{}").conversation is None
