"""From a sample payload to one that happens now."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from random import Random
from typing import cast

import pytest

from qqgw_trio.simulator.dressing import Scene, dress, event_id
from qqgw_trio.simulator.people import Places
from qqgw_trio.simulator.samples import JsonObject, load_samples

PLACES = Places(1)
GUILD = PLACES.guilds[0]
SCENE = Scene(
    person=PLACES.people[0],
    guild=GUILD,
    channel_id=GUILD.channel_ids[0],
    group_openid=PLACES.groups[0],
    text="hello",
    moment=datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC),
    number=7,
)


def dressed(type_name: str, variant: int = 0) -> JsonObject:
    return dress(type_name, load_samples()[type_name][variant], SCENE, Random(1))


def test_the_sample_itself_is_never_changed() -> None:
    before = {name: str(shapes) for name, shapes in load_samples().items()}
    for name in load_samples():
        dressed(name)
    assert {name: str(shapes) for name, shapes in load_samples().items()} == before


def test_a_value_keeps_its_json_type() -> None:
    assert dressed("FORUM_REPLY_CREATE")["guild_id"] == int(GUILD.guild_id)
    assert dressed("FORUM_POST_CREATE")["guild_id"] == GUILD.guild_id


def test_times_are_numbers_where_the_sample_has_numbers() -> None:
    assert dressed("FRIEND_ADD")["timestamp"] == 1777636800
    assert dressed("GROUP_AT_MESSAGE_CREATE")["timestamp"] == "2026-05-01T12:00:00+00:00"


def test_an_empty_group_stays_empty() -> None:
    assert dressed("SUBSCRIBE_MESSAGE_STATUS")["group_openid"] == ""


@pytest.mark.parametrize(
    ("type_name", "expected"),
    [("GUILD_CREATE", GUILD.guild_id), ("CHANNEL_UPDATE", GUILD.channel_ids[0])],
)
def test_places_are_named_by_their_own_id(type_name: str, expected: str) -> None:
    assert dressed(type_name)["id"] == expected


def test_a_member_of_a_guild_has_no_id_of_its_own() -> None:
    assert "id" not in dressed("GUILD_MEMBER_ADD")


def test_an_interaction_gets_an_id_of_its_own() -> None:
    assert dressed("INTERACTION_CREATE")["id"] != load_samples()["INTERACTION_CREATE"][0]["id"]


def test_a_deletion_names_the_place_inside_the_message() -> None:
    message = cast("JsonObject", dressed("MESSAGE_DELETE")["message"])
    assert message["guild_id"] == GUILD.guild_id
    assert message["channel_id"] == GUILD.channel_ids[0]


def test_an_attachment_of_a_sample_stays() -> None:
    assert "attachments" in dressed("C2C_MESSAGE_CREATE", variant=1)


def test_notices_are_numbered_by_uuid_and_messages_by_letters() -> None:
    assert re.fullmatch(r"FRIEND_ADD:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", _id("FRIEND_ADD"))
    assert re.fullmatch(r"C2C_MESSAGE_CREATE:[a-z0-9]{32}", _id("C2C_MESSAGE_CREATE"))


def _id(type_name: str) -> str:
    return event_id(type_name, Random(1))
