"""Where a message goes, what it names; `test_context` has the answers themselves."""

from __future__ import annotations

import pytest

from qqgw_proto.events import decode
from qqgw_trio.handler.handler_errors import CannotReply
from qqgw_trio.handler.sending import place_of, reference_of
from support.handling import make_dispatch


@pytest.mark.parametrize(
    ("type_name", "data", "place"),
    [
        ("GROUP_AT_MESSAGE_CREATE", {"group_openid": "G"}, ("group", "G")),
        ("C2C_MESSAGE_CREATE", {"author": {"user_openid": "U"}}, ("c2c", "U")),
        ("AT_MESSAGE_CREATE", {"channel_id": "7", "guild_id": "1"}, ("channel", "7")),
        ("DIRECT_MESSAGE_CREATE", {"guild_id": "8"}, ("dm", "8")),
        ("MESSAGE_REACTION_ADD", {"channel_id": "7", "guild_id": "1"}, ("channel", "7")),
    ],
)
def test_an_event_is_answered_in_its_conversation(type_name: str, data: object, place: tuple[str, str]) -> None:
    assert place_of(decode(make_dispatch(type_name, data))) == place


def test_a_guild_and_nowhere_are_no_places() -> None:
    for type_name, why in (("GUILD_CREATE", "no channel"), ("READY", "no place")):
        with pytest.raises(CannotReply, match=f"{type_name} happened in {why} that could be answered"):
            place_of(decode(make_dispatch(type_name)))


def test_a_message_is_named_by_its_id_and_a_notice_by_the_frames() -> None:
    """`protocol.md` 6.2."""
    message = decode(make_dispatch("GROUP_AT_MESSAGE_CREATE", {"id": "M"}, "E"))
    assert reference_of(message) == ({"msg_id": "M"}, "M")
    for type_name in ("INTERACTION_CREATE", "FRIEND_ADD", "GROUP_ADD_ROBOT", "GUILD_MEMBER_ADD", "FORUM_POST_CREATE"):
        assert reference_of(decode(make_dispatch(type_name, {}, "E"))) == ({"event_id": "E"}, "E")
    for type_name in ("GROUP_DEL_ROBOT", "MESSAGE_DELETE", "CHANNEL_CREATE"):
        with pytest.raises(CannotReply, match=f"{type_name} is no event that a reply can name"):
            reference_of(decode(make_dispatch(type_name, {}, "E")))
