"""The simulated gateway: connections on any trio streams, events at a pace, faults by order or by plan.

`GatewayServer.serve_stream` takes whatever stream it is given, so that everything here runs without sockets and in
virtual time; `Simulator` puts TCP around it.
"""

from __future__ import annotations

import attrs
import trio

from qqgw_trio.simulator.connection import Connection
from qqgw_trio.simulator.faults import Fault, FaultKind
from qqgw_trio.simulator.injection import inject
from qqgw_trio.simulator.platform import Platform

__all__ = ["GatewayServer"]


class GatewayServer:
    """All connections of one platform.

    Args:
        platform: What they have in common.
    """

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self._connections: dict[int, Connection] = {}
        self._plan = sorted(platform.config.plan, key=lambda planned: planned.after)
        self._made = 0

    @property
    def connections(self) -> list[Connection]:
        """Those that live now, the oldest first."""
        return [connection for connection in self._connections.values() if not connection.is_ending]

    async def serve_stream(self, stream: trio.abc.Stream) -> None:
        """Serves one client until its connection is over; never raises because of what it does."""
        number = len(self.platform.ledger.connections) + 1
        connection = Connection(self.platform, stream, number)
        self._connections[number] = connection
        try:
            await connection.serve()
        finally:
            del self._connections[number]

    def say(self, kind: str, author: str | None, text: str) -> str:
        """Makes the world say exactly this; the event's id. Waits for the first session where none stands.

        Raises:
            ConfigurationError: An unknown kind.
        """
        return self.platform.say(kind, author, text)

    def fault(self, fault: Fault | FaultKind | str) -> int:
        """Lets something go wrong; how many connections were struck (or how often it will strike).

        Raises:
            ConfigurationError: No such kind.
        """
        if not isinstance(fault, Fault):
            fault = Fault.of({"kind": fault.value if isinstance(fault, FaultKind) else fault})
        return inject(self.platform, self.connections, fault)

    def drop(self) -> int:
        """Resets all connections; how many there were."""
        return self.fault(FaultKind.RESET)

    async def emit(self, count: int | None, *, rate: float | None = None) -> list[str]:
        """Lets the world make events, at the rate of the configuration, or as fast as may be with `rate=inf`.

        Starts once a session stands, goes on while the bot is away as long as its session may be resumed, and waits
        where none stands. Planned faults strike between two events.

        Args:
            count: How many; None = without end.
            rate: Events per second.

        Returns:
            Their ids, in the order sent; with `count=None` it never returns.
        """
        pause = 1.0 / (self.platform.config.rate if rate is None else rate)
        ids: list[str] = []
        due = self.platform.now()
        while count is None or len(ids) < count:
            await self.platform.wait_for_session()
            event_id = self.platform.draw()
            if event_id is not None:
                self._made += 1
                if count is not None:
                    ids.append(event_id)
                self._strike_planned()
            # A late pace is made up for, but not more than a second of it.
            due = max(due + (pause or 0.0), self.platform.now() - 1.0)
            await trio.sleep_until(due) if event_id is not None else await trio.sleep(max(pause, 0.05))
        return ids

    def _strike_planned(self) -> None:
        while self._plan and self._plan[0].after <= self._made:
            self.fault(attrs.evolve(self._plan.pop(0).fault))
