"""One process of the bot: the real shards, fleet, gate, access, token and workers, on a virtual network and disk.

Only three things are not the bot's own: where `dial` leads, the HTTP transport, and the disk. A process ends by `stop`
(drain, save, close), by `crash` (nothing more is written, sent or done) or by failing.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Final

import httpx2
import trio

from chaos.around import Around
from chaos.climate import Climate
from chaos.disk import DiskStore
from chaos.network import Rest
from qqgw_proto.client import ClientGateway
from qqgw_proto.config import ClientConfig, ShardConfig
from qqgw_proto.errors import GatewayError
from qqgw_proto.events import conversation_of
from qqgw_proto.machine import effects as do
from qqgw_proto.machine.session import Snapshot
from qqgw_proto.wire.frames import Dispatch
from qqgw_proto.wire.url import GatewayUrl
from qqgw_trio.connection.access import GatewayAccess
from qqgw_trio.connection.fleet import Fleet
from qqgw_trio.connection.gate import LocalGate
from qqgw_trio.connection.shard import Shard
from qqgw_trio.connection.transport import Transport
from qqgw_trio.delivery.workers import Dropped, Port, Workers
from qqgw_trio.rest.api import Api
from qqgw_trio.rest.credentials import Credentials
from qqgw_trio.rest.http import HttpClient
from qqgw_trio.rest.retry import RetryPolicy
from qqgw_trio.rest.token import TokenSource
from qqgw_trio.simulator.rest import TOKEN_PATH
from qqgw_trio.storage.store import SessionKey

__all__ = ["Process"]

INTENTS: Final = 2**31 - 1
API: Final = "http://api.test"
LIFECYCLE: Final = ("READY", "RESUMED")
DRAIN_SECONDS: Final = 10.0
SLOW: Final = 0.1
"""How often a handler is slow; of the others"""
QUICK: Final = 0.5
"""so many take up to 0.1 s, and the rest no time at all."""
RAISES: Final = 0.03
"""How often a handler raises;"""
POISON: Final = 300
"""and of so many events it raises for one whenever it is tried."""


class _Fleet(Fleet):
    """The real fleet, dialing over the virtual network; the books see what is delivered."""

    around: Around
    is_alive: Callable[[], bool]
    permits = 0
    """That are out."""

    async def dial(self, url: GatewayUrl) -> Transport:
        return await self.around.network.dial(url)

    async def permit(self, shard: Shard, request: do.RequestPermit) -> None:
        await super().permit(shard, request)
        self.permits += 1

    def return_permit(self, shard: Shard, permit: do.ReturnPermit) -> None:
        self.permits -= 1
        super().return_permit(shard, permit)

    def deliver(self, shard: Shard, batch: do.Deliver) -> None:
        if self.is_alive():
            self.around.books.deliver(shard.shard_id, batch)
            super().deliver(shard, batch)


class Process:
    """One process, from its start to its end.

    Args:
        around: What surrounds it.
    """

    def __init__(self, around: Around) -> None:
        self.around = around
        self.ambush: type[do.Notice] | None = None
        """At the next notice of this kind it is killed,"""
        self.ambush_delay = 0.0
        """or so many seconds later."""
        self._alive = True
        self._scope = trio.CancelScope()
        self._nursery: trio.Nursery | None = None
        self._store = DiskStore(around.disk, around.climate.save_interval)
        self._workers = Workers(
            self._handle,
            around.climate.workers,
            on_error=self._fail,
            on_dropped=self._drop,
            clock=around.clock,
            interested=lambda name: name not in LIFECYCLE,
        )
        self._fleet: _Fleet | None = None

    @property
    def shards(self) -> list[Shard]:
        """Its shards; none before it has begun."""
        return [] if self._fleet is None else list(self._fleet.shards.values())

    @property
    def is_idle(self) -> bool:
        """Whether all shards are READY and all they have received is handled, settled and on the disk."""
        ready = self._fleet is not None and self._fleet.is_ready and not self._workers.counters.depth
        return ready and all(self._is_settled(shard) for shard in self.shards)

    @property
    def tasks(self) -> int:
        """How many tasks it has, the workers' own aside, of which there are as many as were ever busy at once."""
        return 0 if self._nursery is None else sum(_count(task) for task in self._nursery.child_tasks)

    @property
    def permits(self) -> int:
        """How many permits of the identify gate are out."""
        return 0 if self._fleet is None else self._fleet.permits

    def why_not_idle(self) -> str:
        """For the trace."""
        now, depth = self.around.clock(), self._workers.counters.depth
        shards = (f"{shard.gateway.explain(now)}, {shard.gateway.session}" for shard in self.shards)
        return f"{depth} events wait; {'; '.join(shards)}; saved: {self.saved()}"

    def saved(self) -> dict[int, Snapshot | None]:
        """What the disk has, by shard."""
        sessions, climate = self.around.disk.read(), self.around.climate
        return {number: sessions.get(_key(climate, number)) for number in range(climate.shards)}

    # --- its life

    async def run(self) -> None:
        """Lives until stopped, killed or failed."""
        around = self.around
        around.books.begin(self.saved())
        rest = Rest(around.network, httpx2.ASGITransport(around.bench.app))
        with self._scope:
            async with HttpClient(transport=rest) as client, self._store:
                await self._live(client)

    async def stop(self) -> None:
        """As `Bot.stop`: drains, saves, closes; `run` returns."""
        if self._fleet is not None:
            await self._fleet.drain(DRAIN_SECONDS)
            self._fleet.stop()

    def crash(self, *, power: bool) -> None:
        """SIGKILL, or with `power` a machine that goes dark, whose end nobody is told of."""
        if not self._alive:
            return
        self._alive = False
        self._store.die()
        for link in self.around.network.links:
            if power:
                link.silence()
            else:
                link.bot_end.close()
        self.around.books.crash(self.saved())
        self._scope.cancel()

    async def _live(self, client: HttpClient) -> None:
        tokens = self._make_tokens(client)
        fleet = self._fleet = self._assemble(tokens)
        async with trio.open_nursery() as self._nursery:
            for keeper in (self._workers.run, self._store.run, tokens.run):
                self._nursery.start_soon(keeper)
            await fleet.run()
            await self._workers.drain(DRAIN_SECONDS)
            self._nursery.cancel_scope.cancel()

    def _make_tokens(self, client: HttpClient) -> TokenSource:
        around = self.around
        accounts, rng = around.bench.platform.accounts, Random(around.rng.random())
        credentials = Credentials(accounts.app_id, accounts.secret)
        url, tell = f"{API}{TOKEN_PATH}", self._note_token
        return TokenSource(credentials, client=client, url=url, clock=around.clock, rng=rng, on_failure=tell)

    def _assemble(self, tokens: TokenSource) -> _Fleet:
        around, clock = self.around, self.around.clock
        gate = LocalGate(clock=clock)
        rng = Random(around.rng.random())
        api = Api(tokens, base_url=API, policy=RetryPolicy(attempts=1), rng=rng)
        access = GatewayAccess(api, tokens, gate, clock=clock)
        fleet = _Fleet(access, gate, self._workers, self._store, on_notice=self._notice)
        fleet.around, fleet.is_alive = around, lambda: self._alive
        for number in range(around.climate.shards):
            config = ClientConfig(INTENTS, ShardConfig(number, around.climate.shards), around.climate.reconnect)
            gateway = ClientGateway(config, rng, observer=partial(around.books.step, number))
            fleet.add(Shard(gateway, fleet, clock), _key(around.climate, number))
        return fleet

    # --- what it says and does

    def _notice(self, shard: Shard, notice: do.Notice) -> None:
        if not self._alive:
            return
        self.around.books.notice(shard.shard_id, notice)
        if type(notice) is self.ambush:
            self.ambush = None
            if self.ambush_delay and self._nursery is not None:
                self._nursery.start_soon(self._die_later)
            else:
                self.crash(power=self.around.rng.random() < 0.5)

    async def _die_later(self) -> None:
        await trio.sleep(self.ambush_delay)
        self.crash(power=self.around.rng.random() < 0.5)

    def _note_token(self, error: GatewayError, seconds: float) -> None:
        self.around.books.note(f"no token for {seconds:.1f} s: {error}")

    async def _handle(self, event: Dispatch, port: Port) -> None:
        rng, slowness = self.around.rng, self.around.climate.slowness
        if rng.random() < SLOW:
            await trio.sleep(rng.expovariate(1 / slowness))
        elif rng.random() < QUICK:
            await trio.sleep(rng.random() / 10)
        if rng.random() < RAISES or (event.id is not None and zlib.crc32(event.id.encode()) % POISON == 0):
            raise RuntimeError("a handler's own trouble")
        self._finish(event)

    def _fail(self, event: Dispatch, port: Port, error: Exception, attempt: int) -> None:
        self.around.books.counts["handlers raised"] += 1
        if attempt == self.around.climate.workers.attempts:
            self._finish(event)

    def _finish(self, event: Dispatch) -> None:
        key = conversation_of(event)
        self.around.books.finish(event, event.t if key is None else key)

    def _drop(self, dropped: Dropped) -> None:
        self.around.books.violate(f"the buffer overflowed though it blocks: {dropped}")

    def _is_settled(self, shard: Shard) -> bool:
        session, saved = shard.gateway.session, self.saved()[shard.shard_id]
        held = self.around.books.seats[shard.shard_id].current
        if session is None or saved is None or held is None:
            return False
        # The place of a RESUMED is saved with whatever is settled next.
        return session.settled == session.sequence_number and held.highest <= saved.seq


def _key(climate: Climate, number: int) -> SessionKey:
    return SessionKey(climate.platform.app_id, number, climate.shards, INTENTS)


def _count(task: trio.lowlevel.Task) -> int:
    below = (child for nursery in task.child_nurseries for child in nursery.child_tasks)
    return sum(map(_count, below), 0 if task.name.endswith("Workers._work") else 1)
