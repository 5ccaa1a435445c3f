"""`MemoryShard`: a `ClientGateway` and a `ScriptedGateway`, joined in memory, in virtual time.

    shard = MemoryShard(*SCENARIOS["dropped"])
    shard.start()
    shard.run(60.0)
    assert [event.s for event in shard.events] == [2, 3, 4, 5]

Permits and access are granted at once, events are finished at once unless `settles` is off. Time passes only in
`run`; a minute there takes a millisecond.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from qqgw_proto.client import ClientGateway
from qqgw_proto.config import ClientConfig, ServerConfig
from qqgw_proto.engine import Observer
from qqgw_proto.errors import ConfigurationError, ConnectionFailed, DeadlineExceeded
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.session import Snapshot
from qqgw_proto.testing.clock import Seeded, VirtualClock
from qqgw_proto.testing.connection import Drop, Output, ScriptedConnection, Send
from qqgw_proto.testing.gateway import ScriptedGateway
from qqgw_proto.testing.script import Fault, Visit
from qqgw_proto.wire.frames import Dispatch, JsonValue

__all__ = ["MemoryShard"]

_URL = "ws://gateway.test/websocket"
_TOKEN = "the-access-token"  # noqa: S105 - made up


class MemoryShard:
    """One shard on a scripted gateway.

    Args:
        visits: What happens to each connection, in order.
        config: Settings of the shard.
        clock: Time.
        seed: The same seed makes the same random choices.
        server: Settings of the gateway.
        chunk_size: The most bytes that arrive at once; None = as they were sent.
        settles: Whether events are finished as soon as they are delivered.
        observer: As for `ClientGateway`.
        gateway: That of another `MemoryShard`, with its sessions and the rest of its visits: the bot was restarted.
            Hand the other's `clock` on as well, and its `saved` to `start`.

    Raises:
        ConfigurationError: Visits or `server` are given with a gateway that has its own.

    Attributes:
        client: The shard.
        gateway: The other end.
        clock: Time.
        events: Everything delivered.
        notices: All other notices of the shard.
        saved: The latest snapshot.
    """

    def __init__(
        self,
        *visits: Visit,
        config: ClientConfig | None = None,
        clock: VirtualClock | None = None,
        seed: int = 1,
        server: ServerConfig | None = None,
        chunk_size: int | None = None,
        settles: bool = True,
        observer: Observer | None = None,
        gateway: ScriptedGateway | None = None,
    ) -> None:
        if gateway is not None and (visits or server is not None):
            raise ConfigurationError("a gateway that is given has its own visits and settings", remedy="leave them out")
        settings = ClientConfig(intents=1 << 25) if config is None else config
        self.client = ClientGateway(settings, Seeded(seed), observer=observer)
        self.gateway = ScriptedGateway(*visits, config=server) if gateway is None else gateway
        self.clock = VirtualClock() if clock is None else clock
        self.events: list[Dispatch] = []
        self.notices: list[do.Effect] = []
        self.saved: Snapshot | None = None
        self._chunk_size = chunk_size
        self._settles = settles
        self._wires: dict[int, ScriptedConnection] = {}
        self._undone: deque[do.Effect] = deque()

    def start(self, session: Snapshot | None = None) -> None:
        """Starts the shard."""
        self._do(self.client.start(self.clock(), session))

    def stop(self) -> None:
        """Stops it, as wanted."""
        self._do(self.client.stop(self.clock()))

    def run(self, seconds: float) -> None:
        """Time goes on, and everything happens that is due meanwhile."""
        until = self.clock() + seconds
        while self._advance(until):
            pass
        self.clock.advance(until - self.clock())

    def run_until(self, condition: Callable[[], bool], within: float = 600.0) -> None:
        """Time goes on until something has come true.

        Raises:
            DeadlineExceeded: It has not, in so many seconds.
        """
        until = self.clock() + within
        while not condition():
            if not self._advance(until):
                waits = self.client.explain(self.clock())
                raise DeadlineExceeded(f"this did not happen in {within:g} s; {waits}", remedy="see gateway.heard")

    def strike(self, fault: Fault) -> None:
        """Lets something go wrong on the connection that stands, if one does."""
        self.gateway.strike(fault, self.clock())
        self._carry()

    def happen(self, count: int = 1) -> None:
        """Events happen; while the shard is away it gets them by a RESUME."""
        self.gateway.happen(self.clock(), count)
        self._carry()

    def emit(self, type_name: str, data: JsonValue) -> None:
        """One event of any kind happens."""
        self.gateway.emit(type_name, data, self.clock())
        self._carry()

    def count(self, kind: type[do.Effect]) -> int:
        """How many notices of a kind came."""
        return sum(isinstance(notice, kind) for notice in self.notices)

    def _advance(self, until: float) -> bool:
        """Goes on to the next instant at which something is due; whether there is one."""
        deadlines = [self.client.deadline, *(wire.deadline for wire in self._wires.values())]
        at = min((at for at in deadlines if at is not None), default=until + 1)
        if at > until:
            return False
        self.clock.advance(max(0.0, at - self.clock()))
        for wire in self._wires.values():
            wire.tick(self.clock())
        self._carry()
        self._do(self.client.tick(self.clock()))
        return True

    def _do(self, effects: Sequence[do.Effect]) -> None:
        """Carries out effects in their order; those of calls made meanwhile come behind them."""
        self._undone.extend(effects)
        while self._undone:
            self._undone.extend(self._apply(self._undone.popleft()))
        self._carry()

    def _carry(self) -> None:
        """Carries what the gateway sends."""
        for number, wire in list(self._wires.items()):
            for output in wire.outputs():
                self._receive(number, output)

    def _receive(self, number: int, output: Output) -> None:
        now = self.clock()
        match output:
            case Send():
                size = self._chunk_size or len(output.data)
                for start in range(0, len(output.data), size):
                    self._do(self.client.receive_data(number, output.data[start : start + size], now))
            case Drop():
                self._do(self.client.lost(number, ConnectionFailed("the gateway reset the connection"), now))
            case _:
                self._do(self.client.receive_data(number, b"", now))

    def _apply(self, effect: do.Effect) -> Sequence[do.Effect]:
        now = self.clock()
        match effect:
            case do.RequestPermit():
                return self.client.permit_granted(effect.request, now)
            case do.RequestAccess():
                return self.client.access_granted(effect.request, _URL, _TOKEN, now)
            case do.Dial():
                self._wires[effect.connection] = self.gateway.connect(now)
                return self.client.opened(effect.connection, now)
            case do.Write():
                self._wires[effect.connection].receive(effect.data, now)
            case do.CloseTransport() | do.AbandonTransport():
                self._wires.pop(effect.connection).receive(b"", now)
            case do.Deliver():
                self.events += effect.events
                return self.client.settled(effect.tickets(), now) if self._settles else []
            case do.SaveSession():
                self.saved = effect.snapshot
            case do.ReturnPermit():
                pass
            case _:
                self.notices.append(effect)
        return []
