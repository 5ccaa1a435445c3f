"""Guilds, channels, members, and messages taken back."""

from __future__ import annotations

import attrs
import pytest

from support.simulated import Bench


async def test_a_guild_its_channels_and_its_members_can_be_asked_for(bench: Bench) -> None:
    places = bench.platform.world.places
    guild, person = places.guilds[0], places.people[0]
    found = (await bench.get(f"/guilds/{guild.guild_id}")).json()
    assert (found["id"], found["name"]) == (guild.guild_id, "guild 0")
    channel = (await bench.get(f"/channels/{guild.channel_ids[1]}")).json()
    assert (channel["id"], channel["guild_id"], channel["name"]) == (guild.channel_ids[1], guild.guild_id, "channel 1")
    member = (await bench.get(f"/guilds/{guild.guild_id}/members/{person.user_id}")).json()
    assert (member["user"]["id"], member["nick"]) == (person.user_id, "member 1")


async def test_whoever_has_said_something_is_a_member(bench: Bench) -> None:
    bench.gateway.say("channel", "alice", "hello")
    guild, alice = bench.platform.world.places.guilds[0], bench.platform.world.places.person("alice")
    member = (await bench.get(f"/guilds/{guild.guild_id}/members/{alice.user_id}")).json()
    assert (member["user"]["username"], member["nick"]) == ("alice", "alice")


@pytest.mark.parametrize(
    ("path", "code"),
    [("/guilds/1", 10004), ("/channels/1", 10003), ("/guilds/1/members/1", 10004), ("/guilds/{}/members/1", 10007)],
)
async def test_what_is_unknown_is_refused(bench: Bench, path: str, code: int) -> None:
    response = await bench.get(path.format(bench.platform.world.places.guilds[0].guild_id))
    assert (response.status_code, response.json()["code"]) == (404, code)


@pytest.mark.parametrize(
    ("path", "recall"),
    [
        ("/channels/7/messages/m", ("channel", "7", "m", False)),
        ("/channels/7/messages/m?hidetip=true", ("channel", "7", "m", True)),
        ("/dms/8/messages/m", ("dm", "8", "m", False)),
        ("/v2/groups/G/messages/m", ("group", "G", "m", False)),
        ("/v2/users/U/messages/m", ("c2c", "U", "m", False)),
    ],
)
async def test_a_message_taken_back_is_noted(bench: Bench, path: str, recall: tuple[object, ...]) -> None:
    response = await bench.http.delete(path, headers={"Authorization": bench.token})
    assert response.status_code == 200
    [noted] = bench.ledger.recalls
    assert attrs.astuple(noted)[:4] == recall
