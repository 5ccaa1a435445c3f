"""Counts what a shard does, by standing between the shard and its surroundings; the shard knows nothing of it.

A `Meter` is the `Surroundings` of one shard and hands everything on to the real ones; it is an observer of the shard's
`ClientGateway` as well. All work is done once a batch, once a chunk or seldom. Only one event at a time is followed to
its handler to see how long it waits and how long it takes (`Probe`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final

from qqgw_proto.client import ClientGateway
from qqgw_proto.errors import GatewayError, ReconnectRequested
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.inputs import Due, Input
from qqgw_proto.machine.kinds import Kind
from qqgw_proto.machine.session import Snapshot
from qqgw_proto.wire.frames import Dispatch
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.connection.clock import Clock
from qqgw_trio.connection.surroundings import Surroundings
from qqgw_trio.connection.transport import Transport
from qqgw_trio.telemetry.counts import OTHER, Counts, cause_name
from qqgw_trio.telemetry.measured import Measured

if TYPE_CHECKING:
    from qqgw_trio.connection.shard import Shard

__all__ = ["CountedTransport", "Meter", "Probe"]

MOST_NAMES: Final = 256
"""Names of types that are told apart; a peer that invents names does not make the numbers grow without end."""

LOST_AFTER: Final = 60.0
"""Seconds after which an event that reaches no handler is followed no longer."""


class Probe:
    """Follows one event after the other to its handler.

    Args:
        clock: That of the shards.
        wanted: Whether any handler wants events of this type.

    Attributes:
        event: The one that is followed; its handling must go through `time`.
    """

    def __init__(self, clock: Clock, wanted: Callable[[str | None], bool]) -> None:
        self.event: Dispatch | None = None
        self._clock = clock
        self._wanted = wanted
        self._since = 0.0
        self._measured = Measured()
        self._turn = 0

    def choose(self, events: Sequence[Dispatch], measured: Measured) -> None:
        """Follows one of these, if it follows none; of each batch another one, so that no place in it is preferred."""
        now = self._clock()
        if self.event is not None and now - self._since < LOST_AFTER:
            return
        self._turn += 1
        event = events[self._turn % len(events)]
        self.event = event if self._wanted(event.t) else None
        self._since, self._measured = now, measured

    async def time(self, handling: Awaitable[None]) -> None:
        """Measures how long the event has waited, and how long its handling takes; a repetition is not timed."""
        began, measured = self._clock(), self._measured
        self.event = None
        measured.event_latency.observe(began - self._since)
        try:
            await handling
        finally:
            measured.handler_time.observe(self._clock() - began)


class CountedTransport(Transport):
    """A transport that counts the bytes of another."""

    def __init__(self, inner: Transport, counts: Counts) -> None:
        self._inner = inner
        self._counts = counts

    async def receive(self) -> bytes:
        """One chunk, `b""` at the end."""
        data = await self._inner.receive()
        self._counts.bytes_received += len(data)
        return data

    async def send(self, data: bytes) -> None:
        """Sends all of it."""
        await self._inner.send(data)
        self._counts.bytes_sent += len(data)

    async def close(self) -> None:
        """Closes politely."""
        await self._inner.close()

    async def abandon(self) -> None:
        """Drops the stream."""
        await self._inner.abandon()


class Meter:
    """Stands between one shard and its surroundings.

    Args:
        around: The real ones.
        measured: Where the numbers go.
        probe: Of the bot; None = only what happens to the connection is counted, not what becomes of events.
        clock: Of the shard.
    """

    def __init__(self, around: Surroundings, measured: Measured, probe: Probe | None, clock: Clock) -> None:
        self._around = around
        self._measured = measured
        self._probe = probe
        self._clock = clock
        self._cause: GatewayError | None = None
        self.gateway: ClientGateway | None = None
        """Whose observer this is; set once it is made."""

    # --- an observer

    def observe(self, given: Input, now: float, made: Sequence[do.MachineEffect]) -> None:
        """One step of the machine."""
        measured, kind = self._measured, given.kind
        if kind is Kind.DISPATCHES:
            return
        if kind is Kind.SETTLED:
            if now >= measured.marks.next:
                measured.marks.note(now, measured.processed)
            return
        if kind is Kind.HEARTBEAT_ACKED:
            measured.own.acknowledged += 1
            measured.last_heartbeat, measured.permit_wait = now, 0.0
            if self.gateway is not None:
                measured.beat(self.gateway.round_trip)
        elif kind is Kind.PERMIT_GRANTED:
            measured.get_permit(now)
        elif isinstance(given, Due):
            measured.tick_lateness.observe(given.late)
        for effect in made:
            self._count_sent(effect, now)

    def _count_sent(self, effect: do.MachineEffect, now: float) -> None:
        own = self._measured.own
        match effect:
            case do.SendHeartbeat():
                own.heartbeats += 1
            case do.SendIdentify():
                own.identifies += 1
            case do.SendResume():
                own.resumes += 1
            case do.RequestPermit():
                self._measured.ask_permit(now)
            case _:
                pass

    # --- surroundings

    def deliver(self, shard: Shard, batch: do.Deliver) -> None:
        """Counts events by type."""
        measured = self._measured
        own = measured.own
        own.duplicated += batch.duplicated
        own.rewound += batch.rewound
        if batch.events and self._probe is not None:
            self._count_types(batch.events)
            self._probe.choose(batch.events, measured)
        self._around.deliver(shard, batch)

    def _count_types(self, events: Sequence[Dispatch]) -> None:
        by_type = self._measured.own.by_type
        by_type.update([event.t for event in events])
        if len(by_type) > MOST_NAMES:
            # Those that came first stay; the protocol has some sixty names.
            surplus = [name for name in by_type if name != OTHER][MOST_NAMES - 1 :]
            by_type[OTHER] += sum(by_type.pop(name) for name in surplus)

    def notice(self, shard: Shard, notice: do.Notice) -> None:
        """Counts what happens to connections."""
        measured = self._measured
        own = measured.own
        match notice:
            case do.Connected():
                if measured.connection_start is None:
                    measured.connection_start = self._clock()
            case do.Ready() | do.Resumed():
                self._count_types((notice.event,))
                self._succeed()
            case do.Disconnected():
                measured.connected_at = None
                self._cause = notice.cause
            case do.Retrying():
                _count(own.retries, cause_name(notice.why))
                if not isinstance(notice.why, ReconnectRequested):  # A change that was wished for is no trouble.
                    measured.remember(self._clock(), str(notice.why))
                self._cause = self._cause or notice.why
            case do.Failed():
                measured.remember(self._clock(), str(notice.error))
            case do.Gap():
                _count(own.gaps, notice.cause)
            case do.Violated():
                own.violations += 1
            case _:
                pass
        self._around.notice(shard, notice)

    def _succeed(self) -> None:
        measured, own = self._measured, self._measured.own
        own.successes += 1
        measured.connected_at = self._clock()
        if own.successes > 1 and self._cause is not None:
            own.reconnections += 1
            _count(own.causes, cause_name(self._cause))
        self._cause = None

    async def dial(self, url: GatewayUrl) -> Transport:
        """Counts attempts, and the bytes of the stream."""
        own = self._measured.own
        own.attempts += 1
        return CountedTransport(await self._around.dial(url), own)

    # --- handed on as it is

    async def permit(self, shard: Shard, request: do.RequestPermit) -> None:
        """As the surroundings do."""
        await self._around.permit(shard, request)

    def return_permit(self, shard: Shard, permit: do.ReturnPermit) -> None:
        """As the surroundings do."""
        self._around.return_permit(shard, permit)

    async def access(self, shard: Shard, request: do.RequestAccess) -> None:
        """As the surroundings do."""
        await self._around.access(shard, request)

    def has_room(self) -> bool:
        """As the surroundings say."""
        return self._around.has_room()

    async def wait_room(self) -> None:
        """As the surroundings do."""
        await self._around.wait_room()

    def save(self, shard: Shard, snapshot: Snapshot | None) -> None:
        """As the surroundings do."""
        self._around.save(shard, snapshot)


def _count(numbers: dict[str, int], name: str) -> None:
    numbers[name] = numbers.get(name, 0) + 1
