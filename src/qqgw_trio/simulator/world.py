"""A seeded world that chats: `draw` makes the next event from the samples, `say` makes one person say one thing.

Types come round-robin in shuffled rounds: as many draws as there are types cover all of them. Every event has an outer
id, and every message a `d.id`, that no other event of the world has.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Final, cast

import attrs
import msgspec

from qqgw_proto.errors import ConfigurationError
from qqgw_trio.simulator.dressing import MESSAGE_KINDS, Scene, dress, event_id
from qqgw_trio.simulator.people import Places
from qqgw_trio.simulator.samples import JsonObject, load_samples

__all__ = ["SAYABLE", "World", "WorldEvent"]

SAYABLE: Final = {
    "group": "GROUP_AT_MESSAGE_CREATE",
    "c2c": "C2C_MESSAGE_CREATE",
    "channel": "AT_MESSAGE_CREATE",
    "dm": "DIRECT_MESSAGE_CREATE",
    "button": "INTERACTION_CREATE",
}
"""Type name by kind, of what can be said; `button` is the press of a button in a group, its data the text."""

_SENTENCES: Final = ("hello", "/ping", "what time is it?", "早上好", "在吗", "see you tomorrow", "谢谢 🙏", "/help me")
_encode = msgspec.json.Encoder().encode


@attrs.frozen
class WorldEvent:
    """Something that happened.

    Attributes:
        type_name: `t` of its frame.
        event_id: `id` of its frame.
        payload: `d`, encoded.
        guild_id: The guild that decides its shard, None outside of guilds.
        place: What decides its shard otherwise.
        kind: group, c2c, channel or dm for a message, else None.
        own_id: `d.id`: of a message what `msg_id` names, of an interaction what `PUT /interactions/{id}` names.
    """

    type_name: str
    event_id: str
    payload: msgspec.Raw
    guild_id: int | None
    place: str
    kind: str | None
    own_id: str | None

    @property
    def message_id(self) -> str | None:
        """`d.id` if this is a message."""
        return None if self.kind is None else self.own_id


class World:
    """One world.

    Args:
        seed: The same seed and calls make the same events.
        now: Seconds, growing.
        epoch: What the calendar shows when `now` is 0.
        group_mention_space: Whether group messages begin with the space that a mention leaves (EVT:140).
    """

    def __init__(
        self, seed: int, now: Callable[[], float], epoch: datetime, *, group_mention_space: bool = True
    ) -> None:
        self.places = Places(seed)
        self._rng = Random(f"world {seed}")
        self._now = now
        self._epoch = epoch
        self._space = " " if group_mention_space else ""
        self._samples = load_samples()
        self._round: list[str] = []
        self._number = 0

    @property
    def types(self) -> tuple[str, ...]:
        """The type names that can be drawn."""
        return tuple(self._samples)

    @property
    def moment(self) -> datetime:
        """What the calendar shows."""
        return self._epoch + timedelta(seconds=self._now())

    def draw(self, wanted: Callable[[str], bool] = lambda _type_name: True) -> WorldEvent | None:
        """The next event of a type that is wanted; None where none is."""
        type_name = self._next_type(wanted)
        if type_name is None:
            return None
        variants = self._samples[type_name]
        sample = variants[self._rng.randrange(len(variants))]
        scene = self._scene(self.anybody(), self._rng.choice(_SENTENCES))
        return self._event(type_name, sample, scene)

    def say(self, kind: str, author: str | None, text: str) -> WorldEvent:
        """One person says one thing.

        Args:
            kind: group, c2c, channel, dm or button.
            author: Anybody's name; None = whoever it may be.
            text: What is said; of a button its data.

        Raises:
            ConfigurationError: An unknown kind.
        """
        if kind not in SAYABLE:
            raise ConfigurationError(f"nobody can say anything in {kind!r}", remedy=f"use one of {', '.join(SAYABLE)}")
        type_name = SAYABLE[kind]
        scene = self._scene(author or self.anybody(), text)
        scene = attrs.evolve(
            scene,
            guild=self.places.guilds[0],
            channel_id=self.places.guilds[0].channel_ids[0],
            group_openid=self.places.groups[0],
        )
        sample = _press(scene) if kind == "button" else self._samples[type_name][0]
        return self._event(type_name, sample, scene)

    def anybody(self) -> str:
        """The name of somebody who is there."""
        return self._rng.choice(self.places.people).name

    def _next_type(self, wanted: Callable[[str], bool]) -> str | None:
        for _attempt in range(2):
            for index in range(len(self._round) - 1, -1, -1):
                if wanted(self._round[index]):
                    return self._round.pop(index)
            self._round = [*self._samples]
            self._rng.shuffle(self._round)
        return None

    def _scene(self, name: str, text: str) -> Scene:
        self._number += 1
        guild = self._rng.choice(self.places.guilds)
        return Scene(
            self.places.person(name),
            guild,
            self._rng.choice(guild.channel_ids),
            self._rng.choice(self.places.groups),
            text,
            self.moment,
            self._number,
        )

    def _event(self, type_name: str, sample: JsonObject, scene: Scene) -> WorldEvent:
        kind = MESSAGE_KINDS.get(type_name)
        if kind == "group" and type_name == SAYABLE["group"]:
            scene = attrs.evolve(scene, text=self._space + scene.text)
        data = dress(type_name, sample, scene, self._rng)
        own_id = data.get("id")
        guild_id = _guild_of(type_name, data)
        return WorldEvent(
            type_name,
            event_id(type_name, self._rng),
            msgspec.Raw(_encode(data)),
            None if guild_id is None else int(guild_id),
            scene.group_openid if "group_openid" in data else scene.person.user_openid,
            kind,
            own_id if isinstance(own_id, str) else None,
        )


def _press(scene: Scene) -> JsonObject:
    """Somebody presses a button in a group: "chat_type 1" with both of the group's ids (`protocol.md` 6)."""
    return {
        "application_id": "11111111",
        "chat_type": 1,
        "data": {"type": 11, "resolved": {"button_data": scene.text, "button_id": scene.text}},
        "group_member_openid": scene.person.member_openid(scene.group_openid),
        "group_openid": scene.group_openid,
        "id": "",
        "scene": "group",
        "timestamp": "",
        "type": 11,
        "version": 1,
    }


def _guild_of(type_name: str, data: JsonObject) -> str | int | None:
    """Where the guild's id stands in a payload."""
    if type_name in {"GUILD_CREATE", "GUILD_UPDATE", "GUILD_DELETE"}:
        return cast("str", data["id"])
    message = data.get("message")
    found = cast("JsonObject", message).get("guild_id") if isinstance(message, dict) else data.get("guild_id")
    return found if isinstance(found, (str, int)) else None
