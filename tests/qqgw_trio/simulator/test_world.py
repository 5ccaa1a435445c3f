"""The seeded world."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import msgspec
import pytest

from qqgw_proto.errors import ConfigurationError
from qqgw_proto.events import InteractionCreate
from qqgw_proto.events.decoding import decode
from qqgw_proto.events.registry import EVENT_CLASSES
from qqgw_proto.wire.frames import Dispatch
from qqgw_trio.simulator.world import World, WorldEvent

EPOCH = datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC)


def world(seed: int = 1, now: float = 90.0) -> World:
    return World(seed, lambda: now, EPOCH)


def payload(event: WorldEvent | None) -> dict[str, object]:
    assert event is not None
    return msgspec.json.decode(event.payload, type=dict[str, object])


def draws(count: int, seed: int = 1) -> list[WorldEvent]:
    one = world(seed)
    return [event for event in (one.draw() for _ in range(count)) if event is not None]


def test_fifty_seven_draws_cover_all_types() -> None:
    types = [event.type_name for event in draws(57)]
    assert set(types) == set(EVENT_CLASSES) - {"READY", "RESUMED"}
    assert types != sorted(types)


def test_no_two_events_share_an_outer_id_and_no_two_messages_a_message_id() -> None:
    events = draws(1000)
    assert len({event.event_id for event in events}) == 1000
    messages = [event.message_id for event in events if event.message_id is not None]
    assert len(set(messages)) == len(messages) > 100


def test_the_same_seed_makes_the_same_events() -> None:
    assert draws(120) == draws(120)
    assert draws(120) != draws(120, seed=2)


def test_outer_ids_have_the_forms_seen_live() -> None:
    for event in draws(57):
        type_name, _, suffix = event.event_id.partition(":")
        assert type_name == event.type_name
        assert len(suffix) == (32 if event.kind else 36), event.event_id


def test_every_payload_decodes_as_its_class() -> None:
    for event in draws(228):
        decoded = decode(Dispatch(0, event.payload, 2, event.type_name, event.event_id))
        assert type(decoded) is EVENT_CLASSES[event.type_name]


def test_only_wanted_types_are_drawn() -> None:
    one = world()
    wanted = {"FRIEND_ADD", "FRIEND_DEL"}
    drawn = [one.draw(lambda type_name: type_name in wanted) for _ in range(4)]
    assert {event.type_name for event in drawn if event is not None} == wanted


def test_nothing_is_drawn_where_nothing_is_wanted() -> None:
    assert world().draw(lambda _type_name: False) is None


def test_a_group_message_has_every_field_that_clients_need() -> None:
    event = world().say("group", "alice", "/ping")
    data = payload(event)
    author = cast("dict[str, object]", data["author"])
    assert event.type_name == "GROUP_AT_MESSAGE_CREATE"
    assert data["content"] == " /ping"
    assert data["group_openid"] == data["group_id"]
    assert author["username"] == "alice"
    assert author["bot"] is False
    assert author["member_role"] == "member"
    assert author["id"] == author["member_openid"]
    assert cast("dict[str, object]", data["message_scene"])["source"] == "default"
    assert isinstance(cast("dict[str, object]", data["message_scene"])["ext"], list)
    assert data["timestamp"] == "2026-05-01T12:01:30+00:00"
    assert event.message_id == data["id"]


def test_a_c2c_message_has_every_field_that_clients_need() -> None:
    event = world().say("c2c", "alice", "hi")
    data = payload(event)
    author = cast("dict[str, object]", data["author"])
    assert event.type_name == "C2C_MESSAGE_CREATE"
    assert data["content"] == "hi"
    assert author["id"] == author["user_openid"]
    assert author["bot"] is False
    assert "message_scene" in data


def test_a_channel_message_bears_guild_channel_and_member() -> None:
    event = world().say("channel", "alice", "hi")
    data = payload(event)
    assert event.type_name == "AT_MESSAGE_CREATE"
    assert event.guild_id == int(str(data["guild_id"]))
    assert cast("dict[str, object]", data["author"])["bot"] is False
    assert cast("dict[str, object]", data["member"])["roles"] == ["1"]


def test_a_direct_message_has_a_synthetic_guild_and_names_the_real_one() -> None:
    one = world()
    data = payload(one.say("dm", "alice", "hi"))
    assert data["direct_message"] is True
    assert data["guild_id"] == one.places.person("alice").direct_guild_id
    assert data["src_guild_id"] == one.places.guilds[0].guild_id


def test_the_same_author_is_the_same_person_in_every_message() -> None:
    one = world()
    first, second = payload(one.say("c2c", "alice", "1")), payload(one.say("c2c", "alice", "2"))
    assert first["author"] == second["author"]
    assert first["id"] != second["id"]


def test_somebody_speaks_where_no_author_is_named() -> None:
    one = world()
    names = {person.name for person in one.places.people}
    author = cast("dict[str, object]", payload(one.say("c2c", None, "hi"))["author"])
    assert author["username"] in names


def test_the_space_before_group_messages_is_a_setting() -> None:
    plain = World(1, lambda: 0.0, EPOCH, group_mention_space=False)
    assert payload(plain.say("group", "alice", "/ping"))["content"] == "/ping"


def test_nobody_speaks_in_a_place_that_does_not_exist() -> None:
    with pytest.raises(ConfigurationError, match=r"'forum'.*group, c2c, channel, dm"):
        world().say("forum", "alice", "hi")


def test_the_press_of_a_button_in_a_group_can_be_ordered() -> None:
    press = decode(Dispatch(0, t="INTERACTION_CREATE", id="I", d=world().say("button", "alice", "tea").payload))
    assert isinstance(press, InteractionCreate)
    assert press.data.resolved.button_data == "tea"
    assert press.conversation == ("group", World(1, float, EPOCH).places.groups[0])
    assert press.id
    said = decode(Dispatch(0, t="GROUP_AT_MESSAGE_CREATE", d=world().say("group", "alice", "hello").payload))
    assert press.author_id == said.author_id
