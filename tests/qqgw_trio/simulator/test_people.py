"""Who chats in the world, and where."""

from __future__ import annotations

from qqgw_trio.simulator.people import Places


def test_the_same_name_and_seed_are_the_same_person() -> None:
    assert Places(1).person("alice") == Places(1).person("alice")
    assert Places(1).person("alice") != Places(2).person("alice")
    assert Places(1).person("alice") != Places(1).person("bob")


def test_ids_in_guilds_are_digits_and_openids_are_hex() -> None:
    places = Places(7)
    person = places.people[0]
    assert places.bot_user_id.isdecimal()
    assert person.user_id.isdecimal()
    assert len(person.user_openid) == 32
    assert set(person.user_openid) <= set("0123456789ABCDEF")


def test_a_person_has_another_openid_in_every_group_and_in_c2c() -> None:
    places = Places(1)
    person = places.people[0]
    openids = {person.user_openid, *(person.member_openid(group) for group in places.groups)}
    assert len(openids) == 1 + len(places.groups)


def test_the_guilds_lie_on_different_shards() -> None:
    assert {(int(guild.guild_id) >> 22) % 4 for guild in Places(0).guilds} == {0, 1, 2, 3}


def test_a_person_is_found_by_the_id_in_guilds() -> None:
    places = Places(1)
    assert places.person_of(places.people[2].user_id) is places.people[2]
    assert places.person_of("12345").name == "user 12345"
