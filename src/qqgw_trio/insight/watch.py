"""All that is seen of a running bot: its metrics, its diagnostics, its health; one `Watch` for each `Bot`.

The objects that a bot hands out stay the same for as long as it exists; `begin` fills them anew for each run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence

import msgspec
import trio

from qqgw_proto.client import ClientGateway
from qqgw_proto.engine import Observer
from qqgw_proto.events import Intents
from qqgw_proto.events.intents import INTENTS
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.inputs import Input
from qqgw_proto.sharding import StartLimits
from qqgw_trio.connection.clock import Clock
from qqgw_trio.connection.shard import Shard
from qqgw_trio.connection.surroundings import Surroundings
from qqgw_trio.delivery.worker_config import Books
from qqgw_trio.insight.diagnostics import GatewayDiagnostics
from qqgw_trio.insight.health import MAX_AGE, Health, judge
from qqgw_trio.insight.reports import Report, ShardReport, StartsLeft, Trouble
from qqgw_trio.telemetry.measured import Measured
from qqgw_trio.telemetry.metering import Meter, Probe
from qqgw_trio.telemetry.metrics import GatewayMetrics

__all__ = ["Sources", "Watch", "observing"]


class Sources(msgspec.Struct, frozen=True):
    """What a report asks a running bot.

    Attributes:
        shards: Its shards by id.
        intents: What it asks for.
        token_expires_in: Seconds; None where there is no token.
        limits: Session starts left at this moment; None where the platform was not asked.
    """

    shards: Mapping[int, Shard]
    intents: Intents
    token_expires_in: Callable[[], float | None]
    limits: Callable[[], StartLimits | None]


class Watch:
    """What is seen of one bot.

    Attributes:
        metrics: Of all shards.
        diagnostics: In short, and in full.
        url: Where they are told over HTTP; None = nowhere.
    """

    def __init__(self) -> None:
        self._clock: Clock = time.monotonic
        self._shards: dict[int, GatewayMetrics] = {}
        self._sources: Sources | None = None
        self._probe: Probe | None = None
        self._books = Books()
        self.url: str | None = None
        self.metrics = GatewayMetrics(self.now, self._shards)
        self.diagnostics = GatewayDiagnostics(self.metrics, self.now, self.report)

    def now(self) -> float:
        """Seconds of the shards' clock, from any thread."""
        return self._clock()

    # --- filled by the running bot

    def begin(self, clock: Clock, wanted: Callable[[str | None], bool], *, in_detail: bool) -> None:
        """A run begins: everything is zero.

        Args:
            clock: That of the shards.
            wanted: Whether any handler wants events of this type.
            in_detail: Whether it is counted what becomes of events.
        """
        # trio's own function asks which run it is called in; a reader may sit in another thread.
        self._clock = trio.lowlevel.current_clock().current_time if clock is trio.current_time else clock
        self._shards.clear()
        self._sources = None
        self._probe = Probe(self._clock, wanted) if in_detail else None
        self.metrics.measured = Measured()
        self.diagnostics.start_time = self.now()

    def reads(self, sources: Sources, books: Books) -> None:
        """Sets what reports are made from."""
        self._sources, self._books = sources, books

    def meter(self, shard_id: int, around: Surroundings) -> Meter:
        """Stands between a shard and its surroundings."""
        metrics = self._shards[shard_id] = GatewayMetrics(self.now)
        metrics.measured.workers = lambda: self._books.of(shard_id)
        return Meter(around, metrics.measured, self._probe, self._clock)

    @property
    def probe(self) -> Probe | None:
        """What follows events to their handlers; None where that is not measured."""
        return self._probe

    # --- read

    def health(self, max_age: float = MAX_AGE) -> Health:
        """Whether every shard lives, and whether it is ready."""
        pairs = [(shard.gateway, self._shards[number].measured) for number, shard in self._running.items()]
        return judge(pairs, self.diagnostics.start_time, self.now(), max_age)

    def report(self) -> Report:
        """Everything about every shard at this moment."""
        sources, now = self._sources, self.now()
        if sources is None:
            return Report(self.diagnostics.uptime)
        limits, expires_in = sources.limits(), sources.token_expires_in()
        seen = self.metrics.counts.by_type.keys()
        unseen = [bit for bit in sources.intents.bits if bit in INTENTS and not seen & set(INTENTS[bit].events)]
        return Report(
            self.diagnostics.uptime,
            sources.intents.names,
            tuple(INTENTS[bit].name for bit in unseen),
            None if expires_in is None else round(expires_in, 1),
            None if limits is None else _starts_left(limits),
            tuple(_tell(shard, self._shards[number], now) for number, shard in self._running.items()),
        )

    @property
    def _running(self) -> Mapping[int, Shard]:
        return {} if self._sources is None else dict(self._sources.shards)


def observing(*observers: Observer | None) -> Observer | None:
    """Several observers of one gateway as one, in their order; those that are None are left out."""
    found = [observer for observer in observers if observer is not None]
    if len(found) < 2:
        return found[0] if found else None

    def observe(given: Input, now: float, made: Sequence[do.MachineEffect]) -> None:
        for observer in found:
            observer(given, now, made)

    return observe


def _starts_left(limits: StartLimits) -> StartsLeft:
    return StartsLeft(limits.remaining, limits.total, limits.max_concurrency, round(limits.reset_after, 1))


def _tell(shard: Shard, metrics: GatewayMetrics, now: float) -> ShardReport:
    gateway: ClientGateway = shard.gateway
    session, numbers, measured, counts = gateway.session, gateway.config.shard, metrics.measured, metrics.counts
    return ShardReport(
        f"{numbers.shard_id}/{numbers.shard_count}",
        gateway.state.name,
        gateway.explain(now),
        None if session is None else session.session_id,
        0 if session is None else session.sequence_number,
        0 if session is None else session.settled,
        None if measured.connected_at is None else round(now - measured.connected_at, 3),
        None if measured.last_heartbeat is None else round(now - measured.last_heartbeat, 3),
        measured.round_trip.latest,
        counts.attempts,
        counts.successes,
        counts.received,
        metrics.queue_depth,
        tuple(Trouble(round(now - at, 3), cause) for at, cause in measured.causes),
    )
