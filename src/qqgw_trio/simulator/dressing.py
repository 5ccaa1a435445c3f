"""From a sample payload to one that happens now: fresh ids and times, an author with every field that clients need.

"Group/C2C events need author.bot, author.member_role, author.username, message_scene {source, ext[]},
author.member_openid / user_openid, group_openid, id, content, timestamp" (conformance 2.7). A value that is replaced
keeps its JSON type: where a sample has an id as a number, so has the event.
"""

from __future__ import annotations

import string
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random
from typing import Final, cast

import attrs

from qqgw_trio.simulator.people import Guild, Person
from qqgw_trio.simulator.samples import JsonObject

__all__ = ["MESSAGE_KINDS", "Scene", "dress", "event_id", "new_uuid"]

MESSAGE_KINDS: Final[Mapping[str, str]] = {
    "AT_MESSAGE_CREATE": "channel",
    "MESSAGE_CREATE": "channel",
    "DIRECT_MESSAGE_CREATE": "dm",
    "GROUP_AT_MESSAGE_CREATE": "group",
    "GROUP_MESSAGE_CREATE": "group",
    "C2C_MESSAGE_CREATE": "c2c",
}
"""Kind of conversation by type name, of the events that are messages."""

_LETTERS: Final = string.ascii_lowercase + string.digits
_MESSAGE_LETTERS: Final = string.ascii_letters + string.digits


@attrs.frozen
class Scene:
    """Who does what, where and when.

    Attributes:
        person: Who.
        guild: In which guild, if in a guild.
        channel_id: In which of its channels.
        group_openid: In which group, if in a group.
        text: What a message says.
        moment: When.
        number: Counts the events of a world.
    """

    person: Person
    guild: Guild
    channel_id: str
    group_openid: str
    text: str
    moment: datetime
    number: int


def event_id(type_name: str, rng: Random) -> str:
    """An outer id: `<T>:<uuid>` for notices, `<T>:<lowercase alnum>` for messages (2.1)."""
    if type_name in MESSAGE_KINDS:
        return f"{type_name}:{_random_text(rng, _LETTERS, 32)}"
    return f"{type_name}:{new_uuid(rng)}"


def new_uuid(rng: Random) -> str:
    """A version 4 UUID from the world's own chance."""
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def dress(type_name: str, sample: Mapping[str, object], scene: Scene, rng: Random) -> JsonObject:
    """Makes the payload of one event."""
    data = dict(sample)
    kind = MESSAGE_KINDS.get(type_name)
    if kind is None:
        _refresh(type_name, data, scene, rng)
    else:
        data.update(timestamp=_rfc3339(scene), content=scene.text, **_MAKERS[kind](scene, rng))
    return data


def _channel_message(scene: Scene, rng: Random) -> JsonObject:
    return {
        "id": f"08{rng.getrandbits(184):046x}",
        "author": _guild_author(scene.person),
        "member": {"joined_at": "2021-04-12T16:34:42+08:00", "nick": scene.person.name, "roles": ["1"]},
        "guild_id": scene.guild.guild_id,
        "channel_id": scene.channel_id,
        "seq": scene.number,
        "seq_in_channel": str(scene.number),
    }


def _direct_message(scene: Scene, rng: Random) -> JsonObject:
    conversation: JsonObject = {
        "guild_id": scene.person.direct_guild_id,
        "channel_id": scene.person.direct_channel_id,
        "direct_message": True,
        "src_guild_id": scene.guild.guild_id,
    }
    return {**_channel_message(scene, rng), **conversation}


def _group_message(scene: Scene, rng: Random) -> JsonObject:
    openid = scene.person.member_openid(scene.group_openid)
    return {
        "id": _robot_id(rng),
        "author": {
            "id": openid,
            "member_openid": openid,
            "union_openid": scene.person.union_openid,
            "username": scene.person.name,
            "bot": False,
            "member_role": "member",
        },
        "group_id": scene.group_openid,
        "group_openid": scene.group_openid,
        "message_scene": _message_scene(scene),
        "message_type": 0,
    }


def _c2c_message(scene: Scene, rng: Random) -> JsonObject:
    person = scene.person
    return {
        "id": _robot_id(rng),
        "author": {
            "id": person.user_openid,
            "user_openid": person.user_openid,
            "union_openid": person.union_openid,
            "username": person.name,
            "bot": False,
        },
        "message_scene": _message_scene(scene),
        "message_type": 0,
    }


_MAKERS: Final[Mapping[str, Callable[[Scene, Random], JsonObject]]] = {
    "channel": _channel_message,
    "dm": _direct_message,
    "group": _group_message,
    "c2c": _c2c_message,
}


def _guild_author(person: Person) -> JsonObject:
    return {"id": person.user_id, "username": person.name, "avatar": "http://thirdqq.qlogo.cn/0", "bot": False}


def _message_scene(scene: Scene) -> JsonObject:
    return {"source": "default", "ext": [f"msg_idx=REFIDX_{scene.number}"]}


def _refresh(type_name: str, data: JsonObject, scene: Scene, rng: Random) -> None:
    """Everything that is no message: the places, the people, the time; what else the sample says stays."""
    _replace(data, "guild_id", scene.guild.guild_id)
    _replace(data, "channel_id", scene.channel_id)
    _replace(data, "group_openid", scene.group_openid)
    _replace(data, "member_openid", scene.person.member_openid(scene.group_openid))
    for name in ("openid", "user_openid"):
        _replace(data, name, scene.person.user_openid)
    _replace(data, "user_id", scene.person.user_id)
    if "timestamp" in data:
        number = isinstance(data["timestamp"], int)
        data["timestamp"] = int(scene.moment.timestamp()) if number else _rfc3339(scene)
    if type_name.startswith("GUILD_") and "id" in data:
        data["id"] = scene.guild.guild_id
    elif type_name.startswith("CHANNEL_"):
        data["id"] = scene.channel_id
    elif type_name == "INTERACTION_CREATE":
        data["id"] = new_uuid(rng)
    elif isinstance(data.get("message"), dict):
        message = dict(cast("JsonObject", data["message"]))
        message.update(guild_id=scene.guild.guild_id, channel_id=scene.channel_id)
        data["message"] = message


def _replace(data: JsonObject, name: str, value: str) -> None:
    """Puts a value in the place of one that is there, with its type; an empty text stays ("no group")."""
    old = data.get(name)
    if isinstance(old, int):
        data[name] = int(value)
    elif isinstance(old, str) and old:
        data[name] = value


def _rfc3339(scene: Scene) -> str:
    return scene.moment.isoformat(timespec="seconds")


def _robot_id(rng: Random) -> str:
    return f"ROBOT1.0_{_random_text(rng, _MESSAGE_LETTERS, 64)}"


def _random_text(rng: Random, letters: str, count: int) -> str:
    return "".join(rng.choices(letters, k=count))
