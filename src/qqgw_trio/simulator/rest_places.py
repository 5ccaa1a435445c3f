"""Guilds, channels and members of the world, and messages that the bot takes back (`protocol.md` 9)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, cast

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from qqgw_trio.simulator.ledger import Recall
from qqgw_trio.simulator.people import Guild
from qqgw_trio.simulator.platform import Platform
from qqgw_trio.simulator.rest_answers import answer, error

__all__ = ["PlaceRoutes"]

_UNKNOWN_CHANNEL: Final = 10003
_UNKNOWN_GUILD: Final = 10004
_UNKNOWN_MEMBER: Final = 10007
_JOINED: Final = "2021-04-12T16:34:42+08:00"
_RECALLS: Final = {"/channels": "channel", "/dms": "dm", "/v2/groups": "group", "/v2/users": "c2c"}


class PlaceRoutes:
    """What can be asked about places, and undone in them.

    Args:
        platform: Has the world, and keeps the ledger.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def routes(self) -> list[Route]:
        """All of them."""
        recalls = [
            Route(f"{path}/{{target}}/messages/{{message}}", self._recall(kind), methods=["DELETE"])
            for path, kind in _RECALLS.items()
        ]
        return [
            Route("/guilds/{guild}", self._guild),
            Route("/guilds/{guild}/members/{user}", self._member),
            Route("/channels/{channel}", self._channel),
            *recalls,
        ]

    async def _guild(self, request: Request) -> Response:
        for number, guild in enumerate(self._guilds):
            if guild.guild_id == request.path_params["guild"]:
                name = {"id": guild.guild_id, "name": f"guild {number}", "owner_id": "1", "owner": False}
                return answer({**name, "member_count": 8, "max_members": 300, "joined_at": _JOINED})
        return error(404, _UNKNOWN_GUILD, "unknown guild")

    async def _channel(self, request: Request) -> Response:
        channel = request.path_params["channel"]
        for guild in self._guilds:
            if channel in guild.channel_ids:
                position = guild.channel_ids.index(channel)
                name = {"id": channel, "guild_id": guild.guild_id, "name": f"channel {position}"}
                return answer({**name, "type": 0, "sub_type": 0, "position": position, "parent_id": "0"})
        return error(404, _UNKNOWN_CHANNEL, "unknown channel")

    async def _member(self, request: Request) -> Response:
        if not any(guild.guild_id == request.path_params["guild"] for guild in self._guilds):
            return error(404, _UNKNOWN_GUILD, "unknown guild")
        person = self._platform.world.places.known_by(request.path_params["user"])
        if person is None:
            return error(404, _UNKNOWN_MEMBER, "unknown member")
        user = {"id": person.user_id, "username": person.name, "avatar": "", "bot": False}
        return answer({"user": user, "nick": person.name, "roles": ["1"], "joined_at": _JOINED})

    def _recall(self, kind: str) -> Callable[[Request], Awaitable[Response]]:
        async def take_back(request: Request) -> Response:
            target, message = (cast("str", request.path_params[name]) for name in ("target", "message"))
            hides_tip = request.query_params.get("hidetip") == "true"
            self._platform.ledger.recalls.append(Recall(kind, target, message, hides_tip, self._platform.now()))
            return answer({})

        return take_back

    @property
    def _guilds(self) -> tuple[Guild, ...]:
        return self._platform.world.places.guilds
