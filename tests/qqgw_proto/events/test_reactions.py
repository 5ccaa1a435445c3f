from __future__ import annotations

from collections.abc import Callable

import pytest

from qqgw_proto.events import (
    Event,
    MessageReactionAdd,
    MessageReactionEvent,
    MessageReactionRemove,
    ReactionTargetType,
)


@pytest.mark.parametrize(
    ("type_name", "shape"),
    [("MESSAGE_REACTION_ADD", MessageReactionAdd), ("MESSAGE_REACTION_REMOVE", MessageReactionRemove)],
)
def test_a_reaction(decode_sample: Callable[[str], Event], type_name: str, shape: type[MessageReactionEvent]) -> None:
    event = decode_sample(type_name)
    assert isinstance(event, shape)
    assert event.conversation == ("channel", "12345")
    assert event.guild == "11110011112222"
    assert event.author_id == "1111222233333"
    assert (event.emoji.id, event.emoji.type) == ("277", 1)
    assert event.target.type is ReactionTargetType.MESSAGE
    assert event.message_id == "2"
    assert event.reply_key == "event_id"


@pytest.mark.parametrize(
    ("wire", "kind"),
    [
        ("0", ReactionTargetType.MESSAGE),
        ("1", ReactionTargetType.THREAD),
        ("2", ReactionTargetType.POST),
        ("3", ReactionTargetType.REPLY),
        ('"3"', ReactionTargetType.REPLY),
        ('"ReactionTargetType_MSG"', ReactionTargetType.MESSAGE),
        ('"ReactionTargetType_FEED"', ReactionTargetType.THREAD),
        ('"ReactionTargetType_COMMNENT"', ReactionTargetType.POST),
        ('"ReactionTargetType_COMMENT"', ReactionTargetType.POST),
        ('"ReactionTargetType_REPLY"', ReactionTargetType.REPLY),
        ('"ReactionTargetType_NEW"', None),
        ("17", None),
        ("null", None),
    ],
)
def test_the_target_is_a_number_or_a_text_even_a_misspelt_one(
    decode_as: Callable[[str, str], Event], wire: str, kind: ReactionTargetType | None
) -> None:
    event = decode_as("MESSAGE_REACTION_ADD", f'{{"target":{{"id":"m1","type":{wire}}}}}')
    assert isinstance(event, MessageReactionAdd)
    assert event.target.type is kind
    assert event.message_id == ("m1" if kind is ReactionTargetType.MESSAGE else None)
