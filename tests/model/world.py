"""One state of the model: the client's process, the far side with the network, the bot, and the budgets left."""

from __future__ import annotations

from typing import NamedTuple

from model.bot import Bot
from model.far import Far
from model.process import Process
from qqgw_proto import ConnectionState

__all__ = ["World"]


class World(NamedTuple):
    """Everything; its parts are unique, so two worlds are equal where their parts are the same objects.

    Attributes:
        process: The client's process.
        far: The far side.
        bot: The bot.
        faults: How many faults are left.
        crashes: How many crashes are left.
    """

    process: Process
    far: Far
    bot: Bot
    faults: int
    crashes: int

    @property
    def is_under_way(self) -> bool:
        """Whether anything is on its way, in either direction."""
        far, shell = self.far, self.process.shell
        return bool(far.down or far.up) or shell.transport == "dialing" or shell.asked is not None

    @property
    def is_calm(self) -> bool:
        """READY with nothing under way, in a session that stands."""
        if self.process.state is not ConnectionState.READY or self.bot.open:
            return False
        far, newest = self.far, self.far.newest
        return newest is not None and newest.known and far.serves_newest and not (far.down or far.up)

    def missing(self) -> list[int]:
        """Events of the newest session that were not handled."""
        events = () if self.far.newest is None else self.far.newest.events
        return [event for _, event in events if not self.bot.handled[event]]
