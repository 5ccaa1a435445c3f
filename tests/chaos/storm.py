"""A storm: who strikes, whom, and how a strike reaches what it strikes. `strikes.py` has the strikes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import TypeAlias

import attrs
import trio

from chaos.around import Around
from chaos.bot import Process
from chaos.link import Link
from qqgw_trio.simulator.armory import Armory
from qqgw_trio.simulator.faults import Fault
from qqgw_trio.simulator.faults import FaultKind as K
from qqgw_trio.simulator.outbox import Pace

__all__ = ["Storm", "Strike"]

Strike: TypeAlias = Callable[["Storm"], None]


@attrs.define(eq=False)
class Storm:
    """Faults for one run.

    Attributes:
        around: What is struck.
        nursery: For faults that take their time.
        rng: All chance.
        process: The bot's present process; None while there is none.
        restart_after: How long the supervisor waits before it starts the next.
        has_missed: Whether the strike under way has found nothing to strike.
    """

    around: Around
    nursery: trio.Nursery
    rng: Random
    process: Process | None = None
    restart_after: float = 0.0
    has_missed: bool = False

    def strike(self, strikes: Mapping[str, tuple[int, Strike]]) -> None:
        """One fault out of these: name, weight and deed."""
        (name,) = self.rng.choices(list(strikes), [weight for weight, _ in strikes.values()])
        books = self.around.books
        books.note(f"fault: {name}")
        self.has_missed = False
        strikes[name][1](self)
        if self.has_missed:
            books.counts["strikes that met nobody"] += 1
        else:
            books.counts["faults"] += 1
            books.faults[name] += 1

    def heal(self) -> None:
        """Faults that wait are called off; links that are ill stay ill, but none is slow."""
        self.around.books.note("the storm is over")
        self.around.network.heal()
        self.around.bench.platform.armory = Armory()
        for connection in self.around.bench.gateway.connections:
            connection.outbox.pace = Pace()

    # --- how the strikes below reach what they strike

    def order(self, kind: K, **fields: object) -> None:
        """Lets the simulator do it."""
        struck = self.around.bench.gateway.fault(Fault.of({"kind": kind.value, **fields}))
        self.has_missed |= not struck

    def order_one(self, kind: K, **fields: object) -> None:
        """Lets the simulator do it to the connections of one shard that have a session."""
        self.order(kind, shard=self.rng.randrange(self.around.climate.shards), **fields)

    def link(self) -> Link | None:
        """Any link that lives."""
        links = self.around.network.links
        self.has_missed |= not links
        return self.rng.choice(links) if links else None

    def victim(self) -> Process | None:
        """The process that lives."""
        self.has_missed |= self.process is None
        return self.process

    def begin_again(self) -> None:
        """Every link is reset, with some events not yet through, so that what waits for a RESUME finds one."""
        for link in self.around.network.links:
            link.silence()
        self.around.platform_says(self.rng.randrange(12))
        for link in self.around.network.links:
            link.reset()
