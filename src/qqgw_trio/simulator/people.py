"""Who chats in the world, and where: ids that stay the same for a name and a seed.

"openids are per-bot; member_openid is additionally per-group: user_openid is not member_openid for the same person"
(`protocol.md` 9). Ids of guilds, channels and users in guilds are decimal text of up to 64 bits.
"""

from __future__ import annotations

import hashlib
from random import Random

import attrs

__all__ = ["Guild", "Person", "Places"]


@attrs.frozen
class Person:
    """One user.

    Attributes:
        name: As shown.
        user_id: In guilds, digits.
        user_openid: In C2C chats.
        union_openid: Over all bots of one owner.
        direct_guild_id: "A guild DM has a synthetic guild_id per conversation" (`protocol.md` 5).
        direct_channel_id: The channel of that conversation.
    """

    name: str
    user_id: str
    user_openid: str
    union_openid: str
    direct_guild_id: str
    direct_channel_id: str

    def member_openid(self, group_openid: str) -> str:
        """The person's id inside one group."""
        return _openid(self.union_openid, group_openid)


@attrs.frozen
class Guild:
    """One guild and its channels."""

    guild_id: str
    channel_ids: tuple[str, ...]


class Places:
    """The world's inhabitants.

    Args:
        seed: The same seed has the same inhabitants.
    """

    def __init__(self, seed: int) -> None:
        rng = Random(f"places {seed}")
        self._seed = str(seed)
        self._known: dict[str, Person] = {}
        self.bot_user_id = _digits(rng, 19)
        self.guilds = tuple(
            Guild(_digits(rng, 17), tuple(_digits(rng, 7) for _channel in range(2))) for _guild in range(8)
        )
        self.groups = tuple(_openid(self._seed, "group", str(number)) for number in range(4))
        self.people = tuple(self.person(f"member {number}") for number in range(1, 9))

    def person(self, name: str) -> Person:
        """Whoever bears this name; anybody does."""
        if name not in self._known:
            rng = Random(f"person {self._seed} {name}")
            self._known[name] = Person(
                name,
                _digits(rng, 18),
                _openid(self._seed, "user", name),
                _openid(self._seed, "union", name),
                _digits(rng, 18),
                _digits(rng, 8),
            )
        return self._known[name]

    def known_by(self, user_id: str) -> Person | None:
        """Whoever has this id in guilds, among those who are there or have said something; None where nobody has."""
        return next((person for person in self._known.values() if person.user_id == user_id), None)

    def person_of(self, user_id: str) -> Person:
        """Whoever has this id in guilds; a stranger where nobody is known by it."""
        return self.known_by(user_id) or self.person(f"user {user_id}")


def _openid(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32].upper()


def _digits(rng: Random, count: int) -> str:
    return str(rng.randrange(10 ** (count - 1), 10**count))
