"""What surrounds all processes of the bot: platform, network, machine, and who keeps the books."""

from __future__ import annotations

from random import Random

import attrs
import trio

from chaos.books import Books
from chaos.climate import Climate
from chaos.disk import Disk
from chaos.network import Network
from qqgw_trio.connection.clock import Clock
from support.simulated import Bench

__all__ = ["Around", "SleepyClock"]


@attrs.define
class SleepyClock:
    """A clock that runs on while the machine sleeps, as trio's does not; equal to trio's as long as it never does."""

    slept: float = 0.0

    def __call__(self) -> float:
        return trio.current_time() + self.slept


@attrs.frozen
class Around:
    """What surrounds all processes of the bot.

    Attributes:
        climate: The seed's.
        bench: The platform.
        network: To it.
        disk: The machine's.
        clock: The machine's; trio's own where the machine never sleeps.
        books: Are told of everything.
        rng: Chance of the handlers.
    """

    climate: Climate
    bench: Bench
    network: Network
    disk: Disk
    clock: Clock
    books: Books
    rng: Random

    def platform_says(self, events: int) -> None:
        """Some events, at once; none where no session stands."""
        for _ in range(events):
            self.bench.platform.draw()
